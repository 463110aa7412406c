"""The honest scripted model: it answers each stage as a careful model would, without any network.

A stage plugs itself in by a module `tests/llm/honest_<stage>.py` with `reply(request: ChatRequest) -> Reply`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from tests.llm.replies import ChatRequest, Reply, status

STAGES = ("extract", "judge", "narrate", "brief")


def honest(request: ChatRequest) -> Reply:
    """Return the honest answer of the request's stage; a 400 that says so when nobody has written one."""
    if request.stage in STAGES and (reply := _stage(request.stage)):
        return reply(request)
    text = f"the honest model knows {', '.join(STAGES)}, not {request.stage!r}"
    return status(400, body={"error": {"message": text, "type": "invalid_request_error"}})


@cache
def _stage(stage: str) -> Callable[[ChatRequest], Reply] | None:
    name = f"tests.llm.honest_{stage}"
    if find_spec(name) is None:
        return None
    reply: Callable[[ChatRequest], Reply] = import_module(name).reply
    return reply
