-- Stored articles, one row per (article_id, revision): the embedded queue and the source of replays.
-- Read in order of admission (seq is the key) and by article_id (the bloom filter skips granules).
CREATE TABLE IF NOT EXISTS articles (
    seq UInt64,
    admitted_at DateTime64(6, 'UTC'),
    article_id String,
    revision UInt32,
    url String,
    external_id String,
    title String,
    text String CODEC(ZSTD(1)),
    publisher LowCardinality(String),
    family LowCardinality(String),
    language LowCardinality(String),
    published_at DateTime64(6, 'UTC'),
    fetched_at DateTime64(6, 'UTC'),
    date_flag LowCardinality(String),
    text_origin LowCardinality(String),
    note String,
    feed_url LowCardinality(String),
    content_hash String,
    copy_of String,
    ordinal UInt64,
    attempt UInt32,
    INDEX by_article article_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_time published_at TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
ORDER BY (seq, article_id, revision)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;
