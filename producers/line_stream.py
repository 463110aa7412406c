"""Bytes to numbered lines: plain or gzip, of bounded length, and clear about a file that breaks off."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import IO, cast

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line without its end, counted from 1; `raw` is None when it was longer than allowed."""

    number: int
    raw: bytes | None


class BrokenStream(Exception):
    """The input ended in the midst; the message says how, in words."""


def read_lines(stream: IO[bytes], longest: int) -> Iterator[RawLine]:
    """Yield the lines of `stream`, which may be gzip (seen by its first bytes), blank ones left out.

    Memory stays within `longest` bytes. Raises BrokenStream when gzip data is truncated or corrupt, or when
    reading fails; the lines before have been yielded.
    """
    buffered = stream if isinstance(stream, BufferedReader) else BufferedReader(cast(RawIOBase, stream))
    source: IO[bytes] = buffered
    if buffered.peek(2)[:2] == _GZIP_MAGIC:
        source = cast(IO[bytes], gzip.GzipFile(fileobj=buffered))
    number = 0
    while True:
        try:
            raw = source.readline(longest + 1)
            whole = raw
            while len(whole) > longest and not whole.endswith(b"\n"):  # skip the rest of an overlong line
                whole = source.readline(longest + 1)
                if not whole:
                    break
        except EOFError:
            raise BrokenStream(f"the gzip data ends early, after line {number:,}") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BrokenStream(f"the gzip data is damaged after line {number:,} ({error})") from None
        except OSError as error:
            raise BrokenStream(f"reading failed after line {number:,} ({error})") from None
        if not raw:
            return
        number += 1
        if len(raw) > longest and not raw.endswith(b"\n"):
            yield RawLine(number, None)
            continue
        stripped = raw.strip(b" \t\r\n")
        if number == 1:
            stripped = stripped.removeprefix(b"\xef\xbb\xbf")
        if stripped:
            yield RawLine(number, stripped)
