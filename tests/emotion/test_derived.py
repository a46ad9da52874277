"""What follows from the heads by formula, against values worked out by hand."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion import derived
from emotion.derived import BLENDS, MONEY, PLEASURE_AND_AROUSAL
from emotion.labels import EMOTIONS, GOEMOTIONS, KOTE, POLARITIES, Emotion, Language

SEVEN = {
    Emotion.ANGER: 0.10,
    Emotion.DISGUST: 0.05,
    Emotion.FEAR: 0.20,
    Emotion.JOY: 0.25,
    Emotion.NEUTRAL: 0.15,
    Emotion.SADNESS: 0.05,
    Emotion.SURPRISE: 0.20,
}

languages = st.sampled_from(["ko", "en", "und"])
chances = st.floats(0, 1)


def shares(names: Sequence[str]) -> st.SearchStrategy[dict[str, float]]:
    """Probabilities of these names that sum to 1."""

    def shared(weights: list[float]) -> dict[str, float]:
        whole = sum(weights)
        return {name: weight / whole for name, weight in zip(names, weights, strict=True)}

    some = st.lists(st.floats(0, 1), min_size=len(names), max_size=len(names))
    return some.filter(lambda weights: sum(weights) > 1e-3).map(shared)


sevens = shares(EMOTIONS).map(lambda shared: {emotion: shared[emotion] for emotion in EMOTIONS})
polarities = shares(POLARITIES)


def each(names: Sequence[str]) -> st.SearchStrategy[dict[str, float]]:
    """A probability of its own for each name."""
    values = st.lists(chances, min_size=len(names), max_size=len(names))
    return values.map(lambda found: dict(zip(names, found, strict=True)))


def certain(emotion: Emotion) -> dict[Emotion, float]:
    """Nothing but this one."""
    return {other: float(other is emotion) for other in EMOTIONS}


class TestMoney:
    """슬픔 = sadness, 화남 = anger + disgust, 걱정 = fear, 행복 = joy, 중립 = neutral, and surprise by polarity."""

    def test_surprise_is_shared_out_by_polarity(self) -> None:
        """걱정 = fear + surprise * negative, 행복 = joy + surprise * positive, 중립 = neutral + the rest."""
        polarity = {"negative": 0.5, "neutral": 0.2, "positive": 0.3}
        assert derived.money(SEVEN, polarity) == pytest.approx(
            {"슬픔": 0.05, "중립": 0.15 + 0.04, "화남": 0.15, "걱정": 0.20 + 0.10, "행복": 0.25 + 0.06}
        )

    def test_without_polarity_surprise_is_neutral(self) -> None:
        """Nobody says whether the surprise was a good one: 중립 = neutral + surprise."""
        assert derived.money(SEVEN, {}) == pytest.approx(
            {"슬픔": 0.05, "중립": 0.35, "화남": 0.15, "걱정": 0.20, "행복": 0.25}
        )

    @given(sevens, polarities)
    def test_the_five_sum_to_one(self, probs: Mapping[Emotion, float], polarity: Mapping[str, float]) -> None:
        """They are probabilities of the five names, in their order."""
        five = derived.money(probs, polarity)
        assert tuple(five) == MONEY
        assert sum(five.values()) == pytest.approx(1.0)
        assert all(-1e-12 <= value <= 1 + 1e-12 for value in five.values())


class TestSentiment:
    """The likeliest polarity."""

    @pytest.mark.parametrize("name", POLARITIES)
    def test_the_head_decides(self, name: str) -> None:
        """Where there is a polarity head, the seven have no say."""
        polarity = {other: 0.5 if other == name else 0.25 for other in POLARITIES}
        assert derived.sentiment(certain(Emotion.JOY), polarity) == name

    @pytest.mark.parametrize(
        ("emotion", "name"),
        [
            (Emotion.JOY, "positive"),
            (Emotion.NEUTRAL, "neutral"),
            (Emotion.SURPRISE, "neutral"),
            (Emotion.ANGER, "negative"),
            (Emotion.DISGUST, "negative"),
            (Emotion.FEAR, "negative"),
            (Emotion.SADNESS, "negative"),
        ],
    )
    def test_without_a_head_the_seven_decide(self, emotion: Emotion, name: str) -> None:
        """Joy is positive, neutral and surprise are neutral, the other four negative."""
        assert derived.sentiment(certain(emotion), {}) == name

    def test_the_negative_ones_count_together(self) -> None:
        """Anger + disgust + fear + sadness = .40 outweigh neutral + surprise = .35 and joy = .25."""
        assert derived.sentiment(SEVEN, {}) == "negative"


class TestValenceAndArousal:
    """The means of the ratings under the seven: sum of p(e) times the pleasure, or the arousal, of e."""

    def test_of_one_emotion_they_are_its_ratings(self) -> None:
        """The published values, and 0 for neutral."""
        assert set(PLEASURE_AND_AROUSAL) == set(EMOTIONS)
        for emotion, (pleasure, arousal) in PLEASURE_AND_AROUSAL.items():
            assert derived.valence(certain(emotion)) == pleasure
            assert derived.arousal(certain(emotion)) == arousal

    def test_of_two_emotions_they_lie_between(self) -> None:
        """Half joy, half sadness: (.76 - .63) / 2 = .065 pleasant and (.48 - .27) / 2 = .105 excited."""
        half = {**dict.fromkeys(EMOTIONS, 0.0), Emotion.JOY: 0.5, Emotion.SADNESS: 0.5}
        assert derived.valence(half) == pytest.approx(0.065)
        assert derived.arousal(half) == pytest.approx(0.105)

    def test_of_all_seven(self) -> None:
        """By hand: valence -.051 -.030 -.128 +.190 +0 -.0315 +.080; arousal .059 +.0175 +.12 +.12 +0 -.0135 +.134."""
        assert derived.valence(SEVEN) == pytest.approx(0.0295)
        assert derived.arousal(SEVEN) == pytest.approx(0.437)

    @given(sevens)
    def test_they_stay_within_the_scale(self, probs: Mapping[Emotion, float]) -> None:
        """In [-1, 1], and never beyond the most extreme of the seven."""
        for value, place in ((derived.valence(probs), 0), (derived.arousal(probs), 1)):
            ratings = [pair[place] for pair in PLEASURE_AND_AROUSAL.values()]
            assert -1 <= min(ratings) - 1e-9 <= value <= max(ratings) + 1e-9 <= 1


class TestBlends:
    """The root of (strongest label of one side) * (strongest label of the other)."""

    @pytest.mark.parametrize(
        ("name", "scores", "value"),
        [
            ("정", {"아껴주는": 0.9, "흐뭇함(귀여움/예쁨)": 0.1, "고마움": 0.4}, 0.6),
            ("한", {"서러움": 0.2, "슬픔": 0.8, "불평/불만": 0.2}, 0.4),
            ("체면", {"뿌듯함": 0.25, "부끄러움": 0.3, "당황/난처": 1.0}, 0.5),
        ],
    )
    def test_of_korean_text(self, name: str, scores: dict[str, float], value: float) -> None:
        """From KOTE's labels: √(.9 * .4) = .6, √(.8 * .2) = .4, √(.25 * 1) = .5."""
        assert derived.blends({}, scores, "ko")[name] == pytest.approx(value)

    @pytest.mark.parametrize("language", ["en", "und"])
    @pytest.mark.parametrize(
        ("name", "scores", "value"),
        [
            ("정", {"caring": 0.1, "love": 0.9, "admiration": 0.4}, 0.6),
            ("한", {"grief": 0.8, "annoyance": 0.2, "disapproval": 0.1}, 0.4),
            ("체면", {"pride": 0.25, "embarrassment": 1.0}, 0.5),
        ],
    )
    def test_of_other_text(self, language: Language, name: str, scores: dict[str, float], value: float) -> None:
        """From the labels of GoEmotions, by the same formula."""
        assert derived.blends(scores, {}, language)[name] == pytest.approx(value)

    @given(each(GOEMOTIONS), each(KOTE), languages)
    def test_they_are_shares(self, goemotions: dict[str, float], kote: dict[str, float], language: Language) -> None:
        """Three of them, each in [0, 1], never above its stronger side nor below its weaker one."""
        found = derived.blends(goemotions, kote, language)
        assert tuple(found) == ("정", "한", "체면")
        for name, value in found.items():
            sides, scores = _sides(name, language), kote if language == "ko" else goemotions
            one, other = (max(scores[label] for label in side) for side in sides)
            assert 0 <= value <= 1
            assert min(one, other) - 1e-9 <= value <= max(one, other) + 1e-9

    @given(each(GOEMOTIONS), each(KOTE), languages, st.sampled_from(list(BLENDS)), st.sampled_from([0, 1]))
    def test_both_sides_must_be_there(
        self, goemotions: dict[str, float], kote: dict[str, float], language: Language, name: str, side: int
    ) -> None:
        """However strong the other is, a blend is 0 when one side is 0."""
        absent = dict.fromkeys(_sides(name, language)[side], 0.0)
        assert derived.blends({**goemotions, **absent}, {**kote, **absent}, language)[name] == 0

    @given(each(GOEMOTIONS), each(KOTE), each(GOEMOTIONS), each(KOTE))
    def test_each_language_reads_its_own_head(
        self, goemotions: dict[str, float], kote: dict[str, float], others: dict[str, float], more: dict[str, float]
    ) -> None:
        """Korean text reads KOTE, other text GoEmotions: what the other head says changes nothing."""
        assert derived.blends(goemotions, kote, "ko") == derived.blends(others, kote, "ko")
        for language in ("en", "und"):
            assert derived.blends(goemotions, kote, language) == derived.blends(goemotions, more, language)

    @pytest.mark.parametrize("name", BLENDS)
    def test_their_labels_exist(self, name: str) -> None:
        """A label that no head has would always count as absent; and no label stands on both sides."""
        blend = BLENDS[name]
        for sides, labels in ((blend.korean, KOTE), (blend.english, GOEMOTIONS)):
            assert {label for side in sides for label in side} <= set(labels)
            assert not set(sides[0]) & set(sides[1])


class TestRegret:
    """remorse; for Korean text (remorse + 죄책감) / 2."""

    @pytest.mark.parametrize(("language", "value"), [("ko", 0.5), ("en", 0.2), ("und", 0.2)])
    def test_of_known_values(self, language: Language, value: float) -> None:
        """Remorse .2 and guilt .8 make (.2 + .8) / 2 in Korean text; in other text only remorse counts."""
        assert derived.regret({"remorse": 0.2}, {"죄책감": 0.8}, language) == pytest.approx(value)

    @given(each(GOEMOTIONS), each(KOTE), languages)
    def test_it_is_a_share(self, goemotions: dict[str, float], kote: dict[str, float], language: Language) -> None:
        """In [0, 1]."""
        assert 0 <= derived.regret(goemotions, kote, language) <= 1

    def test_without_heads_there_is_none(self) -> None:
        """A reading of an older model regrets nothing, and blends nothing."""
        assert derived.regret({}, {}, "ko") == derived.regret({}, {}, "en") == 0
        assert set(derived.blends({}, {}, "ko").values()) == {0.0}


def _sides(name: str, language: str) -> tuple[Sequence[str], Sequence[str]]:
    return BLENDS[name].korean if language == "ko" else BLENDS[name].english
