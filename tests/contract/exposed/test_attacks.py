"""Readers who want more than reading: everything is refused, nothing happens, and the store is as it was."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.exposed.connections import read_only, run
from infra.exposed.engine import Engine, Question
from infra.exposed.query_settings import Limits
from infra.exposed.refusal import Refused
from sinks.clickhouse.connect import Store
from tests.contract.exposed.conftest import LIMITS

READONLY, DENIED, SYNTAX = 164, 497, 62
WRITES = """
insert into signals (signal_id) values ('x')
insert into signals select * from signals
insert into function file('{file}', 'TSV', 'a Int8') select 1
insert into signals from infile '{file}' format TSV
alter table signals delete where 1
alter table signals update title = '' where 1
alter table signals drop column title
delete from signals where 1
update signals set title = '' where 1
truncate table signals
drop table signals
drop table if exists signals sync
drop database bellwether
detach table signals
attach table signals
undrop table signals
rename table signals to others
exchange tables signals and stories
create table others (a Int8) engine = Memory
create temporary table others (a Int8)
create table others engine = File(TSV) as select 1
create view others as select 1
create or replace view signal_strength as select 1
create materialized view others engine = Memory as select 1
create dictionary others (a Int8) primary key a source(http(url '{url}')) lifetime(1) layout(flat())
create database others
create function others as x -> x
create user others
create named collection others as a = 1
grant all on *.* to default
optimize table signals final
system shutdown
system flush logs
system drop dns cache
kill query where 1
kill mutation where 1
backup table signals to File('{file}')
restore table signals from File('{file}')
check table signals
set readonly = 0
set max_execution_time = 0
use system
begin transaction
execute as default select 1
select 1 parallel with drop table signals
explain alter table signals delete where 1
explain insert into signals select * from signals
explain table override url('{url}')
copy signals to '{file}'
"""
FILES_AND_NETWORK = """
select file('/etc/passwd')
select FILE('/etc/passwd')
select `file`('/etc/passwd')
select "file"('/etc/passwd')
select /* quiet */ file /* words */ ( -- here
select arrayMap(x -> file(x), ['/etc/passwd'])
select * apply(file) from (select '/etc/passwd')
select * apply(x -> file(x)) from (select '/etc/passwd')
select columns('.*') apply(x -> file(x)) from (select '/etc/passwd')
select * replace(file('/etc/passwd') as dummy) from system.one
select 1 order by file('/etc/passwd')
select 1 where file('/etc/passwd') != ''
select 1 limit length(file('/etc/passwd'))
select sum(1) over (partition by file('/etc/passwd'))
select if(0, '', file('/etc/passwd'))
with file('/etc/passwd') as x select x
with x as (select file('/etc/passwd')) select * from x
select (select file('/etc/passwd'))
select 1 settings max_threads = 1 union all select length(file('/etc/passwd'))
select * from file('/etc/passwd', 'LineAsString')
select * from `/etc/passwd`
select * from default.`/etc/passwd`
select * from '/etc/passwd'
select * from filesystem('/etc')
select * from fileCluster('x', '/etc/passwd', 'LineAsString')
select * from url('{url}', 'LineAsString')
select * from url('file:///etc/passwd', 'LineAsString')
select * from s3('{url}/x', 'CSV', 'a String')
select * from gcs('{url}/x', 'CSV', 'a String')
select * from azureBlobStorage('{url}', 'a', 'b')
select * from hdfs('hdfs://{host}/x', 'TSV', 'a String')
select * from iceberg('{url}/x')
select * from deltaLake('{url}/x')
select * from remote('{host}', system.one)
select * from remoteSecure('{host}', system.one)
select * from cluster('default', system.one)
select * from mysql('{host}', 'a', 'b', 'c', 'd')
select * from postgresql('{host}', 'a', 'b', 'c', 'd')
select * from mongodb('{host}', 'a', 'b', 'c', 'd', 'e Int8')
select * from redis('{host}', 'a', 'a Int8')
select * from odbc('DSN=x', 'a', 'b')
select * from jdbc('x', 'a', 'b')
select * from sqlite('{file}', 'a')
select * from executable('sh', 'TSV', 'a String')
select * from python(numbers)
select * from input('a Int8')
select * from format('Template', 'x')
select * from merge('system', '.*')
select * from loop(bellwether.deliveries)
select * from dictionary('x')
select * from fuzzQuery('select 1')
select * from eval('select 1')
select * from view(select * from url('{url}'))
select * from viewExplain('EXPLAIN', '', (select * from url('{url}')))
select * from (select * from numbers(1) union all select * from url('{url}', 'LineAsString'))
select 1 from numbers(1) where number in (select a from url('{url}', 'CSV', 'a Int8'))
select * from signals join url('{url}', 'CSV', 'signal_id String') as u using signal_id
select dictGet('x', 'y', 1)
select joinGet('bellwether.signals', 'title', 1)
select aiGenerate('words')
select catboostEvaluate('{file}', 1)
select evalMLMethod(1)
select regionToName(1)
select addressToLine(1)
select sleep(3)
select sleepEachRow(1) from numbers(100)
select getMacro('x')
select getServerSetting('x')
select filesystemAvailable()
select hasColumnInTable('bellwether', 'deliveries', 'content')
select __getScalar('x')
describe file('/etc/passwd', 'LineAsString')
describe url('{url}')
describe (select file('/etc/passwd'))
explain ast select * from url('{url}')
explain syntax select file('/etc/passwd')
explain query tree select * from url('{url}')
explain select * from url('{url}')
explain estimate select * from url('{url}')
select 1 into outfile '{file}'
select 1 /* words */ INTO/**/OUTFILE '{file}' truncate format TSV
select * from signals into outfile '{file}' append and stdout
show tables into outfile '{file}'
show databases into outfile '{file}'
show columns from signals into outfile '{file}'
explain select 1 into outfile '{file}'
describe signals into outfile '{file}'
show create table signals into outfile '{file}'
exists table signals into outfile '{file}'
"""
NOT_FOR_READERS = """
select * from deliveries
select * from bellwether.deliveries
select * from `bellwether`.`deliveries`
select * from "deliveries"
with deliveries as (select 1) select * from deliveries
with x as (select * from deliveries) select 1
select (select count() from deliveries)
select 1 in deliveries
select 1 in (deliveries)
select in(1, bellwether.deliveries)
select 1 global not in meta
select * from signals where signal_id in (select brief_id from deliveries)
select * from {t:Identifier}
select * from {d:Identifier}.{t:Identifier}
show create table deliveries
describe deliveries
exists deliveries
explain select * from deliveries
explain query tree select * from deliveries
select * from schema_migrations
select * from system.users
select * from system.grants
select * from system.processes
select * from system.user_directories
select * from system.named_collections
select * from system.server_settings
select * from system.query_log
select * from system.parts
select * from system.stack_trace
select 1 in system.users
select * from default.signals
show grants
show users
show processlist
show access
show create user default
show create database bellwether
"""
SETTINGS = """
select 1 settings readonly = 0
select 1 settings readonly = DEFAULT
select 1 settings allow_ddl = 1
select 1 settings max_execution_time = DEFAULT
select 1 settings format_schema = '/etc/passwd'
select 1 settings output_format_schema = '{file}'
select 1 settings allow_introspection_functions = 1
select 1 settings use_query_cache = 1
select 1 settings log_queries = 1
select 1 from (select 1 settings readonly = 0)
select 1 from (select 1 settings max_execution_time = 1000)
select (select 1 settings max_memory_usage = 0)
with x as (select 1 settings max_threads = 64) select * from x
select 1 union all select 2 settings readonly = 0
explain select 1 from (select 1 settings readonly = 0)
describe (select 1 settings readonly = 0)
"""
SEVERAL = """
select 1; select 2
select 1; drop table signals
select 1;;drop table signals
select 1; -- and \\n drop table signals
select 1 format TSV; drop table signals
select 1) into outfile '{file}' --
select 1 union all
;
"""


def lines(text: str) -> list[str]:
    """Return the statements of a list."""
    return [line.replace("\\n", "\n") for line in text.strip("\n").splitlines()]


@pytest.fixture(scope="module")
def trap() -> Iterator[socket.socket]:
    """A port that notices whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.0)
        yield listening


def picture(store: Store) -> list[dict[str, Any]]:
    """Return every table with its rows and its making."""
    return store.query(
        "SELECT name, total_rows, create_table_query FROM system.tables WHERE database = 'bellwether' ORDER BY name"
    )


def refused(engine: Engine, sql: str, **more: Any) -> Refused:
    """Return how a question was refused."""
    with pytest.raises(Refused) as error:
        engine.answer(Question(sql, **more))
    return error.value


@pytest.mark.parametrize("statement", lines(WRITES + FILES_AND_NETWORK + NOT_FOR_READERS + SETTINGS + SEVERAL))
def test_refused_and_nothing_happens(
    store: Store, engine: Engine, trap: socket.socket, tmp_path: Path, statement: str
) -> None:
    store.insert("deliveries", ["brief_id", "content"], [["a-brief", "told to nobody"]])
    store.insert("signals", ["generation", "signal_id", "title"], [["live", "sg-1", "A title"]])
    before, file = picture(store), tmp_path / "written"
    host = f"127.0.0.1:{trap.getsockname()[1]}"
    sql = statement.replace("{file}", str(file)).replace("{url}", f"http://{host}").replace("{host}", host)
    refusal = refused(engine, sql, parameters={"t": "deliveries", "d": "bellwether"})
    # 60: the name of a table that does not exist; 36: the parser knows it and has no tree of it.
    assert refusal.code in (READONLY, DENIED, SYNTAX, 36, 47, 60), refusal.words
    assert "told to nobody" not in refusal.words
    assert picture(store) == before
    assert not file.exists()
    with pytest.raises(BlockingIOError):
        trap.accept()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("readonly", "0"), ("readonly", ""), ("allow_ddl", "1"), ("format_schema", "/etc/passwd"),
        ("output_format_schema", "x"), ("max_execution_time", "-1"), ("max_execution_time", "1e9"),
        ("max_threads", "x"), ("profile", "default"), ("x'; drop table signals; --", "1"), ("no_such_setting", "1"),
    ],
)  # fmt: skip
def test_settings_of_the_address_are_refused(engine: Engine, name: str, value: str) -> None:
    assert refused(engine, "select 1", settings={name: value}).code == READONLY


@pytest.mark.parametrize("value", ["0", "3600", "100000000"])
def test_limits_cannot_be_raised(engine: Engine, value: str) -> None:
    sql = "select getSetting('max_execution_time'), getSetting('max_memory_usage'), getSetting('readonly')"
    wanted = {"max_execution_time": value, "max_memory_usage": f"{value}000000000"}
    seconds, memory, readonly = engine.answer(Question(sql, settings=wanted)).body.split()
    assert (float(seconds), int(memory), int(readonly)) == (LIMITS.seconds, LIMITS.memory, 1)
    written = f"{sql} settings max_execution_time = {value}"
    assert float(engine.answer(Question(written)).body.split()[0]) == LIMITS.seconds


def test_limits_can_be_lowered(engine: Engine) -> None:
    slow = "select count() from numbers(100000000000) where sipHash64(number) = 1"
    assert refused(engine, slow, settings={"max_execution_time": "0.2"}).code == 159
    assert refused(engine, f"{slow} settings max_execution_time = 0.2").status == 408


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("select number, repeat('x', 100) from numbers(100000000)", 396),
        ("select repeat('x', 1000000) from numbers(1000)", 396),
        ("select number from numbers(100000000)", 396),
        ("select groupArray(number) from numbers(1000000000)", 241),
        ("select * from numbers(1000000) as a cross join numbers(1000000) as b order by b.number, a.number", 241),
        ("(" * 5000 + "select 1" + ")" * 5000, 306),
        ("select " + "(" * 2000 + "1" + ")" * 2000, 306),
        ("select 1" + " + 1" * 50000, 167),
        ("select '" + "x" * 300_000 + "'", SYNTAX),
    ],
)
def test_huge_questions_and_answers(engine: Engine, sql: str, code: int) -> None:
    refusal = refused(engine, sql)
    assert refusal.code in (code, 159, 241), refusal.words[:200]
    assert len(refusal.words) < 5000


def test_the_connection_alone_refuses_to_write(store: Store, engine: Engine) -> None:
    """Should the look at the tree ever let something pass, the engine still does not write for a reader."""
    before = picture(store)
    with read_only(engine._path, LIMITS.settings(), "bellwether") as connection:
        for statement in (
            "insert into signals (signal_id) values ('x')", "drop table signals", "truncate table signals",
            "create table others (a Int8) engine = Memory", "alter table signals delete where 1",
            "set readonly = 0", "set max_execution_time = 0", "select * from url('http://127.0.0.1:9', 'LineAsString')",
            "select * from file('/etc/passwd', 'LineAsString')",
        ):  # fmt: skip
            with pytest.raises(Refused) as error:
                run(connection, statement, "Null")
            assert error.value.code == READONLY, statement
    assert picture(store) == before


def test_closing_breaks_off_what_is_asked_and_nothing_else(session_store: Store) -> None:
    engine = Engine(session_store.folder or Path(), Limits(seconds=60))
    slow = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
    ended: list[Refused] = []

    def ask() -> None:
        ended.append(refused(engine, slow))

    asking = threading.Thread(target=ask)
    asking.start()
    while engine._is_idle(0.0):
        time.sleep(0.001)
    engine.close()  # before the question runs or while it does
    asking.join(20)
    assert [refusal.code for refusal in ended] == [394]
    assert refused(engine, "SELECT 1").code == 394
    assert session_store.scalar("SELECT 1") == 1


def test_a_reader_leaves_nothing_behind_for_the_next(store: Store, engine: Engine) -> None:
    engine.answer(Question("select 1 settings limit = 1, session_timezone = 'Asia/Tokyo'", database="system"))
    answer = engine.answer(Question("select currentDatabase(), timezone(), count() from numbers(5)"))
    assert answer.body == f"bellwether\t{engine.timezone}\t5\n".encode()
    store.insert("signals", ["generation", "signal_id"], [["live", "sg-2"]])  # the program itself goes on writing
    assert engine.answer(Question("select count() from signals")).body == b"1\n"
