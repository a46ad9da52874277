"""A reading: numbers and names of one text, and what follows from them."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from emotion import derived
from emotion.labels import Emotion
from emotion.reading import Reading
from tests.factories import reading

WHOLE = replace(
    reading(Emotion.SURPRISE, top_p=0.7, language="ko"),
    goemotions={"remorse": 0.2, "love": 0.9, "gratitude": 0.1},
    kote={"죄책감": 0.4, "아껴주는": 0.9, "고마움": 0.4},
    polarity={"negative": 0.1, "neutral": 0.3, "positive": 0.6},
    fine=("아껴주는",),
)


def test_it_holds_no_text() -> None:
    """Nowhere among its fields is there room for what was read; whoever adds one must think of that here."""
    assert {field.name for field in fields(Reading)} == {
        "label",
        "probs",
        "logits",
        "temperature",
        "entropy",
        "top_p",
        "language",
        "model_version",
        "uncertain",
        "distance",
        "goemotions",
        "kote",
        "polarity",
        "fine",
    }


def test_it_does_not_change() -> None:
    """It may be cached and handed round."""
    with pytest.raises(FrozenInstanceError):
        WHOLE.uncertain = True  # type: ignore[misc]


def test_the_seven_are_enough() -> None:
    """Without the fine heads it is certain, near to what was learned, of its seven's sentiment, and blends nothing."""
    plain = reading(Emotion.SADNESS)
    assert (plain.uncertain, plain.fine, plain.sentiment, plain.regret) == (False, (), "negative", 0.0)
    assert set(plain.blends.values()) == {0.0}
    assert sum(plain.money.values()) == pytest.approx(1.0)


def test_a_field_of_one_reading_is_not_shared() -> None:
    """Two readings without heads have each their own empty ones."""
    assert reading().kote is not reading().kote


def test_what_follows_is_worked_out_from_its_own_heads() -> None:
    """Money talk, sentiment, valence, arousal, blends and regret are `derived`'s, of this reading's values."""
    assert WHOLE.money == derived.money(WHOLE.probs, WHOLE.polarity)
    assert WHOLE.sentiment == "positive"
    assert WHOLE.valence == derived.valence(WHOLE.probs)
    assert WHOLE.arousal == derived.arousal(WHOLE.probs)
    assert WHOLE.blends == derived.blends(WHOLE.goemotions, WHOLE.kote, "ko")
    assert WHOLE.regret == derived.regret(WHOLE.goemotions, WHOLE.kote, "ko")


def test_the_language_chooses_the_head() -> None:
    """정 of the Korean reading is √(.9 * .4) of KOTE, of the English one √(.9 * .1) of GoEmotions; so is regret."""
    english = replace(WHOLE, language="en")
    assert (WHOLE.blends["정"], english.blends["정"]) == pytest.approx((0.6, 0.3))
    assert (WHOLE.regret, english.regret) == pytest.approx((0.3, 0.2))
