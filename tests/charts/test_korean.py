import pytest

from charts.korean import with_particle


@pytest.mark.parametrize(
    ("word", "expected"),
    [("기쁨", "기쁨이"), ("분노", "분노가"), ("최근 7일", "최근 7일이"), ("2", "2가"), ("6", "6이"), ("10", "10이")],
)
def test_the_particle_fits_the_last_sound(word: str, expected: str) -> None:
    """Digits as they are read aloud: 이, 육, 영."""
    assert with_particle(word, "이", "가") == expected
