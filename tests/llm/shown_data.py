"""What a request of the judge, the narrator or the brief shows the model, read back from its fence."""

from __future__ import annotations

import json
from typing import Any

from tests.llm.replies import ChatRequest


def shown_data(request: ChatRequest) -> dict[str, Any]:
    """Return the JSON between the fence's marks; each of them stands there exactly once."""
    assert request.user.count("<data>") == request.user.count("</data>") == 1
    data: dict[str, Any] = json.loads(request.user.split("<data>")[1].split("</data>")[0])
    return data
