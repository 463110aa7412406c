-- What was done with a dead letter: replayed or dropped, by whom, when, and what became of it. A letter without a row here
-- is open. The letters themselves stay as they came. `topic` to `incarnation`: where its bytes were put once more;
-- `article_id` and `revision`: the stored article that was published in their stead. `became` is "" while it is under way.
CREATE TABLE IF NOT EXISTS dead_letter_fates (
    dead_letter_id String,
    fate LowCardinality(String),
    at DateTime64(6, 'UTC'),
    by String,
    reason String,
    times UInt32,
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    incarnation String,
    article_id String,
    revision UInt32,
    became String,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY dead_letter_id;
