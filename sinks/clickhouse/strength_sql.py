"""Strength over time in SQL, of some signals or of all: the formula of migration 0007, over evidence by signal (0008).

Other than in the views of 0007 an evidence counts from its own day on, so that the hours make a history; at the last
hour all counts that there is.
"""

from __future__ import annotations

from typing import Final

# Names of today, for rows `e`: by whom a story or signal was taken over.
_ALL: Final = """
    SELECT if(g.survivor = '', e.signal_id, g.survivor) AS signal_id,
        if(s.survivor = '', e.story_id, s.survivor) AS story_id,
        e.family AS family, e.stance AS stance, e.kind AS kind, e.day AS day, sum(e.micro) AS micro
    FROM ({evidence}) AS e
    LEFT JOIN merged_signals AS g ON e.generation = g.generation AND e.signal_id = g.signal_id
    LEFT JOIN merged_stories AS s ON e.generation = s.generation AND e.story_id = s.story_id
    GROUP BY signal_id, story_id, family, stance, kind, day
"""
_ONE: Final = """
    SELECT {{key:String}} AS signal_id,
        transform(story_id, {{merged:Array(String)}}, {{onto:Array(String)}}, story_id) AS story_id,
        family, stance, kind, day, sum(e.micro) AS micro
    FROM ({evidence}) AS e
    GROUP BY story_id, family, stance, kind, day
"""
_EVIDENCE: Final = """
    SELECT generation, signal_id, story_id, family, stance, kind, day, micro
    FROM evidence_by_signal FINAL
    WHERE generation = {{g:String}} AND {which} AND status = 'accepted' AND micro > 0
"""
_FORMULA: Final = """
SELECT signal_id, toDateTime64(hour * 3600, 0, 'UTC') AS at, supporting, opposing,
    if(supporting > opposing, 10 - 10 * pow(one_family, supporting - opposing), 0) AS strength{voices}
FROM (
    SELECT signal_id, hour,
        arraySum(arraySort(groupArrayIf(voice, stance = 'supports'))) AS supporting,
        arraySum(arraySort(groupArrayIf(voice, stance = 'contradicts'))) AS opposing,
        groupArray(tuple(stance, family, voice)) AS voices
    FROM (
        SELECT signal_id, hour, stance, family, 1 - exp(-arraySum(arraySort(groupArray(log1p(mass))))) AS voice
        FROM (
            SELECT signal_id, hour, stance, family, story_id,
                arraySum(arraySort(groupArray(micro / 1e6
                    * exp2(-greatest(0, hour / 24 - day) / if(p.kind = '', o.half_life_days, p.half_life_days))
                ))) AS mass
            FROM (
                SELECT signal_id, story_id, family, stance, kind, day, micro, arrayJoin(arrayFilter(
                    h -> day * 24 <= h OR h + {{hours:Int64}} > {last},
                    range({first}, {last} + 1, {{hours:Int64}})
                )) AS hour
                FROM ({members})
            ) AS m
            LEFT JOIN policy_now AS p ON m.kind = p.kind
            CROSS JOIN (SELECT half_life_days FROM policy_now WHERE kind = 'event') AS o
            GROUP BY signal_id, hour, stance, family, story_id
        )
        GROUP BY signal_id, hour, stance, family
    )
    GROUP BY signal_id, hour
) AS v
CROSS JOIN (SELECT one_family FROM policy_now WHERE kind = 'event') AS o
"""
_HOUR: Final = "toInt64(floor(toUnixTimestamp64Micro({{{name}:DateTime64(6, 'UTC')}}) / 3.6e9))"
_HOURS: Final = {"first": _HOUR.format(name="since"), "last": _HOUR.format(name="until")}


def _made(members: str, which: str, voices: str) -> str:
    text = members.format(evidence=_EVIDENCE.format(which=which))
    return _FORMULA.format(members=text, voices=voices, **_HOURS)


# Rows: signal_id, at, supporting, opposing, strength; one for each `hours`-th hour from `since` to `until` at which the
# signal has evidence. Parameters: g, since, until, hours, and those that are named.
OF_ALL: Final = _made(_ALL, "signal_id != ''", "")
OF_SOME: Final = _made(_ALL, "signal_id IN {ids:Array(String)}", "")  # ids: with those that were merged into them
# One signal `key`, with the ids merged into it, whose stories `merged` are those of `onto` today; the last row also has
# `voices`: (stance, family, voice).
OF_ONE: Final = _made(_ONE, "signal_id IN {ids:Array(String)}", ", if(hour = max(hour) OVER (), voices, []) AS voices")
# OF_ALL under half-lives that are given instead of those in force. Also named: kinds, days (one a kind), one_family.
OF_ALL_UNDER: Final = OF_ALL.replace(
    "policy_now",
    "(SELECT tupleElement(given, 1) AS kind, tupleElement(given, 2) AS half_life_days, "
    "{one_family:Float64} AS one_family "
    "FROM (SELECT arrayJoin(arrayZip({kinds:Array(String)}, {days:Array(Float64)})) AS given))",
)
