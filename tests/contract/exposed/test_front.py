"""The front as ClickHouse's clients use it: clickhouse-connect, clickhouse-go's requests, plain HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import clickhouse_connect
import httpx2
import pytest
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.buffer import ResponseBuffer
from clickhouse_connect.driver.ctypes import RespBuffCls
from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError, StreamCompleteException
from clickhouse_connect.driver.query import QueryContext

from infra.exposed.engine import Engine
from infra.exposed.front import Front, Readers
from infra.http_server import HttpServer
from sinks.clickhouse.connect import Store
from sinks.site.tries import Tries
from tests.contract.exposed.conftest import PASSWORD, USER

MANY_KINDS = """
SELECT number AS n, toLowCardinality(toString(number % 3)) AS l, if(number % 2 = 0, NULL, toString(number)) AS s,
  toDateTime64(number, 6, 'UTC') AS t, map('a', number, 'b', 1) AS m, [toLowCardinality('x')] AS a,
  (number, 'z', [number]) AS u, toDecimal64(number, 2) AS d, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS i,
  CAST(1, 'Enum8(\\'one\\' = 1)') AS e, number > 1 AS b, toNullable(toDate('2026-01-02')) AS dn, number / 2 AS f,
  toFixedString('abcd', 4) AS x, toIPv4('127.0.0.1') AS ip, [[], [number]] AS aa, NULL AS nothing,
  CAST(NULL, 'LowCardinality(Nullable(String))') AS ln, [(1, 'p')] AS at, repeat('é', number) AS r, toInt256(-1) AS w,
  emptyArrayString() AS ea, map()::Map(String, Array(String)) AS em
FROM numbers(300)
"""


@pytest.fixture
def http(front: HttpServer) -> Iterator[httpx2.Client]:
    """A reader with the right password."""
    with httpx2.Client(base_url=front.url, auth=(USER, PASSWORD), trust_env=False) as client:
        yield client


def connected(front: HttpServer, **more: Any) -> Any:
    """Return clickhouse-connect's client as anybody opens it."""
    given = {"host": "127.0.0.1", "port": front.port, "username": USER, "password": PASSWORD, **more}
    return clickhouse_connect.get_client(**given)


def test_clickhouse_connect_reads(store: Store, front: HttpServer) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    store.insert(
        "signal_events", ["generation", "signal_id", "seq", "kind", "at"],
        [["live", "sg-1", 1, "opened", at], ["live", "sg-2", 1, "published", at]],
    )  # fmt: skip
    client = connected(front, tz_mode="aware")
    assert client.ping()
    found = client.query("SELECT signal_id, kind, at FROM signal_events FINAL ORDER BY signal_id")
    assert found.result_rows == [("sg-1", "opened", at), ("sg-2", "published", at)]
    assert found.query_id
    assert found.summary["read_rows"] == "2"
    named = client.query(
        "SELECT kind FROM signal_events WHERE signal_id IN {ids:Array(String)}", {"ids": ["sg-2", "'"]}
    )
    assert named.result_rows == [("published",)]
    assert client.query("SELECT %(x)s AS x", parameters={"x": "it's\t\\"}).result_rows == [("it's\t\\",)]
    assert client.query("SELECT {x:String} AS x", parameters={"x": "it's\t\\\n"}).result_rows == [("it's\t\\\n",)]
    assert client.query("SELECT kind FROM signal_events LIMIT 0").column_names == ("kind",)
    assert client.query("SELECT kind FROM signal_events WHERE 0").result_rows == []
    assert client.command("SELECT count() FROM signal_events") == 2
    assert ("signal_id", "String") in {row[:2] for row in client.query("DESCRIBE TABLE signal_events").result_rows}
    assert client.query_arrow("SELECT seq FROM signal_events").to_pylist() == [{"seq": 1}, {"seq": 1}]
    assert json.loads(client.raw_query("SELECT 1 AS a", fmt="JSONEachRow")) == {"a": 1}
    with client.query_row_block_stream("SELECT number FROM numbers(100000)") as blocks:
        assert sum(row[0] for block in blocks for row in block) == sum(range(100_000))


def test_clickhouse_connect_with_forms_and_without_sessions(front: HttpServer) -> None:
    client = connected(front, form_encode_query_params=True, autogenerate_session_id=False, compress=False)
    ids = list(range(20_000))
    found = client.query("SELECT count() FROM numbers(9) WHERE number IN {ids:Array(Int32)}", parameters={"ids": ids})
    assert found.result_rows == [(9,)]
    with pytest.raises(ProgrammingError, match="readonly"):  # it asks system.settings itself, as with any such user
        client.query("SELECT 1", settings={"max_threads": 1})
    unchecked = connected(front)
    unchecked.params["max_result_rows"] = "3"
    with pytest.raises(DatabaseError, match="TOO_MANY_ROWS_OR_BYTES"):
        unchecked.query("SELECT number FROM numbers(10)")


@pytest.mark.parametrize(
    ("statement", "code"),
    [("DROP TABLE signals", 164), ("SELECT nothing FROM signals", 47), ("SELECT file('x')", 497), ("SELECT )", 62)],
)
def test_clickhouse_connect_is_told_why(front: HttpServer, statement: str, code: int) -> None:
    with pytest.raises(DatabaseError) as error:
        connected(front).command(statement)
    assert error.value.code == code
    with pytest.raises(DatabaseError):
        connected(front).insert("signals", [["x"]], column_names=["signal_id"], column_type_names=["String"])


PlainBuffer: Any = ResponseBuffer  # its position is readable
WholeBuffer: Any = RespBuffCls
GO = {"default_format": "Native", "client_protocol_version": "54460", "database": "default"}


def without_additions(blocks: bytes, plain: bytes) -> bytes:
    """Walk both at once: take out of `blocks` what protocol 54460 adds, where `plain` says that it must be."""
    source: Any = PlainBuffer(SimpleNamespace(gen=iter(()), close=lambda: None))
    info, kept, at = b"\x01\x00\x02\xff\xff\xff\xff\x00", b"", 0
    source.buffer, source.buf_sz = plain, len(plain)
    while len(kept) < len(plain):
        assert blocks[at : at + 8] == info
        at += 8
        source.buf_loc = start = len(kept)
        columns, rows = source.read_leb128(), source.read_leb128()
        for _ in range(columns):
            name, kind = source.read_leb128_str(), source.read_leb128_str()
            head = plain[start : source.buf_loc]
            assert blocks[at : at + len(head) + 1] == head + b"\0", name
            at += len(head) + 1
            start = source.buf_loc
            # The real reader of clickhouse-connect decides where the column ends.
            whole: Any = WholeBuffer(SimpleNamespace(gen=iter([plain[start:]]), close=lambda: None))
            get_from_name(kind).read_column(whole, rows, QueryContext())
            rest = b"".join(_rest(whole))
            end = len(plain) - len(rest)
            assert blocks[at : at + end - start] == plain[start:end], name
            at += end - start
            source.buf_loc = start = end
        kept = plain[:start]
    return blocks[at:]


def _rest(source: Any) -> Iterator[bytes]:
    while True:
        try:
            yield bytes([source.read_byte()])
        except StreamCompleteException:
            return


@pytest.mark.parametrize("rows", [0, 1, 3, 300])
def test_native_of_a_new_protocol_adds_only_what_it_must(http: httpx2.Client, rows: int) -> None:
    """clickhouse-go's protocol: info before each block, a byte before each column's data, everything else the same."""
    sql = MANY_KINDS.replace("numbers(300)", f"numbers({rows})")
    plain = http.post("/", params={"default_format": "Native"}, content=sql).content
    new = http.post("/", params=GO, content=sql).content
    assert bool(plain) == bool(new) == bool(rows)
    assert without_additions(new, plain) == b""


def test_native_of_several_blocks(http: httpx2.Client) -> None:
    sql = "SELECT number AS n, toString(number) AS s FROM numbers(200000)"
    plain = http.post("/", params={"default_format": "Native"}, content=sql).content
    new = http.post("/", params=GO, content=sql).content
    blocks = (len(new) - len(plain)) // 10
    assert blocks > 1
    assert len(new) == len(plain) + blocks * 10
    assert new.count(b"\x01\x00\x02\xff\xff\xff\xff\x00") >= blocks


def test_what_cannot_be_given_in_native_is_said(http: httpx2.Client) -> None:
    reply = http.post("/", params=GO, content="SELECT quantileState(0.5)(1) AS q")
    assert (reply.status_code, reply.headers["x-clickhouse-exception-code"]) == (501, "48")
    assert "cast it" in reply.text


def test_requests_of_clickhouse_go(http: httpx2.Client) -> None:
    settings = {**GO, "enable_http_compression": "1", "limit": "2", "max_execution_time": "5", "query_id": "a-query"}
    sql = "SELECT displayName(), version(), revision(), timezone()"
    reply = http.post("/", params=settings, content=sql, headers={"Accept-Encoding": "gzip", "User-Agent": "grafana"})
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["x-clickhouse-query-id"] == "a-query"
    assert b"revision()\x06UInt32\x00" in reply.content
    limited = http.post("/", params={**settings, "default_format": "TSV"}, content="SELECT number FROM numbers(9)")
    assert limited.text == "0\n1\n"
    named = http.post("/", params={**GO, "default_format": "TSV", "param_x": "41"}, content="SELECT {x:UInt8} + 1")
    assert named.text == "42\n"


def test_plain_http(http: httpx2.Client, engine: Engine) -> None:
    assert http.get("/ping").text == "Ok.\n"
    assert http.get("/").text == "Ok.\n"
    assert http.head("/").status_code == 200
    reply = http.get("/", params={"query": "SELECT 1 AS a", "default_format": "JSON"})
    assert reply.json()["data"] == [{"a": 1}]
    assert reply.headers["x-clickhouse-format"] == "JSON"
    assert reply.headers["x-clickhouse-server-display-name"] == "bellwether"
    assert reply.headers["x-clickhouse-timezone"] == engine.timezone
    assert json.loads(reply.headers["x-clickhouse-summary"])["read_rows"] == "1"
    assert reply.headers["content-type"].startswith("application/json")
    assert http.get("/", params={"query": "SELECT 1 AS a FORMAT JSONEachRow"}).json() == {"a": 1}
    assert http.post("/", params={"query": "SELECT"}, content="2").text == "2\n"
    assert http.post("/", content="SELECT 3", headers={"X-ClickHouse-Format": "CSV"}).text == "3\n"
    binary = http.post("/", params={"default_format": "RowBinaryWithNamesAndTypes"}, content="SELECT 1::UInt8 AS a")
    assert binary.content == b"\x01\x01a\x05UInt8\x01"
    packed = http.post("/", content=gzip.compress(b"SELECT 4"), headers={"Content-Encoding": "gzip"})
    assert packed.text == "4\n"
    session = {"session_id": "s", "session_timeout": "60", "wait_end_of_query": "1", "quota_key": "k", "readonly": "2"}
    assert http.post("/", params=session, content="SELECT 5").text == "5\n"
    assert http.get("/play").status_code == 404
    assert http.put("/", content="SELECT 1").status_code == 405


@pytest.mark.parametrize(
    ("parameters", "content", "headers", "status"),
    [
        ({}, b"DROP TABLE signals", {}, 403),
        ({"query": "DROP TABLE signals"}, b"", {}, 403),
        ({"query": "SELECT 1;"}, b"DROP TABLE signals", {}, 400),
        ({"query": "INSERT INTO signals FORMAT TSV"}, b"x", {}, 403),
        ({"readonly": "0"}, b"SELECT 1", {}, 403),
        ({"compress": "1"}, b"SELECT 1", {}, 501),
        ({"decompress": "1"}, b"SELECT 1", {}, 501),
        ({"database": "secret"}, b"SELECT 1", {}, 404),
        ({}, b"\xff\xfe", {}, 400),
        ({}, b"", {}, 400),
        ({}, b"x" * 5_000_000, {}, 413),
        ({}, gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}, 413),
        ({}, b"no gzip", {"Content-Encoding": "gzip"}, 400),
        ({}, b"SELECT 1", {"Content-Encoding": "zstd"}, 501),
        ({}, b"no form", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        ({}, b"no form", {"Content-Type": "multipart/form-data"}, 400),
        ({"default_format": "Template"}, b"SELECT 1", {}, 400),
        ({"query_id": "a\r\nSet-Cookie: x"}, b"DROP TABLE signals", {}, 403),
    ],
)
def test_refused_with_a_status_and_a_code(
    http: httpx2.Client, parameters: dict[str, str], content: bytes, headers: dict[str, str], status: int
) -> None:
    reply = http.post("/", params=parameters, content=content, headers=headers)
    assert reply.status_code == status, reply.text
    code = reply.headers["x-clickhouse-exception-code"]
    assert reply.text.startswith(f"Code: {code}. DB::Exception: ")
    assert "set-cookie" not in reply.headers


def test_get_cannot_be_made_to_write(http: httpx2.Client) -> None:
    assert http.get("/", params={"query": "TRUNCATE TABLE signals"}).status_code == 403


def test_files_of_a_form_are_not_taken(http: httpx2.Client) -> None:
    reply = http.post("/", files={"t": b"1"}, data={"query": "SELECT * FROM t"}, params={"t_structure": "a Int8"})
    assert reply.status_code == 400


def test_passwords(front: HttpServer) -> None:
    ask: dict[str, str] = {"query": "SELECT 1"}
    with httpx2.Client(base_url=front.url, trust_env=False) as client:
        nobody = client.get("/", params=ask)
        assert (nobody.status_code, nobody.headers["x-clickhouse-exception-code"]) == (401, "194")
        assert nobody.headers["www-authenticate"].startswith("Basic")
        assert client.get("/ping").text == "Ok.\n"
        right: list[dict[str, Any]] = [
            {"headers": {"X-ClickHouse-User": USER, "X-ClickHouse-Key": PASSWORD}, "params": ask},
            {"auth": (USER, PASSWORD), "params": ask},
            {"params": {**ask, "user": USER, "password": PASSWORD}},
        ]
        for given in right:
            assert client.get("/", **given).text == "1\n"
        wrong: list[dict[str, Any]] = [
            {"headers": {"X-ClickHouse-User": USER, "X-ClickHouse-Key": "x"}, "params": ask},
            {"auth": ("default", PASSWORD), "params": ask},
            {"auth": (USER, ""), "params": ask},
            {"headers": {"Authorization": "Basic !!!"}, "params": ask},
            {"params": {**ask, "user": USER}},
        ]
        for given in wrong:
            reply = client.get("/", **given)
            assert (reply.status_code, reply.headers["x-clickhouse-exception-code"]) == (403, "516")
            assert PASSWORD not in reply.text


def test_guessing_is_slowed_down(store: Store, engine: Engine) -> None:
    readers = Readers(USER, PASSWORD, frozenset({"127.0.0.1"}))
    server = HttpServer(Front(engine, readers, Tries(each=2)).app())
    server.start()
    try:
        with httpx2.Client(base_url=server.url, params={"query": "SELECT 1"}, trust_env=False) as client:
            for _ in range(2):
                assert "incorrect" in client.get("/", auth=(USER, "guess")).text
            assert "Wrong too often" in client.get("/", auth=(USER, PASSWORD)).text
    finally:
        server.stop()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8123", "", "127.0.0.1.evil.example", "192.168.0.1"])
def test_a_page_elsewhere_that_took_our_address_reads_nothing(http: httpx2.Client, host: str) -> None:
    for path in ("/", "/ping", "/?query=SELECT+1"):
        reply = http.get(path, headers={"Host": host})
        assert reply.status_code in (400, 421)
        assert reply.text != "1\n"
    assert http.get("/?query=SELECT+1", headers={"Host": "localhost:8123"}).text == "1\n"


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_other_sites_neither_read_nor_use_up_tries(
    front: HttpServer, http: httpx2.Client, headers: dict[str, str]
) -> None:
    for password in (*["a guess"] * 20, PASSWORD):
        reply = httpx2.get(f"{front.url}/?query=SELECT+1", headers=headers, auth=(USER, password))
        assert reply.status_code == 403
        assert "access-control-allow-origin" not in reply.headers
    assert http.get("/?query=SELECT+1").text == "1\n"
