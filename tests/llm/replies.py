"""What the fake model is asked, and everything that it can be told to answer, as plain values."""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request to /chat/completions. `stage` is the name of the JSON schema that was sent with it, or ""."""

    stage: str
    model: str
    system: str
    user: str
    schema: Mapping[str, Any]
    body: Mapping[str, Any]  # the whole request
    headers: Mapping[str, str]  # names in lower case
    number: int  # from 1, in order of arrival over all endpoints


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """One request to /embeddings."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: `message` is put into a completion; otherwise `body` goes out as it stands."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/json"
    message: Mapping[str, Any] | None = None
    finish: str = "stop"
    usage: Mapping[str, Any] | bool = True  # True: counted from the texts; False: left out
    wait: float = 0.0  # seconds before anything is sent
    dropped: bool = False

    def after(self, seconds: float) -> Reply:
        """Return the same reply, sent `seconds` later."""
        return replace(self, wait=seconds)


def answer(obj: object) -> Reply:
    """A proper answer with `obj` as JSON (a pydantic model may be given too)."""
    return raw_content(_dumped(obj))


def raw_content(content: str | None) -> Reply:
    """A completion whose content is exactly this text; None for a null content."""
    return Reply(message={"role": "assistant", "content": content})


def refusal(text: str) -> Reply:
    """The model declines, the way the real service says so."""
    return Reply(message={"role": "assistant", "content": None, "refusal": text})


def truncated(obj: object) -> Reply:
    """The first half of the answer, ended by the limit on output."""
    whole = _dumped(obj)
    return Reply(message={"role": "assistant", "content": whole[: len(whole) // 2]}, finish="length")


def no_usage(obj: object) -> Reply:
    """A proper answer without the `usage` part."""
    return replace(answer(obj), usage=False)


def no_choices() -> Reply:
    """A completion in which `choices` is empty."""
    return Reply(body=json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": []}).encode())


def status(code: int, headers: Mapping[str, str] | None = None, body: object = None) -> Reply:
    """An error as the service words it; `body` replaces the usual one (bytes as they are, else JSON)."""
    usual = {"error": {"message": f"scripted {code}", "type": "scripted", "param": None, "code": None}}
    return Reply(code, dict(headers or {}), _dumped(usual if body is None else body).encode())


def html() -> Reply:
    """A gateway's page with status 200."""
    return Reply(body=b"<!doctype html><title>Sign in</title><p>Welcome", content_type="text/html; charset=utf-8")


def null() -> Reply:
    """The JSON value null as the whole body."""
    return Reply(body=b"null")


def not_json_body() -> Reply:
    """A body that says it is JSON, and is not."""
    return Reply(body=b'{"id": "x", "choices": [{"index": 0, "mess')


def hang(seconds: float = 600.0) -> Reply:
    """Nothing for so long (or until the client goes away), then a gateway timeout."""
    return status(504).after(seconds)


def drop() -> Reply:
    """The connection is cut without an answer."""
    return Reply(dropped=True)


def vector(text: str, dimension: int) -> tuple[float, ...]:
    """A unit vector made of the text's words: texts that share words are near, the same on every machine."""
    sums = [0.0] * dimension
    for word in re.findall(r"\w+", text.casefold()):
        digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
        sums[digest % dimension] += 1.0 if digest >> 63 else -1.0
    if not any(sums):
        sums[0] = 1.0
    length = math.sqrt(sum(value * value for value in sums))
    return tuple(value / length for value in sums)


def vectors(request: EmbedRequest, given: Sequence[Sequence[float]]) -> Reply:
    """An embeddings answer with these vectors, in the encoding that was asked for."""
    packed = request.body.get("encoding_format") == "base64"
    data = [{"object": "embedding", "index": at, "embedding": _encoded(one, packed)} for at, one in enumerate(given)]
    used = sum(tokens_of(text) for text in request.texts)
    usage = {"prompt_tokens": used, "total_tokens": used}
    return Reply(body=json.dumps({"object": "list", "model": request.model, "data": data, "usage": usage}).encode())


def completion(request: ChatRequest, reply: Reply) -> bytes:
    """The body of a completion with the reply's message."""
    message = reply.message or {}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish, "logprobs": None}
    whole: dict[str, Any] = {"id": f"chatcmpl-{request.number}", "object": "chat.completion", "created": 1}
    whole |= {"model": request.model, "choices": [choice]}
    if reply.usage is True:
        asked = tokens_of(request.system) + tokens_of(request.user) + 8
        said = tokens_of(str(message.get("content") or message.get("refusal") or ""))
        whole["usage"] = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
    elif reply.usage:
        whole["usage"] = dict(reply.usage)
    return json.dumps(whole).encode()


def tokens_of(text: str) -> int:
    """About as many tokens as a real tokenizer makes of English: one for four bytes."""
    return -(-len(text.encode()) // 4)


def _encoded(values: Sequence[float], packed: bool) -> str | list[float]:
    if packed:
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    return list(values)


def _dumped(obj: object) -> str:
    if isinstance(obj, bytes):
        return obj.decode()
    if hasattr(obj, "model_dump"):
        obj = obj.model_dump(mode="json")
    return json.dumps(obj, ensure_ascii=False)
