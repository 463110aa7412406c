"""Which functions are open, and which settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.exposed.functions import Functions, open_functions
from infra.exposed.query_settings import Limits, admitted
from infra.exposed.refusal import READONLY, Refused


def row(name: str, category: str, *, alias: str = "", aggregate: int = 0, origin: str = "System") -> dict[str, object]:
    return {"name": name, "alias_to": alias, "category": category, "is_aggregate": aggregate, "origin": origin}


@pytest.fixture
def functions() -> Functions:
    """A catalogue in small."""
    catalogue = [
        row("plus", "Arithmetic"), row("file", "Other"), row("version", "Other"), row("dictGet", "Dictionary"),
        row("lcase", "", alias="lower"), row("lower", "String"), row("readFile", "", alias="file"),
        row("sum", "Aggregate Functions", aggregate=1), row("flameGraph", "Aggregate Functions", aggregate=1),
        row("mine", "Arithmetic", origin="ExecutableUserDefined"), row("telepathy", "Things of the future"),
    ]  # fmt: skip
    return open_functions(catalogue, ["If", "State", "OrNull"])


@pytest.mark.parametrize("name", ["plus", "PLUS", "version", "lcase", "sum", "sumIf", "SUMIFOrNullState", "lambda"])
def test_open(functions: Functions, name: str) -> None:
    assert functions.allows(name)


@pytest.mark.parametrize(
    "name",
    [
        "file",
        "FILE",
        "readFile",
        "dictGet",
        "mine",
        "telepathy",
        "fileIf",
        "If",
        "flameGraph",
        "flameGraphIf",
        "plusIf",
        "",
    ],
)
def test_closed(functions: Functions, name: str) -> None:
    assert not functions.allows(name)


@given(st.text(max_size=300))
def test_any_name_gets_an_answer(name: str) -> None:
    functions = Functions(frozenset({"plus"}), frozenset({"sum"}), ("if",))
    assert functions.allows(name) in (True, False)


@given(st.integers(0, 10**18))
def test_no_setting_raises_a_limit(value: int) -> None:
    limits = Limits()
    for name, most in (("max_result_bytes", limits.result_bytes), ("max_memory_usage", limits.memory)):
        assert 0 < int(admitted({name: str(value)}, limits)[name]) <= most


@given(st.text(max_size=40), st.text(max_size=10))
def test_an_unknown_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        admitted({f"x{name}": value}, Limits())
    assert refused.value.code == READONLY
