"""Tools of a model call in the form that chat templates take."""

from __future__ import annotations

import json
from collections.abc import Sequence

from proofsmith.model_calls import ToolSpec


def tools_json(tools: Sequence[ToolSpec]) -> str:
    """Return tools as JSON text: a column of one type, whatever the tools' parameters are."""
    return json.dumps(
        [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": json.loads(tool.parameters),
                },
            }
            for tool in tools
        ]
    )
