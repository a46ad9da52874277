"""Slack's own charts, the `data_visualization` block, as plain dicts. Pure; knows nothing of Slack but these limits.

Fields and limits are those of https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block: every series
has a value for every category, so a line cannot break. What does not fit has no block, and the picture stands alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

MOST_SERIES: Final = 6
MOST_POINTS: Final = 20
LONGEST_LABEL: Final = 20
LONGEST_TITLE: Final = 50

Block = dict[str, Any]


def chart(
    kind: Literal["line", "bar"],
    title: str,
    categories: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    unit: str,
) -> Block | None:
    """A block with a value of each series for each category, or None where Slack would refuse it.

    A title, a name or a category that is too long ends in an ellipsis; `unit` is what the values are. ValueError where
    a series has more or fewer values than there are categories.
    """
    if any(len(values) != len(categories) for values in series.values()):
        message = "every series needs one value for each category"
        raise ValueError(message)
    names, labels = [short(name, LONGEST_LABEL) for name in series], [short(one, LONGEST_LABEL) for one in categories]
    fits = 0 < len(names) <= MOST_SERIES and 0 < len(labels) <= MOST_POINTS
    if not fits or len(set(names)) < len(names) or len(set(labels)) < len(labels):
        return None
    data = [
        {"name": name, "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)]}
        for name, values in zip(names, series.values(), strict=True)
    ]
    axes = {"categories": labels, "y_label": short(unit, LONGEST_TITLE)}
    shown = {"type": kind, "series": data, "axis_config": axes}
    return {"type": "data_visualization", "title": short(title, LONGEST_TITLE), "chart": shown}


def short(said: str, longest: int) -> str:
    """At most so many characters."""
    return said if len(said) <= longest else said[: longest - 1].rstrip() + "…"
