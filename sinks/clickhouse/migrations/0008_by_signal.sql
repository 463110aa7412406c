-- The evidence once more, in order of the signal it counts for: a page reads one signal, not all of them. An evidence that
-- leaves a signal leaves a row there that is `gone`, which FINAL passes over. Written by sinks/clickhouse/project.py.
CREATE TABLE IF NOT EXISTS evidence_by_signal (
    generation LowCardinality(String),
    n UInt64,
    evidence_id String,
    article_id String,
    revision UInt32,
    external_id String,
    article_url String,
    article_title String,
    publisher LowCardinality(String),
    family LowCardinality(String),
    published_at DateTime64(6, 'UTC'),
    story_id String,
    signal_id String,
    status LowCardinality(String),
    basis LowCardinality(String),
    reason String,
    is_copy Bool,
    micro Int64,
    item UInt32,
    quote String,
    quote_start UInt32,
    quote_end UInt32,
    anchor String,
    claim String,
    stance LowCardinality(String),
    reasoning String,
    reasoning_origin LowCardinality(String),
    kind LowCardinality(String),
    lens LowCardinality(String),
    sectors Array(LowCardinality(String)),
    geographies Array(LowCardinality(String)),
    actors Array(String),
    salience Int64,
    analyst LowCardinality(String),
    mechanism String,
    day Int32,
    candidates Array(Tuple(story_id String, signal_id String, score Float64, features Map(String, Float64))),
    gone UInt8
) ENGINE = ReplacingMergeTree(n, gone)
ORDER BY (generation, signal_id, evidence_id)
SETTINGS index_granularity = 1024;

INSERT INTO evidence_by_signal SELECT *, 0 AS gone FROM evidence FINAL;

-- v(f,σ) at each `hours`-th hour as in signal_voices_over (0007), of one generation's signals `ids` (with the ids of those
-- that were merged into them) and reading only their evidence; of all signals when `ids` is empty. Here an evidence counts
-- from its own day on, so that the hours make a history; at the last hour all counts that there is.
CREATE VIEW IF NOT EXISTS voices_of AS
SELECT signal_id, hour, stance, family,
    1 - exp(-arraySum(arraySort(groupArray(log1p(mass))))) AS voice,
    count() AS stories
FROM (
    SELECT signal_id, hour, stance, family, story_id,
        arraySum(arraySort(groupArray(
            micro / 1e6 * exp2(-greatest(0, hour / 24 - day) / if(p.kind = '', o.half_life_days, p.half_life_days))
        ))) AS mass
    FROM (
        SELECT signal_id, story_id, family, stance, kind, day, micro, arrayJoin(arrayFilter(
            h -> day * 24 <= h OR h + {hours:Int64} > floor(toUnixTimestamp64Micro({until:DateTime64(6, 'UTC')}) / 3.6e9),
            range(
                toInt64(floor(toUnixTimestamp64Micro({since:DateTime64(6, 'UTC')}) / 3.6e9)),
                toInt64(floor(toUnixTimestamp64Micro({until:DateTime64(6, 'UTC')}) / 3.6e9)) + 1,
                {hours:Int64}
            )
        )) AS hour
        FROM (
            SELECT if(g.survivor = '', e.signal_id, g.survivor) AS signal_id,
                if(s.survivor = '', e.story_id, s.survivor) AS story_id,
                e.family AS family, e.stance AS stance, e.kind AS kind, e.day AS day, sum(e.micro) AS micro
            FROM (
                SELECT generation, signal_id, story_id, family, stance, kind, day, micro
                FROM evidence_by_signal FINAL
                WHERE generation = {generation:String}
                    AND (empty({ids:Array(String)}) OR signal_id IN {ids:Array(String)})
                    AND status = 'accepted' AND micro > 0 AND signal_id != ''
            ) AS e
            LEFT JOIN merged_signals AS g ON e.generation = g.generation AND e.signal_id = g.signal_id
            LEFT JOIN merged_stories AS s ON e.generation = s.generation AND e.story_id = s.story_id
            GROUP BY signal_id, story_id, family, stance, kind, day
        )
    ) AS m
    LEFT JOIN policy_now AS p ON m.kind = p.kind
    CROSS JOIN (SELECT half_life_days FROM policy_now WHERE kind = 'event') AS o
    GROUP BY signal_id, hour, stance, family, story_id
)
GROUP BY signal_id, hour, stance, family;

-- Strength of those signals at each of those hours, and whose voices it is made of; nothing for an hour before their first
-- evidence.
CREATE VIEW IF NOT EXISTS strength_of AS
SELECT signal_id, toDateTime64(hour * 3600, 0, 'UTC') AS at, supporting, opposing,
    if(supporting > opposing, 10 - 10 * pow(one_family, supporting - opposing), 0) AS strength,
    voices
FROM (
    SELECT signal_id, hour,
        arraySum(arraySort(groupArrayIf(voice, stance = 'supports'))) AS supporting,
        arraySum(arraySort(groupArrayIf(voice, stance = 'contradicts'))) AS opposing,
        groupArray(tuple(stance, family, voice)) AS voices
    FROM voices_of(generation = {generation:String}, ids = {ids:Array(String)},
        since = {since:DateTime64(6, 'UTC')}, until = {until:DateTime64(6, 'UTC')}, hours = {hours:Int64})
    GROUP BY signal_id, hour
) AS v
CROSS JOIN (SELECT one_family FROM policy_now WHERE kind = 'event') AS o;
