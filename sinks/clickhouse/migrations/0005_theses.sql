-- What a model adds: mechanisms, who wrote what, cited sentences, and the vectors of evidence.
ALTER TABLE evidence ADD COLUMN IF NOT EXISTS mechanism String;

ALTER TABLE signals
    ADD COLUMN IF NOT EXISTS mechanism String,
    ADD COLUMN IF NOT EXISTS embedding_model LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sentences Array(Tuple(text String, cites Array(String))),
    ADD COLUMN IF NOT EXISTS narrator LowCardinality(String),
    ADD COLUMN IF NOT EXISTS revised_seq UInt32,
    ADD COLUMN IF NOT EXISTS rescoped Bool;

ALTER TABLE stories ADD COLUMN IF NOT EXISTS stance LowCardinality(String) DEFAULT 'supports';

ALTER TABLE signal_events
    ADD COLUMN IF NOT EXISTS stance LowCardinality(String),
    ADD COLUMN IF NOT EXISTS claim String,
    ADD COLUMN IF NOT EXISTS analyst LowCardinality(String),
    ADD COLUMN IF NOT EXISTS analysis String;

-- Float32, little-endian, `dimension` of them; one row per evidence and model.
CREATE TABLE IF NOT EXISTS embeddings (
    generation LowCardinality(String),
    n UInt64,
    evidence_id String,
    model LowCardinality(String),
    dimension UInt32,
    vector String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(n)
ORDER BY (generation, evidence_id, model);
