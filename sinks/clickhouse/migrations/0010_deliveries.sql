-- What became of each brief on each of its ways to readers: a row a brief and channel, the newest writing wins.
CREATE TABLE IF NOT EXISTS deliveries (
    brief_id String,
    channel String,
    content String,
    delivered_at Nullable(DateTime64(6, 'UTC')),
    attempts UInt32,
    error String,
    at DateTime64(6, 'UTC'),
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (brief_id, channel);
