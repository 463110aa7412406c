"""Fills a store with made-up signals, evidence, events and articles, enough to see what grows.

Evidence is spread unevenly: the first tenth of the signals holds about a third of it, as in life.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from infra.policy import record_policy
from processors.decisions.policy import Policy
from sinks.clickhouse.connect import Store
from sinks.clickhouse.migrate import migrate

NOW: Final = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
FIRST_DAY: Final = 20_484  # 2026-01-31
DAYS: Final = 90

_WHICH: Final = "concat('sg-', toString(toUInt64(pow(intHash32(number + 3) / 4294967296, 2) * {signals:UInt64})))"
_WHEN: Final = "toDateTime64(({day:Int32} + intHash32(number + 7) % {days:UInt32}) * 86400 + number % 86400, 6, 'UTC')"
_EVIDENCE: Final = f"""
INSERT INTO evidence (generation, n, evidence_id, article_id, article_url, article_title, publisher, signal_id, story_id,
    family, stance, kind, lens, day, micro, salience, status, published_at, quote, anchor, claim, reasoning,
    reasoning_origin, sectors, geographies, actors, analyst)
SELECT 'live', number + 1, hex(MD5(toString(number))), concat('a', toString(intDiv(number, 3))),
    concat('https://paper', toString(intHash32(number) % 60), '.example/', toString(number)),
    concat('An article about matter number ', toString(intDiv(number, 3))),
    concat('Paper ', toString(intHash32(number) % 60)), {_WHICH} AS signal_id,
    concat(replaceOne(signal_id, 'sg', 'st'), '-', toString(intHash32(number + 5) % 3)),
    concat('family ', toString(intHash32(number) % 60)), if(number % 17 = 0, 'contradicts', 'supports'),
    ['structural', 'cyclical', 'event'][1 + number % 3], 'policy', {{day:Int32}} + intHash32(number + 7) % {{days:UInt32}},
    100000 + intHash32(number) % 900000 AS micro, micro, 'accepted', {_WHEN},
    concat('The ministry said that measure ', toString(number), ' would be in force for all makers of chips ',
        repeat('and of what they are made from ', 1 + number % 3)),
    'would be in force', concat('Measure ', toString(number), ' is in force'),
    'Controls of one kind are followed by controls of the next, whoever is in office.', 'model',
    ['semiconductors'], ['CN', 'US'], ['Ministry', 'Makers'], 'made/1'
FROM numbers({{evidence:UInt64}})
"""
_BY_SIGNAL: Final = "INSERT INTO evidence_by_signal SELECT *, 0 AS gone FROM evidence"
_EVENTS: Final = f"""
INSERT INTO signal_events (generation, n, i, event_id, signal_id, seq, kind, at, evidence_id, article_id, strength_before,
    strength_after, state, basis, title, publisher, quote, anchor, policy)
SELECT 'live', number + 1, 0, concat('live:', toString(number)), {_WHICH} AS signal_id, number + 1,
    if(number % 17 = 0, 'contradicted', 'reinforced'), {_WHEN}, hex(MD5(toString(number))),
    concat('a', toString(intDiv(number, 3))), 4 + (number % 40) / 10, 4 + (number % 41) / 10, 'published', 'thesis',
    concat('Makers of chips come under control, case ', signal_id), concat('Paper ', toString(intHash32(number) % 60)),
    concat('The ministry said that measure ', toString(number), ' would be in force'), 'would be in force', 'made'
FROM numbers({{evidence:UInt64}})
"""
_SIGNALS: Final = """
INSERT INTO signals (generation, signal_id, n, merged_into, state, published_at, title, scope, basis, kind, lens, sectors,
    geographies, actors, stories, story_count, articles, evidence, times_extracted, families, family_count, opened_at,
    last_reinforced, analyst, supporting, opposing, strength)
SELECT 'live', concat('sg-', toString(number)) AS signal_id, {evidence:UInt64},
    if(number % 50 = 49, concat('sg-', toString(number - 1)), ''), if(number % 50 = 49, 'merged', 'published'),
    toDateTime64({day:Int32} * 86400, 6, 'UTC'), concat('Makers of chips come under control, case ', signal_id) AS title, title,
    'thesis', ['structural', 'cyclical', 'event'][1 + number % 3],
    ['investment', 'policy', 'technology', 'security', 'society', 'science'][1 + number % 6],
    map(['AI', 'metals', 'shipping', 'energy'][1 + number % 4], 3, 'semiconductors', 1),
    map(['US', 'CN', 'DE', 'CL'][1 + intDiv(number, 4) % 4], 3), map('Ministry', 3, 'Makers', 1),
    [concat('st-', toString(number), '-0'), concat('st-', toString(number), '-1'), concat('st-', toString(number), '-2')],
    3, 100, 100, 100, map('family 1', 4), 40, toDateTime64({day:Int32} * 86400, 6, 'UTC'),
    toDateTime64(({day:Int32} + intHash32(number) % {days:UInt32}) * 86400, 6, 'UTC'), 'made/1', 5, 1, 6
FROM numbers({signals:UInt64})
"""
_STORIES: Final = """
INSERT INTO stories (generation, story_id, n, title, signal_id, merged_into, opened_at, last_at, articles)
SELECT 'live', concat('st-', toString(intDiv(number, 3)), '-', toString(number % 3)) AS story_id, 1,
    concat('Story ', story_id), concat('sg-', toString(intDiv(number, 3))), '', toDateTime64({day:Int32} * 86400, 6, 'UTC'),
    toDateTime64({day:Int32} * 86400, 6, 'UTC'), 33
FROM numbers({signals:UInt64} * 3)
"""
_ARTICLES: Final = """
INSERT INTO articles (seq, admitted_at, article_id, revision, url, title, text, publisher, family, language, published_at,
    fetched_at, date_flag, text_origin)
SELECT number + 1, now64(), concat('a', toString(number)), 0, concat('https://paper.example/', toString(number)),
    concat('An article about matter number ', toString(number)),
    repeat(concat('The ministry said that measure ', toString(number), ' would be in force. '), 12),
    concat('Paper ', toString(number % 60)), concat('family ', toString(number % 60)), 'en',
    toDateTime64(({day:Int32} + number % {days:UInt32}) * 86400, 6, 'UTC'), now64(), 'ok', 'feed'
FROM numbers(intDiv({evidence:UInt64}, 3) + 1)
"""
_LAST: Final = """
INSERT INTO commits (generation, n, proposal_id, at, committed_at, body)
SELECT 'live', {evidence:UInt64}, 'last', {now:DateTime64(6, 'UTC')}, now64(), ''
"""
_PROJECTED: Final = """
INSERT INTO projected (generation, target, n, at, projected_at)
SELECT 'live', 'tables', {evidence:UInt64}, {now:DateTime64(6, 'UTC')}, now64()
"""


def fill(store: Store, *, signals: int, evidence: int) -> None:
    """Migrate `store` and fill it. Takes about 20 s for 10,000 signals with 1,000,000 evidence."""
    migrate(store)
    record_policy(store, Policy())
    values = {"signals": signals, "evidence": evidence, "day": FIRST_DAY, "days": DAYS, "now": NOW}
    for sql in (_EVIDENCE, _BY_SIGNAL, _EVENTS, _SIGNALS, _STORIES, _ARTICLES, _LAST, _PROJECTED):
        store.command(sql, values)
