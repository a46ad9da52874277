from emotion.feedback import Pair, Summary, TooFew, render


def test_what_may_be_told_is_told_by_model_and_pair() -> None:
    """The total, its share of the readings, the named pairs under their model, and the rest at the end."""
    named = {"1": [Pair("fear", "anger", 7)], "2": [Pair("joy", "neutral", 5), Pair("joy", "surprise", 4)]}
    said = render(Summary(minimum=3, corrections=22, readings=400, named=named, other=6)).splitlines()
    assert said[:6] == [
        "Corrections: 22 of 400 stored readings (5.5%), by at least 3 people",
        "Model 1, read -> said:",
        "  fear -> anger: 7",
        "Model 2, read -> said:",
        "  joy -> neutral: 5",
        "  joy -> surprise: 4",
    ]
    assert said[6].startswith("Other, all models together: 6 ")


def test_without_a_rest_none_is_mentioned() -> None:
    """Nor is a share of no readings."""
    said = render(Summary(minimum=3, corrections=3, readings=0, named={"1": [Pair("fear", "anger", 3)]}, other=0))
    assert "Other" not in said
    assert "(-)" in said


def test_too_few_people_are_told_as_a_sentence_without_their_number() -> None:
    """The one number in it is how many there would have to be."""
    said = render(TooFew(5))
    assert said.startswith("Fewer than 5 people")
    assert [character for character in said if character.isdigit()] == ["5"]
