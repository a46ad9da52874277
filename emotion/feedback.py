"""What people's corrections say about the model, as far as it may be told. Pure; nobody is in here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """What was read and what it was, and how often."""

    predicted: str
    said: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Corrections by at least `minimum` people together; each pair that is named is of as many by itself."""

    minimum: int
    corrections: int
    readings: int
    """Stored readings of the people who may correct; every correction is of one of them."""
    named: Mapping[str, Sequence[Pair]]
    """By version of the model; the most frequent first."""
    other: int
    """The rest, of all versions together: none, or of at least `minimum` people too."""


@dataclass(frozen=True, slots=True)
class TooFew:
    """Fewer than `minimum` people corrected anything, or nobody did: which of the two is not told."""

    minimum: int


@dataclass(frozen=True, slots=True)
class FeedbackSource:
    """Where the corrections come from. The command line of the bot hands it to `maeum model`."""

    load: Callable[[], Summary | TooFew]


def render(feedback: Summary | TooFew) -> str:
    """In lines, for the terminal."""
    if isinstance(feedback, TooFew):
        return (
            f"Fewer than {feedback.minimum} people have corrected a reading, so nothing is told:"
            " with fewer, it would be about them and not about the model."
        )
    share = _share(feedback.corrections, feedback.readings)
    whole = f"Corrections: {feedback.corrections} of {feedback.readings} stored readings ({share})"
    lines = [f"{whole}, by at least {feedback.minimum} people"]
    for version, pairs in feedback.named.items():
        lines.append(f"Model {version}, read -> said:")
        lines += [f"  {pair.predicted} -> {pair.said}: {pair.count}" for pair in pairs]
    if feedback.other:
        lines.append(
            f"Other, all models together: {feedback.other} (pairs that fewer than {feedback.minimum} people gave,"
            " and what would give those away)"
        )
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
