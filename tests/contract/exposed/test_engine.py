"""What readers may ask is answered as the store itself answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import chdb
import pytest

from infra.exposed.engine import Engine, Question
from infra.exposed.refusal import Refused
from sinks.clickhouse.connect import Store
from tests.grafana_macros import ALL, Asked

STATEMENTS = """
select 1
SELECT inf, nan, -inf, 1e308, 18446744073709551615, -9223372036854775808, 0.1, 1.0000000000000002, 3.0, 0x1F, 1_000
SELECT true, NULL, [1.0, 2], (1, -2, NULL), [], ['a', 'b'], [[1], []], map('a', 1), tuple()
SELECT 'ünïcödé 😀', 'tab\ttab', 'quote '' q', 'back\\\\slash', '{x:String}', ';', '--', '/*', $$it's$$ -- the end
SELECT `a``; drop table signals; --` FROM (SELECT 1 AS `a``; drop table signals; --`)
SELECT toTypeName(3.0), toTypeName(18446744073709551615), toTypeName(-5), toTypeName(true), toTypeName([1, 2.5])
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t
SELECT CASE WHEN number > 1 THEN 'a' ELSE 'b' END, number BETWEEN 1 AND 2, number::String, -number FROM numbers(3)
SELECT number % 2 AS k, sumIf(number, k = 1), quantile(0.5)(k), groupArray(2)(k) FROM numbers(9) GROUP BY k ORDER BY k
SELECT uniqMerge(s), uniqExactIfOrNull(n, n > 9) FROM (SELECT number AS n, uniqState(n) AS s FROM numbers(3) GROUP BY n)
SELECT number AS n, row_number() OVER (ORDER BY n DESC), sum(n) OVER w FROM numbers(3) WINDOW w AS (ORDER BY n)
SELECT number AS n, sum(n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM numbers(4) ORDER BY n
SELECT * EXCEPT (b) REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)
SELECT COLUMNS('a|c') APPLY(x -> x * 2) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)
SELECT a.x, b.y FROM (SELECT 1 AS x) AS a LEFT JOIN (SELECT 1 AS x, 'q' AS y) AS b ON a.x = b.x
SELECT arrayJoin(arrayMap(x -> x * x, range(4))) AS v ORDER BY v DESC LIMIT 1, 2
SELECT 1 AS x INTERSECT SELECT 1 EXCEPT SELECT 2
SELECT number FROM numbers(10) ORDER BY number LIMIT 2 BY number % 3 LIMIT 3 WITH TIES
SELECT toStartOfInterval(toDateTime(90000, 'UTC'), INTERVAL 1 HOUR), toDate('2026-01-02') + INTERVAL 3 DAY
SELECT toDate('2026-01-01') + number * 2 AS d FROM numbers(2) ORDER BY d WITH FILL STEP toIntervalDay(1)
SELECT number IN (1, 2), number IN (SELECT 1), (number, 1) IN ((1, 1)) FROM numbers(2)
SELECT signal_id, title FROM signals FINAL WHERE generation = 'live' ORDER BY signal_id
SELECT count() FROM bellwether.signals WHERE signal_id IN (SELECT signal_id FROM signal_events FINAL)
SELECT * FROM signal_strength(at = toDateTime64(90000, 6, 'UTC'))
SELECT * FROM signal_strength_over(since = toDateTime(0), until = toDateTime(90000), hours = 24)
SELECT name, type FROM system.columns WHERE database = 'bellwether' AND table = 'signals' ORDER BY position
SELECT count() > 5 FROM information_schema.tables WHERE table_schema = 'bellwether'
SELECT formatDateTime(toDateTime(0, 'UTC'), '%Y-%m'), JSONExtractString('{"a":"b"}', 'a'), hex(MD5('x'))
SHOW TABLES
SHOW DATABASES
SHOW TABLES FROM system LIKE 'col%'
SHOW COLUMNS FROM signals
SHOW CREATE TABLE signals
SHOW CREATE VIEW signal_strength
EXISTS TABLE signals
DESCRIBE signals
DESC TABLE "bellwether"."signals"
DESCRIBE (SELECT 1 AS x, 'a' AS y)
EXPLAIN SELECT title FROM signals WHERE signal_id = 'x'
EXPLAIN AST SELECT 1
EXPLAIN SYNTAX SELECT 1 + 1
SELECT 1 AS a FORMAT JSONEachRow
SELECT 1 AS a SETTINGS max_threads = 1 FORMAT CSVWithNames
SELECT number FROM numbers(4) SETTINGS limit = 2
"""
QUESTIONS = STATEMENTS.strip("\n").splitlines()
DASHBOARDS = Path(__file__).parents[3] / "infra" / "grafana" / "provisioning" / "dashboards"
ASKED = Asked(
    datetime(2026, 9, 21, tzinfo=UTC), datetime(2026, 9, 22, tzinfo=UTC),
    variables={"sector": ALL, "geography": ALL, "signal": ("sg-1",)},
)  # fmt: skip


@pytest.mark.parametrize("sql", QUESTIONS)
def test_answered_as_the_store_answers(store: Store, engine: Engine, sql: str) -> None:
    store.insert("signals", ["generation", "signal_id", "title"], [["live", "sg-1", "A title"], ["live", "sg-2", "ü"]])
    direct: Any = chdb.connect(str((store.folder or Path()).resolve()))  # type: ignore[no-untyped-call]
    try:
        direct.query("USE bellwether")
        expected = direct.query(sql, "TabSeparated").bytes()
    finally:
        direct.close()
    assert engine.answer(Question(sql)).body == expected


def raw_sql(found: Any) -> list[str]:
    """Return every question in a dashboard."""
    if isinstance(found, dict):
        own = [found["rawSql"]] if isinstance(found.get("rawSql"), str) else []
        return own + [sql for value in found.values() for sql in raw_sql(value)]
    return [sql for value in found for sql in raw_sql(value)] if isinstance(found, list) else []


def test_the_dashboards_questions_are_answered(store: Store, engine: Engine) -> None:
    questions = [sql for path in DASHBOARDS.rglob("*.json") for sql in raw_sql(json.loads(path.read_text("utf-8")))]
    assert len(questions) > 5
    for sql in questions:
        engine.answer(Question(ASKED.of(sql), default_format="Native"))


def test_parameters(engine: Engine) -> None:
    sql = "SELECT {n:Int32} + 1, {s:String}, {a:Array(String)}, {d:DateTime64(3, 'UTC')}"
    given = {"n": "41", "s": "tab\\tquote ' --", "a": "['x','it\\'s']", "d": "2026-01-02 03:04:05.678"}
    answer = engine.answer(Question(sql, default_format="JSONCompactEachRow", parameters=given))
    assert json.loads(answer.body) == [42, "tab\tquote ' --", ["x", "it's"], "2026-01-02 03:04:05.678"]
    with pytest.raises(Refused, match="Substitution `n` is not set"):
        engine.answer(Question("SELECT {n:Int32}"))


@pytest.mark.parametrize("name", ["Template", "Dataframe", "ArrowTable", "x'y", "MySQLWire"])
def test_formats_that_are_none(engine: Engine, name: str) -> None:
    with pytest.raises(Refused) as error:
        engine.answer(Question("SELECT 1", default_format=name))
    assert (error.value.code, error.value.status) == (73, 400)


def test_the_databases_that_clients_ask_for(engine: Engine) -> None:
    for name in ("", "default", "bellwether"):
        assert engine.answer(Question("SELECT currentDatabase()", name)).body == b"bellwether\n"
    assert engine.answer(Question("SELECT count() > 0 FROM tables", "system")).body == b"1\n"
    for sql in ("SELECT * FROM users", "SELECT 1 IN users"):
        with pytest.raises(Refused, match=r"system\.users is not open to readers"):
            engine.answer(Question(sql, "system"))
    with pytest.raises(Refused) as error:
        engine.answer(Question("SELECT 1", "secrets"))
    assert (error.value.code, error.value.status) == (81, 404)


def test_errors_are_in_the_words_of_clickhouse(engine: Engine) -> None:
    with pytest.raises(Refused) as error:
        engine.answer(Question("SELECT nothing FROM signals"))
    body = error.value.body("26.9")
    assert body.startswith("Code: 47. DB::Exception: Unknown expression identifier `nothing`")
    assert body.endswith("(UNKNOWN_IDENTIFIER) (version 26.9)\n")
    with pytest.raises(Refused) as error:
        engine.answer(Question("SELECT FROM 1"))
    assert error.value.status == 400
    assert "parseQueryToJSON" not in error.value.words
    assert error.value.words.endswith("(SYNTAX_ERROR)")
