"""Content-Encoding undone piece by piece within a limit: a small answer cannot fill the memory. Pure."""

from __future__ import annotations

import zlib
from typing import Protocol


class TooLarge(Exception):
    """The body is larger than allowed."""


class UnknownEncoding(Exception):
    """The body is encoded in a way that was not asked for."""


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def eof(self) -> bool: ...


class Inflater:
    """Collects a body fed in pieces. Raises TooLarge past `limit` decoded bytes, zlib.error when damaged."""

    def __init__(self, encoding: str, limit: int) -> None:
        encoding = encoding.strip().lower()
        self._limit = limit
        self._body = bytearray()
        self._decoder: _Decompressor | None = None
        self._deflate = encoding == "deflate"
        if encoding in ("gzip", "x-gzip"):
            self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        elif encoding not in ("", "identity", "deflate"):
            raise UnknownEncoding(encoding)

    def feed(self, piece: bytes) -> None:
        """Take the next piece as it came over the wire."""
        if self._deflate and self._decoder is None and piece:
            # "deflate" means zlib (RFC 9110 §8.4.1.2), but some servers send the raw form.
            wrapped = piece[0] & 0x0F == 8
            self._decoder = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        if self._decoder is None:
            self._body += piece
        else:
            room = self._limit - len(self._body) + 1
            self._body += self._decoder.decompress(piece, room)
        if len(self._body) > self._limit:
            raise TooLarge

    def body(self) -> bytes:
        """Return what came. Raises zlib.error when a compressed body breaks off."""
        if self._decoder is not None and self._body and not self._decoder.eof:
            raise zlib.error("the compressed data ends early")
        return bytes(self._body)

    def beginning(self) -> bytes:
        """Return the first `limit` bytes of what came so far."""
        return bytes(self._body[: self._limit])
