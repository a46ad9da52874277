"""KOTE's 44 labels as the seven."""

import pytest

from emotion.labels import EMOTIONS, Emotion
from emotion.tools.kote import MAPPING, soft_target


def test_all_labels_are_mapped() -> None:
    """43 emotions and 없음, each to positive weights."""
    assert len(MAPPING) == 44
    assert all(weights and all(weight > 0 for weight in weights.values()) for weights in MAPPING.values())


@pytest.mark.parametrize(
    ("labels", "strongest"),
    [
        (["행복", "기쁨"], Emotion.JOY),
        (["화남/분노", "어이없음", "경악"], Emotion.ANGER),
        (["슬픔", "불쌍함/연민", "안타까움/실망"], Emotion.SADNESS),
        (["공포/무서움", "불안/걱정"], Emotion.FEAR),
        (["역겨움/징그러움"], Emotion.DISGUST),
        (["놀람", "경악"], Emotion.SURPRISE),
        (["없음"], Emotion.NEUTRAL),
        ([], Emotion.NEUTRAL),
    ],
)
def test_the_strongest_emotion_is_the_expected_one(labels: list[str], strongest: Emotion) -> None:
    """Targets are a distribution whose top is what the labels say."""
    target = soft_target(labels)
    assert sum(target) == pytest.approx(1.0)
    assert EMOTIONS[target.index(max(target))] == strongest


def test_weights_are_summed_and_squared() -> None:
    """슬픔 (sadness 2) with 짜증 (anger 1.2): shares 4 and 1.44."""
    target = soft_target(["슬픔", "짜증"])
    assert target[EMOTIONS.index(Emotion.SADNESS)] == pytest.approx(4 / 5.44)
    assert target[EMOTIONS.index(Emotion.ANGER)] == pytest.approx(1.44 / 5.44)


def test_an_unknown_label_is_an_error() -> None:
    """A label that the mapping does not know is never dropped in silence."""
    with pytest.raises(KeyError):
        soft_target(["new label"])
