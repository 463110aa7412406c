"""Which settings a reader may give with a question, and how far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.exposed.refusal import READONLY, Refused

COMMENT: Final = "a reader of bellwether"  # by which readers' questions are told from the program's own
_FREE: Final = frozenset(
    {
        "any_join_distinct_right_table_keys", "date_time_output_format", "extremes", "final", "group_by_use_nulls",
        "join_use_nulls", "limit", "max_block_size", "offset", "output_format_decimal_trailing_zeros",
        "output_format_write_statistics", "result_overflow_mode", "session_timezone", "transform_null_in",
    }
)  # fmt: skip
# How results are written. Others of `output_format_` are closed: one of them names a file.
_FORMATS: Final = re.compile(r"output_format_(json|csv|tsv|pretty|arrow|parquet|orc|markdown|sql_insert)_[a-z0-9_]+")
_WHOLE: Final = re.compile(r"\d{1,20}(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost: seconds, bytes and rows of its result, bytes of memory, threads."""

    seconds: float = 30.0
    result_bytes: int = 64_000_000
    result_rows: int = 5_000_000
    memory: int = 1_000_000_000
    threads: int = 2

    def settings(self) -> dict[str, str]:
        """Return the engine's settings that keep them."""
        return {
            "max_execution_time": f"{self.seconds:g}",
            "timeout_overflow_mode": "throw",
            "max_result_bytes": str(self.result_bytes),
            "max_result_rows": str(self.result_rows),
            "result_overflow_mode": "throw",
            "max_memory_usage": str(self.memory),
            "max_threads": str(self.threads),
            "max_temporary_data_on_disk_size_for_query": "1",
            "use_query_cache": "0",
            "allow_ddl": "0",
            "log_comment": COMMENT,
            "allow_introspection_functions": "0",
        }


def admitted(wanted: Mapping[str, str], limits: Limits) -> dict[str, str]:
    """Return the engine's settings for one question: the limits, and of `wanted` what keeps within them.

    Raises Refused for any other, as ClickHouse does where a user may only read.
    """
    settings = limits.settings()
    bounded = {"max_execution_time", "max_result_bytes", "max_result_rows", "max_memory_usage", "max_threads"}
    for name, value in wanted.items():
        if name == "readonly" and value in ("1", "2"):
            continue  # it is
        if name in bounded and _WHOLE.fullmatch(value):
            asked, most = float(value), float(settings[name])
            # 0 means without limit there.
            settings[name] = value if 0 < asked <= most else settings[name]
        elif name in _FREE or _FORMATS.fullmatch(name):
            settings[name] = value
        else:
            raise Refused(READONLY, f"Cannot modify '{name[:100]}' setting in readonly mode. (READONLY)")
    return settings
