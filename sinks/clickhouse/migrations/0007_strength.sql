-- Strength in SQL: the formula of processors/decisions/strength.py, alike to 1e-9 (tests/contract/sinks/test_strength.py).
-- What it takes from the policy is written here by whoever opens the store (sinks/clickhouse/policy_rows.py).
CREATE TABLE IF NOT EXISTS policy (
    policy LowCardinality(String),
    kind LowCardinality(String),
    half_life_days Float64,
    one_family Float64,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (policy, kind);

-- The newest policy, a row a kind of evidence.
CREATE VIEW IF NOT EXISTS policy_now AS
SELECT policy, kind, half_life_days, one_family
FROM policy FINAL
WHERE policy = (SELECT argMax(policy, version) FROM policy);

-- What a merged story, or signal, is today: the end of its chain. ClickHouse follows at most 1,000 links.
CREATE VIEW IF NOT EXISTS merged_stories AS
WITH RECURSIVE chain AS (
    SELECT generation, story_id, merged_into AS survivor, 1 AS link
    FROM stories FINAL WHERE merged_into != ''
    UNION ALL
    SELECT chain.generation, chain.story_id, onward.merged_into AS survivor, chain.link + 1 AS link
    FROM chain
    INNER JOIN (SELECT generation, story_id, merged_into FROM stories FINAL WHERE merged_into != '') AS onward
        ON chain.generation = onward.generation AND chain.survivor = onward.story_id
    WHERE chain.link < 990
)
SELECT generation, story_id, argMax(survivor, link) AS survivor FROM chain GROUP BY generation, story_id;

CREATE VIEW IF NOT EXISTS merged_signals AS
WITH RECURSIVE chain AS (
    SELECT generation, signal_id, merged_into AS survivor, 1 AS link
    FROM signals FINAL WHERE merged_into != ''
    UNION ALL
    SELECT chain.generation, chain.signal_id, onward.merged_into AS survivor, chain.link + 1 AS link
    FROM chain
    INNER JOIN (SELECT generation, signal_id, merged_into FROM signals FINAL WHERE merged_into != '') AS onward
        ON chain.generation = onward.generation AND chain.survivor = onward.signal_id
    WHERE chain.link < 990
)
SELECT generation, signal_id, argMax(survivor, link) AS survivor FROM chain GROUP BY generation, signal_id;

-- The evidence that counts, stories and signals as they are named today.
CREATE VIEW IF NOT EXISTS signal_evidence AS
SELECT e.generation AS generation, e.evidence_id AS evidence_id, e.family AS family, e.stance AS stance, e.kind AS kind,
    e.day AS day, e.micro AS micro,
    if(g.survivor = '', e.signal_id, g.survivor) AS signal_id,
    if(s.survivor = '', e.story_id, s.survivor) AS story_id
FROM (
    SELECT generation, evidence_id, signal_id, story_id, family, stance, kind, day, micro
    FROM evidence FINAL
    WHERE status = 'accepted' AND micro > 0 AND signal_id != ''
) AS e
LEFT JOIN merged_signals AS g ON e.generation = g.generation AND e.signal_id = g.signal_id
LEFT JOIN merged_stories AS s ON e.generation = s.generation AND e.story_id = s.story_id;

-- What signals rest on: integer micro-salience, the whole state of strength.
CREATE VIEW IF NOT EXISTS signal_mass AS
SELECT generation, signal_id, story_id, family, stance, kind, day, sum(counted) AS micro
FROM (SELECT * EXCEPT (evidence_id, micro), micro AS counted FROM signal_evidence)
GROUP BY generation, signal_id, story_id, family, stance, kind, day;

-- v(f,σ) of every signal at each `hours`-th hour from `since` to `until`, both floored to the hour.
-- Sums are taken in order of size, so that the same evidence gives the same last digit however it lies in the table.
CREATE VIEW IF NOT EXISTS signal_voices_over AS
SELECT generation, signal_id, hour, stance, family,
    1 - exp(-arraySum(arraySort(groupArray(log1p(mass))))) AS voice,
    count() AS stories
FROM (
    SELECT generation, signal_id, hour, stance, family, story_id,
        arraySum(arraySort(groupArray(
            micro / 1e6 * exp2(-greatest(0, hour / 24 - day) / if(p.kind = '', o.half_life_days, p.half_life_days))
        ))) AS mass
    FROM (
        SELECT *, arrayJoin(range(
            toInt64(floor(toUnixTimestamp64Micro({since:DateTime64(6, 'UTC')}) / 3.6e9)),
            toInt64(floor(toUnixTimestamp64Micro({until:DateTime64(6, 'UTC')}) / 3.6e9)) + 1,
            {hours:Int64}
        )) AS hour
        FROM signal_evidence
    ) AS m
    LEFT JOIN policy_now AS p ON m.kind = p.kind
    CROSS JOIN (SELECT half_life_days FROM policy_now WHERE kind = 'event') AS o
    GROUP BY generation, signal_id, hour, stance, family, story_id
)
GROUP BY generation, signal_id, hour, stance, family;

-- Strength of every signal over time: today's membership, evaluated at each of those hours.
CREATE VIEW IF NOT EXISTS signal_strength_over AS
SELECT generation, signal_id, toDateTime(hour * 3600, 'UTC') AS at, supporting, opposing,
    if(supporting > opposing, 10 - 10 * pow(one_family, supporting - opposing), 0) AS strength
FROM (
    SELECT generation, signal_id, hour,
        arraySum(arraySort(groupArrayIf(voice, stance = 'supports'))) AS supporting,
        arraySum(arraySort(groupArrayIf(voice, stance = 'contradicts'))) AS opposing
    FROM signal_voices_over(since = {since:DateTime64(6, 'UTC')}, until = {until:DateTime64(6, 'UTC')},
        hours = {hours:Int64})
    GROUP BY generation, signal_id, hour
) AS v
CROSS JOIN (SELECT one_family FROM policy_now WHERE kind = 'event') AS o;

-- The same at one time: signal_voices(at = '2026-04-15 12:00:00'), signal_strength(at = now64()).
CREATE VIEW IF NOT EXISTS signal_voices AS
SELECT generation, signal_id, stance, family, voice, stories
FROM signal_voices_over(since = {at:DateTime64(6, 'UTC')}, until = {at:DateTime64(6, 'UTC')}, hours = 1);

CREATE VIEW IF NOT EXISTS signal_strength AS
SELECT generation, signal_id, supporting, opposing, strength
FROM signal_strength_over(since = {at:DateTime64(6, 'UTC')}, until = {at:DateTime64(6, 'UTC')}, hours = 1);
