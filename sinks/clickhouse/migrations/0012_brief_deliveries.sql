-- Which briefs arrived, for those who may look and must not see addresses: mails without their recipients.
CREATE VIEW IF NOT EXISTS brief_deliveries AS
SELECT brief_id, if(startsWith(channel, 'mail:'), 'mail', channel) AS way, delivered_at, attempts, error != '' AS failed, at
FROM deliveries FINAL
WHERE channel != 'stands';
