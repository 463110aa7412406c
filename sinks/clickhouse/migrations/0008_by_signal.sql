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
