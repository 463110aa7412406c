"""Requests and answers of `/chat/completions` as JSON: what is sent, in which dialect, and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from processors.analysts.llm.api import Call, LlmConfig
from processors.analysts.llm.budget import Usage
from processors.analysts.llm.faults import Fault, message_of

A = TypeVar("A", bound=BaseModel)
_SCHEMAS: dict[type[BaseModel], dict[str, Any]] = {}  # by type; there are a handful
_MOST_TOKENS = 1_000_000_000  # a count above this is not one
_UNKNOWN_PARAMETER = re.compile(
    r"unsupported|not support|n't support|unrecogni[sz]ed|unknown|unexpected|extra (input|field)|extra_forbidden"
    r"|not permitted|not allowed|invalid.parameter|deprecated"
)
_FENCED = re.compile(r"\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which optional parameters one model's server takes. Learnt from its refusals, kept while the process lives."""

    output: str = "max_completion_tokens"  # the name of the limit on output; never dropped, budgets rest on it
    temperature: bool = True
    seed: bool = True
    shape: str = "json_schema"  # then json_object, then "": the schema is in the instructions as well


def schema_of(answer: type[BaseModel]) -> dict[str, Any]:
    """Return the strict JSON schema that `chat.completions.parse` would send for this type."""
    if answer not in _SCHEMAS:
        _SCHEMAS[answer] = dict(openai.pydantic_function_tool(answer)["function"]["parameters"])
    return _SCHEMAS[answer]


def answer_key(call: Call[Any], model: str, config: LlmConfig) -> str:
    """Return the cache key: SHA-256 (hex) of all that an answer depends on."""
    parts = [
        model, call.prompt.name, call.prompt.system, call.user, schema_of(call.answer), call.max_output,
        config.temperature, config.seed,
    ]  # fmt: skip
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def chat_body(call: Call[Any], model: str, config: LlmConfig, dialect: Dialect) -> dict[str, Any]:
    """Return the request. The schema's name is the stage."""
    system, schema = call.prompt.system, schema_of(call.answer)
    if dialect.shape != "json_schema":
        system += f"\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n{json.dumps(schema)}"
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": call.user}],
        dialect.output: call.max_output,
    }
    if dialect.shape == "json_schema":
        shape = {"name": call.stage, "schema": schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    elif dialect.shape:
        body["response_format"] = {"type": dialect.shape}
    if config.temperature is not None and dialect.temperature:
        body["temperature"] = config.temperature
    if config.seed is not None and dialect.seed:
        body["seed"] = config.seed
    return body


def adapt(dialect: Dialect, body: Mapping[str, Any], words: str) -> Dialect | None:
    """Return the dialect without the parameter of `body` that a refusal's (lower case) words are about, or None."""
    if not _UNKNOWN_PARAMETER.search(words):
        return None
    if dialect.output == "max_completion_tokens" and "max_completion_tokens" in words:
        return replace(dialect, output="max_tokens")
    if "temperature" in body and "temperature" in words:
        return replace(dialect, temperature=False)
    if "seed" in body and "seed" in words:
        return replace(dialect, seed=False)
    if dialect.shape and any(name in words for name in ("response_format", "json_schema", "json_object", "structured")):
        return replace(dialect, shape="json_object" if dialect.shape == "json_schema" else "")
    return None


def sent_bytes(body: Mapping[str, Any]) -> int:
    """Return the bytes of all that can become input tokens: the texts, and the schema where it is sent beside them."""
    schema = body.get("response_format", {}).get("json_schema", {})
    texts = "".join(message["content"] for message in body["messages"])
    return len(texts.encode(errors="replace")) + len(json.dumps(schema, ensure_ascii=False).encode())


def json_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a reply with status 200. Raises Fault for HTML, null, broken JSON, or an error."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        kind = "html" if body.lstrip()[:1] == b"<" else "not-json"
        raise Fault("service", kind, "the model's server sent no JSON: is llm.base_url right?") from None
    if not isinstance(found, dict):
        raise Fault("service", "null-body", "the model's server sent JSON that is no object: is llm.base_url right?")
    if found.get("error"):
        raise Fault("service", "error", f"the model's server sent an error: {message_of(found['error'])}")
    return found


def usage_of(reply: Mapping[str, Any], sent: int, received: int, max_output: int) -> Usage:
    """Return what the server says was used. Said nothing, or nonsense: the bytes of prompt and reply as the bound."""
    usage = reply.get("usage")
    if isinstance(usage, dict):
        asked, said, total = (
            _count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens", "total_tokens")
        )
        if said is None and asked is not None and total is not None:
            said = max(0, total - asked)
        if asked and said is not None:
            details = usage.get("prompt_tokens_details")
            cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
            return Usage(asked, said, min(cached or 0, asked))
    return Usage(sent, min(received, max_output))


def content_of(reply: Mapping[str, Any], usage: Usage) -> str:
    """Return the text of the first choice. Raises Fault when there is none, or when it was cut off or refused."""
    choices = reply.get("choices")
    if not (isinstance(choices, list) and choices and isinstance(choices[0], dict)):
        raise Fault("service", "no-choices", "the model's server sent no choices", usage=usage)
    message = choices[0].get("message")
    message = message if isinstance(message, dict) else {}
    finish, refusal = choices[0].get("finish_reason"), message.get("refusal")
    if refusal or finish == "content_filter":
        raise Fault("content", "refusal", f"the model declined: {message_of(refusal)}", usage=usage)
    if finish == "length":
        raise Fault("content", "truncated", "the model's answer was cut off at the limit on output", usage=usage)
    content = message.get("content")
    if isinstance(content, list):  # some servers send the parts of a message
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str) or not content.strip():
        raise Fault("content", "no-content", "the model's answer is empty", usage=usage)
    return content.encode(errors="replace").decode()  # lone surrogates cannot be stored


def validated(content: str, answer: type[A]) -> A:
    """Return the content as the asked-for type; a Markdown fence around it is put up with. Raises ValueError."""
    fenced = _FENCED.fullmatch(content)
    try:
        return answer.model_validate_json(fenced[1] if fenced else content)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['type']}" for one in error.errors()[:5]]
        raise ValueError(message_of("; ".join(found))) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return value
    return None
