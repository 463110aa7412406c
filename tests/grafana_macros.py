"""What Grafana and its ClickHouse plugin make of a panel's query before ClickHouse gets it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ALL = ("$__all",)
_CONDITIONAL = "$__conditionalAll("


@dataclass(frozen=True, slots=True)
class Asked:
    """The chosen time, the width of an interval in seconds, and the values of the dashboard's variables."""

    start: datetime
    end: datetime
    interval: int = 3600
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, sql: str) -> str:
        """Return the query that is sent. Fails when a macro or variable is left."""
        sql = self._chosen(sql)
        for name, values in {"generation": ("live",), **self.variables}.items():
            quoted = ",".join("'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" for value in values)
            sql = sql.replace(f"${{{name}:singlequote}}", quoted)
            plain = ",".join(values).replace("\\", r"\\")
            sql = re.sub(rf"\${name}\b", plain, sql)
        seconds = [f"toDateTime({int(at.timestamp())})" for at in (self.start, self.end)]
        millis = [f"fromUnixTimestamp64Milli({int(at.timestamp() * 1000)})" for at in (self.start, self.end)]
        for macro, (low, high) in (("timeFilter_ms", millis), ("timeFilter", seconds)):
            sql = re.sub(rf"\$__{macro}\(([\w.]+)\)", rf"\1 >= {low} AND \1 <= {high}", sql)
        every = f"INTERVAL {self.interval} second"
        sql = re.sub(r"\$__timeInterval\(([\w.]+)\)", rf"toStartOfInterval(toDateTime(\1), {every})", sql)
        sql = sql.replace("$__interval_s", str(self.interval))
        sql = sql.replace("$__fromTime", seconds[0]).replace("$__toTime", seconds[1])
        assert "$" not in sql, f"a macro or variable is left: {sql}"
        return sql

    def _chosen(self, sql: str) -> str:
        """Resolve `$__conditionalAll(condition, $variable)`, the last one first, as the plugin does."""
        while (at := sql.rfind(_CONDITIONAL)) >= 0:
            depth, commas, end = 1, [], at + len(_CONDITIONAL)
            while depth:
                depth += {"(": 1, ")": -1}.get(sql[end], 0)
                if depth == 1 and sql[end] == ",":
                    commas.append(end)
                end += 1
            assert len(commas) == 1, f"two arguments are wanted: {sql[at:end]}"
            named = sql[commas[0] + 1 : end - 1].strip()
            assert re.fullmatch(r"\$\w+", named), f"a plain variable is wanted, not {named}"
            condition = sql[at + len(_CONDITIONAL) : commas[0]]
            sql = sql[:at] + ("1=1" if self.variables[named[1:]] == ALL else condition) + sql[end:]
        return sql
