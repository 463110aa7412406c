"""Conditions on signal events, in the Common Expression Language (https://cel.dev), by Google's own implementation.

Names and types are checked when a condition is read, not when the first event comes. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, Final

from cel_expr_python import cel

from schemas.errors import BadInput
from schemas.events import SignalEvent

_TEXT, _COUNT, _YES, _TIME = cel.Type.STRING, cel.Type.INT, cel.Type.BOOL, cel.Type.TIMESTAMP
_LIST: Final = cel.Type.List(_TEXT)
_NUMBER: Final = cel.Type.DYN  # so that a strength may be compared with 7 as well as with 7.0

# What a condition may name: `event` is the step, `signal` the signal after it, `before` the signal before it.
NAMES: Final[Mapping[str, Any]] = {
    **{f"event.{name}": _TEXT for name in (
        "event_id", "kind", "evidence_id", "article_id", "quote", "anchor", "claim", "publisher", "url", "stance",
        "note", "by", "other_id", "policy", "cause", "analyst", "signal_id", "generation",
    )},
    "event.at": _TIME,
    "event.seq": _COUNT,
    **{f"signal.{name}": _TEXT for name in ("signal_id", "title", "scope", "state", "basis", "kind", "lens")},
    **{f"signal.{name}": _LIST for name in ("sectors", "geographies", "actors")},
    **{f"signal.{name}": _COUNT for name in ("stories", "families", "articles")},
    "signal.strength": _NUMBER,
    "signal.contested": _YES,
    "before.strength": _NUMBER,
    "families": _COUNT,
    "stories": _COUNT,
    "strength": _NUMBER,
    "move": _NUMBER,
}  # fmt: skip
_ELSEWHERE: Final = {
    "kind": "class_kind",
    "lens": "class_lens",
    "strength": "strength_after",
}  # of `signal`, in an event


class Where:
    """One condition. Safe to use from several threads. Raises BadInput, beginning with `name`, when it is none."""

    def __init__(self, text: str, name: str = "--where") -> None:
        self.text, self._name = text, name
        self._at: SignalEvent | None = None
        self._lock = Lock()  # `crossed` and `fell` look at the event that is being asked about
        functions = [
            cel.FunctionDecl(word, [
                cel.Overload(f"{word}_{kind}", _YES, [parameter], impl=method)
                for kind, parameter in (("int", cel.Type.INT), ("double", cel.Type.DOUBLE))
            ])
            for word, method in (("crossed", self._crossed), ("fell", self._fell))
        ]  # fmt: skip
        try:
            self._expression = cel.NewEnv(variables=NAMES, functions=functions).compile(text)
        except RuntimeError as error:
            raise BadInput(f"{name}: {_plain(error)}") from error
        given = self._expression.return_type().name()
        if given not in ("BOOL", "DYN"):
            raise BadInput(f"{name}: {text!r} is no condition: it gives a {given}")
        self._used = tuple(used for used in NAMES if used in text)  # a few more than it names, at worst

    def holds(self, event: SignalEvent) -> bool:
        """Say whether the condition holds for `event`. Raises BadInput when it cannot be said, such as `1 / 0 > 1`."""
        with self._lock:
            self._at = event
            try:
                value = self._expression.eval(data=facts(event, self._used)).value()
            except RuntimeError as error:
                raise BadInput(f"{self._name}: {_plain(error)}") from error
        if not isinstance(value, bool):
            raise BadInput(f"{self._name}: {self.text!r} gave {value!r} for {event.event_id}")
        return value

    def _crossed(self, level: float) -> bool:
        assert self._at is not None
        return before(self._at) < level <= self._at.strength_after

    def _fell(self, level: float) -> bool:
        assert self._at is not None
        return self._at.strength_after < level <= before(self._at)


def before(event: SignalEvent) -> float:
    """Return the strength before, as readers saw it: to them an unpublished signal has none."""
    return 0.0 if event.kind == "published" else event.strength_before


def facts(event: SignalEvent, names: Iterable[str] = tuple(NAMES)) -> dict[str, Any]:
    """Return the values of these names of a condition."""
    return {name: _fact(event, name) for name in names}


def _fact(event: SignalEvent, name: str) -> Any:
    if name == "before.strength":
        return before(event)
    if name == "move":
        return event.strength_after - before(event)
    part = name.rpartition(".")[2]
    if not name.startswith("event."):
        part = _ELSEWHERE.get(part, part)
    value = getattr(event, part)
    return list(value) if isinstance(value, tuple) else value


def _plain(error: RuntimeError) -> str:
    """Return the first line of what the compiler says, without its codes."""
    first = str(error).splitlines()[0]
    for noise in ("INVALID_ARGUMENT: ", "ERROR: ", "<input>:", " (in container '')"):
        first = first.replace(noise, "")
    return first
