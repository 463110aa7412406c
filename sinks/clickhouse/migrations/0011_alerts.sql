-- What an alert says beside the movement; alerts of before have none of it.
ALTER TABLE alerts
    ADD COLUMN IF NOT EXISTS kind LowCardinality(String) DEFAULT '' AFTER error,
    ADD COLUMN IF NOT EXISTS anchor String DEFAULT '' AFTER kind,
    ADD COLUMN IF NOT EXISTS claim String DEFAULT '' AFTER anchor,
    ADD COLUMN IF NOT EXISTS families UInt32 DEFAULT 0 AFTER claim,
    ADD COLUMN IF NOT EXISTS stories UInt32 DEFAULT 0 AFTER families,
    ADD COLUMN IF NOT EXISTS link String DEFAULT '' AFTER stories;
