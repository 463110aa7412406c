"""Attacks put together by chance: what is closed stays closed wherever it stands in a statement."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.exposed.engine import Engine, Question
from infra.exposed.refusal import Refused
from sinks.clickhouse.connect import Store
from tests.contract.exposed.test_attacks import DENIED, picture, refused

TOKENS = (
    "select",
    "from",
    "where",
    "in",
    "union all",
    "with",
    "as",
    "settings",
    "format",
    "into outfile",
    "'{file}'",
    "TSV",
    "file",
    "url",
    "('/etc/passwd')",
    "(",
    ")",
    ",",
    "*",
    "1",
    "'x'",
    "`file`",
    "x",
    "signals",
    "deliveries",
    "system.users",
    "readonly",
    "= 0",
    ";",
    "--",
    "\n",
    "/*",
    "*/",
    "drop table",
    "insert into",
    "explain",
    "describe",
    "apply",
    "->",
    "show create table",
    "{t:Identifier}",
    "exists",
    "join",
    "using",
    "limit",
    "$$",
    "\\",
    "'",
    '"',
    ".",
    "set",
    "kill query where 1",
)
POISONS = (
    "file('/etc/passwd')",
    "(SELECT * FROM file('/etc/passwd', 'LineAsString') LIMIT 1)",
    "joinGet('signals', 'title', 1)",
    "(SELECT toString(count()) FROM deliveries)",
    "(SELECT name FROM system.users LIMIT 1)",
    "toString('x' IN deliveries)",
    "(SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString'))",
    "dictGetString('x', 'y', 1)",
    "toString(sleep(0.001))",
)
AROUND = (
    "toString({})",
    "(SELECT {})",
    "if(1, '', {})",
    "arrayMap(x -> {}, [1])[1]",
    "CASE WHEN 1 THEN '' ELSE {} END",
    "CAST({} AS String)",
    "({}, 1).1",
    "concat('a', {})",
    "(WITH {} AS q SELECT q)",
    "(WITH q AS (SELECT {} AS v) SELECT v FROM q)",
    "(SELECT max(v) FROM (SELECT {} AS v))",
    "(SELECT '' ORDER BY {})",
    "toString((SELECT sumIf(1, {} != '')))",
    "if('a' IN (SELECT {}), 'x', 'y')",
    "map('k', {})['k']",
    "[{}][1]",
    "(SELECT '' FROM numbers(1) WHERE {} != 'z')",
    "/* words */ {} -- more\n",
    "(SELECT any({}) OVER () FROM numbers(1))",
    "(SELECT '' UNION ALL SELECT {} LIMIT 1)",
    "(SELECT 'a' FROM numbers(1) AS a JOIN numbers(1) AS b ON a.number = b.number AND {} != '' LIMIT 1)",
    "(SELECT '' FROM numbers(2) GROUP BY {} HAVING {} != '' LIMIT 1)",
    "(SELECT '' FROM numbers(1) LIMIT length({}))",
)


@settings(max_examples=300, deadline=None)
@given(poison=st.sampled_from(POISONS), around=st.lists(st.sampled_from(AROUND), max_size=6))
def test_wherever_it_stands_it_is_refused(engine: Engine, poison: str, around: list[str]) -> None:
    text = poison
    for wrapping in around:
        text = wrapping.replace("{}", text)
    for sql in (f"SELECT {text}", f"EXPLAIN SELECT {text}", f"DESCRIBE (SELECT {text})"):
        if len(sql) < 100_000:
            assert refused(engine, sql).code == DENIED, sql


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=st.lists(st.sampled_from(TOKENS), max_size=14))
def test_whatever_is_put_together(store: Store, engine: Engine, tmp_path: Path, tokens: list[str]) -> None:
    before, file = len(picture(store)), tmp_path / "written"
    sql = " ".join(tokens).replace("{file}", str(file))
    try:
        answer = engine.answer(Question(sql, parameters={"t": "deliveries"}))
    except Refused as refusal:
        said = refusal.words.encode()
    else:
        said = answer.body
    assert b"root:" not in said
    assert not file.exists()
    assert len(picture(store)) == before


@settings(max_examples=200, deadline=None)
@given(sql=st.text(max_size=60), database=st.text(max_size=8), form=st.text(max_size=8))
def test_any_text_is_answered_or_refused(engine: Engine, sql: str, database: str, form: str) -> None:
    for question in (Question(sql, database, form), Question(f"SELECT '{sql}'"), Question(f"SELECT 1 AS `{sql}`")):
        with suppress(Refused):
            engine.answer(question)
