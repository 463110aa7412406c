"""Carries an analyst's command to the ledger and answers once it is committed and shown by the tables.

What was only sent is lost with the embedded broker: nobody was told otherwise, and the same key gives the same command
again. Whether it is applied, the ledger alone decides.
"""

from __future__ import annotations

import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from processors.decisions.ids import derived
from schemas.codec import learn
from schemas.errors import BadInput, Retryable
from schemas.proposal import Command, Proposal
from sinks.clickhouse.queries import Reader

Row = dict[str, Any]
Propose = Callable[[Proposal], None]
PATIENCE: Final = 20.0
_UNASKED: Final = frozenset({"watchman"})  # acts in the ledger's own name: nobody else may


class Commanding:
    """Implements sinks.site.ports.Commander. Blocks; may be called from several threads.

    `propose` puts a proposal before the ledger, durably or not at all as far as its caller can know. `patience`:
    seconds until an answer says that the command is not committed yet.
    """

    def __init__(
        self, reader: Reader, propose: Propose, now: Callable[[], datetime], patience: float = PATIENCE
    ) -> None:
        self._reader, self._propose, self._now, self._patience = reader, propose, now, patience

    def give(self, action: str, *, by: str, reason: str = "", key: str = "", **given: Any) -> Row:
        """Return the command's row (see sinks/clickhouse/given.py) with `repeated` and `pending`.

        `given` are the fields of schemas.proposal.Command; `parts` are pairs of a title and evidence ids. The same
        `key` with the same fields is the same command, however often it is given. A command that was refused has
        its reason in `refused`. Raises BadInput for what no ledger can be asked, Retryable when it cannot be reached.
        """
        command = made(action, by=by, reason=reason, key=key, **given)
        repeated = self._reader.became_of(command.command_id) is not None
        if not repeated:
            proposal = Proposal(
                proposal_id=f"c:{command.command_id}",
                generation=self._reader.generation,
                kind="command",
                proposed_at=self._now(),
                command=command,
            )
            try:
                self._propose(proposal)
            except Retryable as error:
                look = f"whether it was taken all the same, `bellwether commands {command.command_id}` tells"
                raise Retryable(f"{error}; {look}") from error
        done = self._awaited(command.command_id)
        if done is None:
            told = {name: getattr(command, name) for name in ("command_id", "action", "signal_id", "by", "reason")}
            return told | {"pending": True, "repeated": repeated, "refused": "", "undone": False, "events": []}
        return done | {"pending": False, "repeated": repeated}

    def _awaited(self, command_id: str) -> Row | None:
        until, pause = time.monotonic() + self._patience, 0.01
        while True:
            found = self._reader.became_of(command_id)
            if found is not None and self._reader.position() >= found[0]:
                rows = self._reader.commands(command_id=command_id)
                return rows[0] if rows else None
            if time.monotonic() > until:
                return None
            time.sleep(pause)
            pause = min(pause * 1.3, 0.25)


def made(
    action: str,
    *,
    by: str,
    reason: str = "",
    key: str = "",
    parts: Sequence[Sequence[Any]] = (),
    **given: str,
) -> Command:
    """Return the command that somebody means. Raises BadInput, naming the field."""
    if unknown := given.keys() - {"signal_id", "into", "title", "evidence_id", "undoes"}:
        raise BadInput(f"{action}: there is nothing called {', '.join(sorted(unknown))}")
    fields: Row = {name: plain(value) for name, value in given.items()}
    fields["parts"] = [{"title": plain(title), "evidence_ids": [plain(one) for one in ids]} for title, ids in parts]
    fields |= {"action": action, "by": plain(by), "reason": plain(reason)}
    if not fields["by"]:
        raise BadInput("by: say who gives the command")
    if fields["by"].casefold() in _UNASKED:
        raise BadInput(f"by: {fields['by']} is the ledger's own; give your name")
    if any(not part["title"] for part in fields["parts"]):
        raise BadInput(f"{action}: each part needs a title, and one has none")
    for name, words, most in _words(fields):
        if len(words) > most:
            raise BadInput(f"{action}: {name} may have {most} characters at most, not {len(words)}")
    content = msgspec.json.encode(fields, order="deterministic").decode()
    fields["command_id"] = derived("cmd-", key, content) if key else f"cmd-{secrets.token_hex(8)}"
    learn(Command)
    try:
        return msgspec.convert(fields, type=Command, strict=True)
    except msgspec.ValidationError as error:
        raise BadInput(f"{action}: {error}") from error


def _words(fields: Row) -> Iterator[tuple[str, str, int]]:
    """Yield the name, the words and the greatest length of what a person wrote."""
    yield "by", fields["by"], 200
    yield "reason", fields["reason"], 2000
    for title in (fields.get("title", ""), *(part["title"] for part in fields["parts"])):
        yield "title", title, 110


def plain(text: Any) -> str:
    """Return words on one line: white space folded, control and format characters left out."""
    kept = (" " if one.isspace() else one for one in str(text) if one.isspace() or not _hidden(one))
    return " ".join("".join(kept).split())


def _hidden(character: str) -> bool:
    # The joiners of emoji and Indic scripts are format characters that carry meaning.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\u200c\u200d"
