-- What imported pages quote from an article; set at the door, so that it replays.
ALTER TABLE articles ADD COLUMN IF NOT EXISTS imported Array(Tuple(
    quote String, anchor String, reasoning String, import_id String, kind String, lens String,
    sectors Array(String), geographies Array(String)
)) DEFAULT [];

-- A layer of its own: what pages of an older system stated, a row a page. `body` is the whole record
-- (schemas/stated.py) as JSON, the columns before it are for whoever asks the store itself. The newest reading wins.
CREATE TABLE IF NOT EXISTS stated (
    import_id String,
    title String,
    strength Float64,
    times_extracted UInt64,
    first_day Date32,
    last_reinforced Date32,
    articles UInt64,
    kind LowCardinality(String),
    lens LowCardinality(String),
    sectors Array(String),
    geographies Array(String),
    quotes UInt32,
    body String CODEC(ZSTD(1)),
    file String,
    imported_at DateTime64(6, 'UTC'),
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY import_id;
