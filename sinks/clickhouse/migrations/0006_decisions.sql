-- What the decision core adds: why an evidence was matched, how mass moved, commands and what became of them.
ALTER TABLE evidence
    ADD COLUMN IF NOT EXISTS day Int32 DEFAULT toInt32(toDate(published_at)),
    ADD COLUMN IF NOT EXISTS candidates
        Array(Tuple(story_id String, signal_id String, score Float64, features Map(String, Float64)));

ALTER TABLE signals
    ADD COLUMN IF NOT EXISTS story_count UInt32 DEFAULT length(stories),
    ADD COLUMN IF NOT EXISTS parent String,
    ADD COLUMN IF NOT EXISTS children Array(String),
    ADD COLUMN IF NOT EXISTS contested Bool,
    ADD COLUMN IF NOT EXISTS pinned Bool,
    ADD COLUMN IF NOT EXISTS retitled Bool,
    ADD COLUMN IF NOT EXISTS opposing Float64,
    ADD COLUMN IF NOT EXISTS supporting Float64,
    ADD COLUMN IF NOT EXISTS family_count UInt32 DEFAULT length(families),
    MODIFY COLUMN mass Array(Tuple(story_id String, family String, stance String, day Int32, micro Int64, kind String));

ALTER TABLE stories ADD COLUMN IF NOT EXISTS embedding_model LowCardinality(String);
ALTER TABLE stories ADD COLUMN IF NOT EXISTS mechanism String;

ALTER TABLE signal_events
    ADD COLUMN IF NOT EXISTS mass
        Array(Tuple(story_id String, family String, stance String, day Int32, micro Int64, kind String)),
    ADD COLUMN IF NOT EXISTS other_id String,
    ADD COLUMN IF NOT EXISTS stories_moved Array(String),
    ADD COLUMN IF NOT EXISTS by String,
    ADD COLUMN IF NOT EXISTS contested Bool;

CREATE TABLE IF NOT EXISTS commands (
    generation LowCardinality(String),
    command_id String,
    n UInt64,
    action LowCardinality(String),
    signal_id String,
    other_ids Array(String),
    evidence_id String,
    former_title String,
    former_state LowCardinality(String),
    by String,
    reason String,
    refused String,
    undone Bool
) ENGINE = ReplacingMergeTree(n)
ORDER BY (generation, command_id);
