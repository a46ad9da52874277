"""What buttons and dialogs carry along, and what was typed into a dialog. All of it comes from outside."""

import json
from collections.abc import Mapping
from typing import Any


def understood(value: object) -> Mapping[str, Any]:
    """What a button stands for, or a dialog carries; nothing where that cannot be understood."""
    try:
        found = json.loads(value)  # type: ignore[arg-type]  # whatever else it is raises TypeError
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def carried(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the dialog was given when it was opened; nothing where that cannot be understood."""
    return understood(view.get("private_metadata"))


def way_back(view: Mapping[str, Any]) -> str | None:
    """Where whatever opened the dialog is answered; None where the dialog does not say."""
    answer = carried(view).get("answer")
    return answer if isinstance(answer, str) and answer else None


def filled(view: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    """What was typed or chosen in a block with one element; nothing where it was not touched."""
    elements = ((view.get("state") or {}).get("values") or {}).get(block) or {}
    return next(iter(elements.values()), {})
