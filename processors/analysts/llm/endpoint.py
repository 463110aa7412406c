"""The `openai` client as we use it: no retries and no redirects of its own, replies read as bytes up to a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import openai

from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.faults import Fault
from schemas.errors import BadSetting

MOST_CHAT_BYTES = 8_000_000
MOST_EMBEDDING_BYTES = 64_000_000


class Endpoint:
    """Posts requests. Raises BadSetting for a key or an address that cannot be used, naming the setting only."""

    def __init__(self, config: LlmConfig) -> None:
        # A line break in the key would otherwise come back in an error's text.
        if not config.api_key.isascii() or any(letter <= " " or letter == "\x7f" for letter in config.api_key):
            raise BadSetting("llm.api_key: it holds white space or letters that no key has; give the key alone")
        if config.base_url and not config.base_url.startswith(("http://", "https://")):
            raise BadSetting("llm.base_url: it must begin with http:// or https://, e.g. http://localhost:11434/v1")
        try:
            self._client = openai.AsyncOpenAI(
                api_key=config.api_key or "none",  # local servers want none, the client wants one
                base_url=config.base_url or None,
                max_retries=0,
                timeout=config.timeout,
                # A redirect would carry the articles, and with some servers the key, to another host.
                http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
            )
        except (openai.OpenAIError, httpx2.InvalidURL, ValueError):
            raise BadSetting("llm.base_url: it is not an address, e.g. http://localhost:11434/v1") from None

    async def chat(self, body: Mapping[str, Any]) -> bytes:
        """Return the body of the reply with status 200. Raises what the client raises, Fault when it is too large."""
        completions = self._client.chat.completions.with_streaming_response
        async with completions.create(**body) as response:
            return await _read(response, MOST_CHAT_BYTES)

    async def embeddings(self, body: Mapping[str, Any]) -> bytes:
        """Return the body of the reply with status 200, as `chat` does."""
        async with self._client.embeddings.with_streaming_response.create(**body) as response:
            return await _read(response, MOST_EMBEDDING_BYTES)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


async def _read(response: openai.AsyncAPIResponse[Any], most: int) -> bytes:
    body = bytearray()
    async for part in response.iter_bytes():
        body += part
        if len(body) > most:
            raise Fault("service", "too-large", f"the model's server sent more than {most:,} bytes")
    return bytes(body)
