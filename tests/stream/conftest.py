"""Each test of a role has a broker of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.stream.embedded import Stream


@pytest.fixture
def stream() -> Iterator[Stream]:
    """A fresh embedded broker with every topic of the live generation."""
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    made = Stream()
    yield made
    made.close()
