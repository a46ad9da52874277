import json

import pytest

from charts.native import LONGEST_LABEL, LONGEST_TITLE, MOST_POINTS, MOST_SERIES, chart


def test_a_chart_is_a_plain_dict() -> None:
    """Type, title, categories, and a labelled value of each series for each category."""
    made = chart("line", "Mood", ["Mon", "Tue"], {"mood": [0.1, -0.2]}, unit="valence")
    assert made == {
        "type": "data_visualization",
        "title": "Mood",
        "chart": {
            "type": "line",
            "series": [{"name": "mood", "data": [{"label": "Mon", "value": 0.1}, {"label": "Tue", "value": -0.2}]}],
            "axis_config": {"categories": ["Mon", "Tue"], "y_label": "valence"},
        },
    }
    assert json.loads(json.dumps(made)) == made


def test_what_is_too_long_is_shortened() -> None:
    """To exactly what Slack takes, with an ellipsis."""
    made = chart("bar", "제목" * 40, ["a" * 30], {"n" * 30: [1]}, unit="%")
    assert made
    series = made["chart"]["series"][0]
    assert len(made["title"]) == LONGEST_TITLE
    assert len(series["name"]) == len(series["data"][0]["label"]) == LONGEST_LABEL
    assert made["title"].endswith("…")
    assert series["data"][0]["label"] == made["chart"]["axis_config"]["categories"][0]


@pytest.mark.parametrize(
    ("categories", "series"),
    [
        ([], {"a": []}),
        (["x"], {}),
        ([str(n) for n in range(MOST_POINTS + 1)], {"a": [1.0] * (MOST_POINTS + 1)}),
        (["x"], {str(n): [1.0] for n in range(MOST_SERIES + 1)}),
        (["a" * 25, "a" * 26], {"a": [1.0, 2.0]}),
    ],
)
def test_what_slack_would_refuse_is_not_made(categories: list[str], series: dict[str, list[float]]) -> None:
    """Nothing to show, too much of it, and labels that are the same once shortened."""
    assert chart("line", "t", categories, series, unit="") is None


def test_the_most_that_slack_takes_is_made() -> None:
    """Six series of twenty points."""
    most = {str(n): [1.0] * MOST_POINTS for n in range(MOST_SERIES)}
    assert chart("line", "t", [str(n) for n in range(MOST_POINTS)], most, unit="")


def test_a_series_has_a_value_for_every_category() -> None:
    """One fewer is a mistake in the code."""
    with pytest.raises(ValueError, match="one value for each"):
        chart("bar", "t", ["a", "b"], {"s": [1]}, unit="")
