"""The contract on the wire: locked versions, their examples, and a codec that lets nothing wrong through."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.article import Article, Outcome
from schemas.codec import decode, encode
from schemas.compatibility import incompatibilities
from schemas.errors import Poison
from schemas.events import DeadLetter
from schemas.lock import main, pending
from schemas.registry import HERE, Version, locked, records, schema_fingerprint
from tests.builders import article, outcome
from tests.contract.make_examples import paths
from tests.strategies import records as valid

BY_NAME = {record.__name__: record for record in records()}
calm = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def named(version: Version) -> str:
    return f"{version.record}.v{version.version}"


# --- the lock file -----------------------------------------------------------------------------------------------


def test_every_record_is_locked_as_the_code_of_today_has_it() -> None:
    assert pending() == ([], []), "run `python -m schemas.lock`, then `python -m tests.contract.make_examples`"
    assert main(["--check"]) == 0


def test_ids_count_upwards_and_versions_count_per_record() -> None:
    assert [v.id for v in locked()] == list(range(1, len(locked()) + 1))
    seen: Counter[str] = Counter()
    for version in locked():
        seen[version.record] += 1
        assert version.version == seen[version.record], f"{named(version)} is out of turn"


@pytest.mark.parametrize("version", locked(), ids=named)
def test_a_locked_schema_is_what_it_was(version: Version) -> None:
    assert schema_fingerprint(version.schema()) == version.fingerprint


@pytest.mark.parametrize("version", locked(), ids=named)
def test_a_version_may_stand_beside_each_earlier_one(version: Version) -> None:
    earlier = [each for each in locked() if each.record == version.record and each.version < version.version]
    assert [found for each in earlier for found in incompatibilities(each.schema(), version.schema())] == []


def test_every_schema_file_is_in_the_lock() -> None:
    assert {path.name for path in (HERE / "avsc").iterdir()} == {version.path.name for version in locked()}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package `schemas` that a test may change."""
    shutil.copytree(HERE, tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "schemas"


def run_lock(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "schemas.lock", *arguments]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def test_a_field_with_a_default_gets_the_next_version_and_no_old_line_changes(copied: Path) -> None:
    lock = copied / "ids.lock.json"
    before = lock.read_text("utf-8")
    change(copied / "article.py", "    attempt: Count = 0", '    section: str = ""\n    attempt: Count = 0')
    assert run_lock(copied, "--check").returncode == 1
    done = run_lock(copied)
    assert done.returncode == 0, done.stderr
    after = lock.read_text("utf-8")
    assert after.startswith(before.removesuffix("\n]}\n") + ",\n")
    assert msgspec.json.decode(after)["schemas"][-1]["id"] == len(locked()) + 1
    assert (copied / "avsc" / "Article.v2.avsc").exists()
    assert run_lock(copied, "--check").returncode == 0


def test_a_field_without_a_default_is_refused_and_nothing_is_written(copied: Path) -> None:
    before, files = (copied / "ids.lock.json").read_bytes(), sorted((copied / "avsc").iterdir())
    change(copied / "article.py", "    language: Annotated", "    section: str\n    language: Annotated")
    done = run_lock(copied)
    assert done.returncode != 0
    assert "Article.section is missing and has no default" in done.stderr
    assert (copied / "ids.lock.json").read_bytes() == before
    assert sorted((copied / "avsc").iterdir()) == files


# --- the examples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", locked(), ids=named)
def test_the_code_of_today_reads_what_each_version_wrote(version: Version) -> None:
    binary, readable = paths(version)
    assert binary.exists(), "run `python -m tests.contract.make_examples`"
    data, record = binary.read_bytes(), BY_NAME[version.record]
    assert int.from_bytes(data[1:5], "big") == version.id, "a locked id was given to another schema"
    assert decode(data, record) == msgspec.json.decode(readable.read_bytes(), type=record)


# --- the codec ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", records(), ids=lambda r: str(r.__name__))
def test_what_is_encoded_is_decoded_the_same(record: type) -> None:
    @settings(calm, max_examples=60)
    @given(valid(record))
    def check(value: Any) -> None:
        assert decode(encode(value), record) == value

    check()


@st.composite
def corrupted(draw: st.DrawFn) -> tuple[type, bytes]:
    """A record type and bytes that were those of an example before something happened to them."""
    version = draw(st.sampled_from(locked()))
    data = bytearray(paths(version)[0].read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(5, max(5, len(data) - 1)))
        match draw(st.sampled_from(("flip", "cut", "noise", "insert", "drop"))):
            case "flip" if place < len(data):
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[place:]
            case "noise":
                data[place : place + 8] = draw(st.binary(min_size=1, max_size=16))
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=4))
            case _:
                del data[place : place + draw(st.integers(1, 4))]
    return BY_NAME[version.record], bytes(data)


@settings(calm, max_examples=2_000)
@given(corrupted())
def test_a_corrupt_payload_is_poison_or_a_valid_record(case: tuple[type, bytes]) -> None:
    record, data = case
    try:
        value: Any = decode(data, record)
    except Poison:
        return
    again = encode(value)
    assert encode(decode(again, record)) == again


@settings(calm, max_examples=300)
@given(st.sampled_from(records()), st.binary(max_size=200))
def test_noise_behind_a_good_header_is_poison_or_a_valid_record(record: type, noise: bytes) -> None:
    try:
        value: Any = decode(encode(minimal(record))[:5] + noise, record)
    except Poison:
        return
    assert decode(encode(value), record)


def minimal(record: type) -> Any:
    """Return the example of a record."""
    newest = max((v for v in locked() if v.record == record.__name__), key=lambda v: v.version)
    return decode(paths(newest)[0].read_bytes(), record)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "shorter than a schema header"),
        (b"", "shorter than a schema header"),
        (b"\x00\x00\x00\x00", "shorter than a schema header"),
        (b"\x01" + encode(outcome())[1:], "first byte is 1"),
        (b"\x00\x00\x00\x7f\xff" + encode(outcome())[5:], "schema id 32767 is not in the lock file"),
        (encode(article()), "holds a Article, expected a Outcome"),
        (encode(outcome()) + b"\x00", "1 bytes left over"),
        (encode(outcome())[:-1], "not decodable as Outcome"),
    ],
)
def test_what_is_not_the_expected_record_is_poison(data: bytes | None, reason: str) -> None:
    with pytest.raises(Poison, match=reason):
        decode(data, Outcome)


@pytest.mark.parametrize(
    "wrong",
    [
        {"article_id": ""},
        {"article_id": "a" * 201},
        {"revision": -1},
        {"language": "much too long"},
        {"date_flag": "yesterday"},
        {"title": "t" * 1001},
    ],
)
def test_what_breaks_a_rule_of_the_record_is_poison(wrong: dict[str, Any]) -> None:
    with pytest.raises(Poison) as caught:
        decode(encode(article(1, **wrong)), Article)
    assert caught.value.stage == "validate"


def test_what_has_no_avro_form_is_poison_when_it_is_written() -> None:
    with pytest.raises(Poison):
        encode(article(1, ordinal=2**63))
    with pytest.raises(Poison):
        encode(article(1, title="a lone \ud800 surrogate"))


def test_a_dead_letter_carries_any_bytes() -> None:
    value = bytes(range(256))
    letter = DeadLetter("dl-1", "t", 0, 1, "b", b"\x00\xff", value, "decode", "why", article().published_at)
    assert decode(encode(letter), DeadLetter).value == value
