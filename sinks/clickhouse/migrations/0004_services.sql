-- Written by the services around the stream. `version` grows with every write of a row; the newest wins.
CREATE TABLE IF NOT EXISTS dead_letters (
    dead_letter_id String,
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    incarnation String,
    key String,
    value String,
    stage LowCardinality(String),
    reason String,
    at DateTime64(6, 'UTC'),
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY dead_letter_id;

CREATE TABLE IF NOT EXISTS alerts (
    alert_id String,
    rule LowCardinality(String),
    event_id String,
    signal_id String,
    title String,
    strength_before Float64,
    strength_after Float64,
    quote String,
    publisher LowCardinality(String),
    url String,
    at DateTime64(6, 'UTC'),
    fired_at DateTime64(6, 'UTC'),
    delivered Bool,
    error String,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY alert_id;

CREATE TABLE IF NOT EXISTS briefs (
    brief_id String,
    date String,
    composed_at DateTime64(6, 'UTC'),
    since DateTime64(6, 'UTC'),
    since_n UInt64,
    until_n UInt64,
    worth_saying Bool,
    reasons Array(String),
    headline String,
    markdown String,
    html String,
    body String,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY brief_id;

CREATE TABLE IF NOT EXISTS feeds (
    url String,
    title String,
    publisher String,
    etag String,
    last_modified String,
    ok Bool,
    error String,
    articles UInt64,
    failures UInt32,
    last_attempt Nullable(DateTime64(6, 'UTC')),
    last_success Nullable(DateTime64(6, 'UTC')),
    next_poll Nullable(DateTime64(6, 'UTC')),
    floor Nullable(DateTime64(6, 'UTC')),
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY url;

CREATE TABLE IF NOT EXISTS meta (
    key String,
    value String,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY key;
