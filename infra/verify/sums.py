"""The last look of `verify`: sums and strengths in SQL, the integers exactly, strengths within a tolerance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from infra.verify.difference import ABSENT, Differences, plain
from infra.verify.folding import TOLERANCE, Folding, sum_key
from processors.decisions.policy import Policy
from processors.decisions.strength import Components, weights_at
from processors.decisions.substance import Substance
from schemas.copying import replace
from schemas.mass import Mass
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.strength_sql import OF_ALL
from sinks.clickhouse.tables import BY_SIGNAL, EVIDENCE

_MASS: Final = (
    "SELECT signal_id, story_id, family, stance, kind, day, micro FROM signal_mass WHERE generation = {g:String} "
    "ORDER BY signal_id"
)
_VIEW: Final = (
    "SELECT signal_id, supporting, opposing, strength FROM signal_strength(at = {until:DateTime64(6, 'UTC')}) "
    "WHERE generation = {g:String}"
)
# Evidence that does not lie the same in both tables: an id once for each way in which it lies.
_TWO: Final = """
SELECT DISTINCT evidence_id FROM (
    SELECT evidence_id, signal_id, n, cityHash64({columns}) AS hash FROM evidence FINAL WHERE generation = {{g:String}}
    UNION ALL
    SELECT evidence_id, signal_id, n, cityHash64({columns}) AS hash FROM evidence_by_signal FINAL
    WHERE generation = {{g:String}}
) GROUP BY evidence_id, signal_id, n, hash HAVING count() != 2 AND n <= {{n:UInt64}} ORDER BY evidence_id LIMIT 10000
"""
_AT_ONCE: Final = 500


class SumCheck:
    """Compares what SQL adds up with what the folded state holds."""

    def __init__(self, store: Store, generation: str, folding: Folding, differences: Differences) -> None:
        self._store, self._generation, self._folding, self._differences = store, generation, folding, differences

    def run(self) -> None:
        """Compare sums, then both ways to strength, then the two tables of evidence."""
        summed = self._summed()
        state, params = self._folding.state, {"g": self._generation}
        policy = self._policy_of_sql()
        times = params | {"since": state.now, "until": state.now, "hours": 1}
        strengths = {
            "signal_strength": {row["signal_id"]: row for row in self._store.query(_VIEW, times)},
            "evidence_by_signal": {row["signal_id"]: row for row in self._store.query(OF_ALL, times)},
        }
        moved = self._moved_on()
        for signal_id in sorted(state.signals.keys() | summed.keys()):
            if signal_id in moved or state.resolve_signal(signal_id) in moved:
                continue
            held = self._folding.sums_of(state.holdings.of(signal_id))
            self._folding.compare_sums("signal_mass", signal_id, held, summed.get(signal_id, {}))
            for source, rows in strengths.items():
                self._strength(source, signal_id, rows.get(signal_id), policy)
        self._two_tables()

    def _summed(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._store.stream(_MASS, {"g": self._generation}):
            key = sum_key(row["story_id"], row["family"], row["stance"], row["kind"], row["day"])
            found.setdefault(row["signal_id"], {})[key] = int(row["micro"])
        return found

    def _strength(self, source: str, signal_id: str, row: Row | None, policy: Policy) -> None:
        state = self._folding.state
        named = [replace(m, story_id=state.resolve_story(m.story_id)) for m in self._held(signal_id)]
        ours = Substance(named).components(weights_at(state.now, policy))
        theirs = Components(row["supporting"], row["opposing"], row["strength"]) if row else Components(0.0, 0.0, 0.0)
        for name in ("supporting", "opposing", "strength"):
            one, other = getattr(ours, name), getattr(theirs, name)
            if not abs(one - other) <= TOLERANCE:
                self._differences.add("strength", signal_id, f"{source}: {name}", one, other)

    def _held(self, signal_id: str) -> list[Mass]:
        return list(self._folding.state.holdings.of(signal_id).mass())

    def _policy_of_sql(self) -> Policy:
        """SQL computes every generation with the newest policy; so this does, too."""
        rows = self._store.query("SELECT kind, half_life_days FROM policy_now")
        return replace(Policy(), half_life={row["kind"]: row["half_life_days"] for row in rows})

    def _moved_on(self) -> set[str]:
        """Return the signals that commits after the last folded one have changed, as far as the tables show it."""
        found: set[str] = set()
        for table in ("signals", "evidence", "evidence_by_signal"):
            sql = f"SELECT DISTINCT signal_id FROM {table} WHERE generation = {{g:String}} AND n > {{n:UInt64}}"  # noqa: S608
            params = {"g": self._generation, "n": self._folding.state.n}
            found |= {row["signal_id"] for row in self._store.query(sql, params)}
        return found - {""}

    def _two_tables(self) -> None:
        names = [name for name in EVIDENCE.columns if name not in ("generation", "n", "evidence_id", "signal_id")]
        # A missing value of a map is no value of it: maps are hashed as text.
        hashed = ", ".join(f"toString({name})" for name in names)
        params: dict[str, Any] = {"g": self._generation, "n": self._folding.state.n}
        ids = [row["evidence_id"] for row in self._store.query(_TWO.format(columns=hashed), params)]
        for start in range(0, len(ids), _AT_ONCE):
            some = params | {"ids": ids[start : start + _AT_ONCE]}
            one, other = ({row["evidence_id"]: row for row in self._lying(table, some)} for table in (True, False))
            for key in some["ids"]:
                self._compare_two(key, one.get(key), other.get(key))

    def _lying(self, own: bool, params: Mapping[str, Any]) -> list[Row]:
        rows = EVIDENCE if own else BY_SIGNAL
        where = "WHERE generation = {g:String} AND evidence_id IN {ids:Array(String)} ORDER BY n"
        return self._store.query(rows.select(where, final=True), params)

    def _compare_two(self, key: str, one: Row | None, other: Row | None) -> None:
        if one is None or other is None:
            told = [ABSENT if row is None else f"of commit {row['n']}" for row in (one, other)]
            self._differences.add("evidence_by_signal", key, "row", *told)
            return
        for name in EVIDENCE.columns:
            if one[name] != other[name]:
                self._differences.add("evidence_by_signal", key, name, plain(one[name]), plain(other[name]))
