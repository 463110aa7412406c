"""Data as a model is shown it: fenced, so that nothing in it can look like the end of the data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def as_data(data: Mapping[str, Any]) -> str:
    """Return `data` as JSON between <data> marks; angle brackets inside are escaped, so the marks occur once each."""
    body = json.dumps(data, ensure_ascii=False, indent=1)
    for character in "<>\u2028\u2029":
        body = body.replace(character, f"\\u{ord(character):04x}")
    return f"<data>\n{body}\n</data>"
