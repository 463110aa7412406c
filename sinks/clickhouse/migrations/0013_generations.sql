-- What each commit was decided on, as framed Avro: history replays from it. Empty in commits of before this version,
-- in those of generations whose proposals are on Kafka alone, and where words were taken down.
ALTER TABLE commits ADD COLUMN IF NOT EXISTS proposal String CODEC(ZSTD(3));

-- Generations beside the first one: what each is made of, and how far it has come. body is JSON.
CREATE TABLE IF NOT EXISTS generations (
    name String,
    body String,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY name;
