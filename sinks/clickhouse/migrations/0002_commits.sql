-- The truth: numbered commits per generation, as framed Avro. Nothing here is ever changed.
CREATE TABLE IF NOT EXISTS commits (
    generation LowCardinality(String),
    n UInt64,
    proposal_id String,
    at DateTime64(6, 'UTC'),
    committed_at DateTime64(6, 'UTC'),
    terms Array(String),
    body String CODEC(ZSTD(1))
) ENGINE = MergeTree
ORDER BY (generation, n)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1, fsync_part_directory = 1;

-- The last commit that is wholly in the projections.
CREATE TABLE IF NOT EXISTS projected (
    generation LowCardinality(String),
    target LowCardinality(String),
    n UInt64,
    at DateTime64(6, 'UTC'),
    projected_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(n)
ORDER BY (generation, target);

-- Heads as the ledger reads them back at its start: kind is story, signal, mark or question; body is JSON.
CREATE TABLE IF NOT EXISTS heads (
    generation LowCardinality(String),
    kind LowCardinality(String),
    key String,
    n UInt64,
    closed Bool,
    body String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(n)
ORDER BY (generation, kind, key);
