"""The table of the benchmarks, from times that were not measured."""

import pytest

from tests.benchmarks.table import Row, compared, markdown, percentile, ratios
from tests.benchmarks.texts import MOST, messages

OURS = Row("Ours", "2", [[0.001, 0.002, 0.003], [0.001, 0.001, 0.002]], [0.016, 0.016], 32, [0.5, 0.7, 0.6], 90_000_000)
PEER = Row("Peer", "all", [[0.010, 0.020, 0.030], [0.020, 0.040, 0.060]], [0.320], 32, [4.0], 1_234_000_000)


def test_percentiles_are_times_that_occurred() -> None:
    """The 99th of a hundred is the second longest but one, the median of four the second, of one time itself."""
    assert percentile([float(n) for n in range(100, 0, -1)], 0.99) == 99
    assert percentile([4.0, 2.0, 3.0, 1.0], 0.5) == 2
    assert percentile([7.0], 0.99) == 7


def test_figures_by_hand() -> None:
    """Median of all, minimum of all, the better round's median, the median of lists."""
    assert OURS.figures == (0.0015, 0.001, 0.001, 0.016)
    assert PEER.figures == (0.025, 0.010, 0.020, 0.320)


def test_ratios_compare_like_with_like() -> None:
    """25 / 1.5 ms, 10 / 1 ms, 20 / 1 ms, 320 / 16 ms; small ratios have two places."""
    assert ratios(PEER, OURS) == "16.7 / 10.0 / 20.0 / 20.0"
    assert ratios(OURS, PEER) == "0.06 / 0.10 / 0.05 / 0.05"


def test_the_whole_table() -> None:
    """A line each, as wide as the head; the reference's own column says 1."""
    head, rule, ours, peer = compared([OURS, PEER], [OURS]).splitlines()
    assert head.startswith("| candidate | threads | median ms | p99 ms | min ms | best round ms | times Ours on 2")
    assert {line.count("|") for line in (head, rule, ours, peer)} == {11}
    assert ours == "| Ours | 2 | 1.500 | 3.000 | 1.000 | 1.000 | 1 | 2,000 | 0.60 | 90 |"
    assert peer == (
        "| Peer | all | 25.000 | 60.000 | 10.000 | 20.000 | 16.7 / 10.0 / 20.0 / 20.0 | 100 | 4.00 | 1,234 |"
    )


def test_a_table_without_rows_is_a_head() -> None:
    """Nothing measured, nothing claimed."""
    assert markdown(["a", "b"], []) == "| a | b |\n| :-- | --: |"


@pytest.mark.parametrize("count", [1, 32, MOST])
def test_the_messages_differ_and_stay(count: int) -> None:
    """No cache can help, and two runs read the same."""
    assert len(set(messages(count))) == count
    assert messages(count) == messages(count)
