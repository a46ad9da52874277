"""Readings of texts that come again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.cache import ReadingCache
from tests.factories import reading

VERSION = "test-1"
TEXT = "the merger is called off"


class Seconds:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds since the test began."""
        return self.now


def test_a_text_that_comes_again_is_known() -> None:
    """The very reading comes back for the same text, and none for another."""
    cache, felt = ReadingCache(2, 600), reading()
    cache.keep(cache.key(TEXT), felt)
    assert cache.find(cache.key(TEXT), VERSION) is felt
    assert cache.find(cache.key(TEXT + " "), VERSION) is None


def test_another_version_of_the_model_reads_anew() -> None:
    """A reading is kept under the version that made it; a changed model finds none of the earlier one."""
    cache = ReadingCache(2, 600)
    cache.keep(cache.key(TEXT), reading())
    assert cache.find(cache.key(TEXT), "test-2") is None
    newer = replace(reading(), model_version="test-2")
    cache.keep(cache.key(TEXT), newer)
    assert cache.find(cache.key(TEXT), "test-2") is newer
    assert cache.find(cache.key(TEXT), VERSION) is not None


def test_nothing_outlives_its_time() -> None:
    """However often a reading is used, it goes with its age, out of the memory too as soon as another is kept."""
    clock = Seconds()
    cache = ReadingCache(10, 600, clock)
    cache.keep(cache.key(TEXT), reading())
    clock.now = 599.9
    assert cache.find(cache.key(TEXT), VERSION)
    clock.now = 600.0
    assert cache.find(cache.key(TEXT), VERSION) is None
    cache.keep(cache.key("another"), reading())
    assert len(cache) == 1


def test_a_reading_that_is_made_again_begins_anew() -> None:
    """It is young again: what counts is when it was made last."""
    clock = Seconds()
    cache = ReadingCache(10, 600, clock)
    for clock.now in (0.0, 500.0):
        cache.keep(cache.key(TEXT), reading())
    clock.now = 700.0
    assert cache.find(cache.key(TEXT), VERSION)
    assert len(cache) == 1


def test_size_nought_keeps_nothing() -> None:
    """That switches the cache off."""
    cache = ReadingCache(0, 600)
    cache.keep(cache.key(TEXT), reading())
    assert len(cache) == 0
    assert cache.find(cache.key(TEXT), VERSION) is None


def test_forgetting_leaves_nothing_and_what_is_on_its_way_is_not_kept() -> None:
    """Neither what was kept, nor a reading whose text was asked about before. From then on all is as new."""
    cache = ReadingCache(10, 600)
    cache.keep(cache.key(TEXT), reading())
    earlier = cache.key("being read")
    cache.forget_all()
    assert len(cache) == 0
    assert cache.find(cache.key(TEXT), VERSION) is None
    cache.keep(earlier, reading())
    assert len(cache) == 0
    cache.keep(cache.key(TEXT), reading())
    assert cache.find(cache.key(TEXT), VERSION)


def test_the_text_is_not_in_it() -> None:
    """A key is a hash under a secret of this process: another process, or one that forgot, makes another."""
    cache = ReadingCache(10, 600)
    key = cache.key(TEXT)
    assert TEXT not in repr(key) + repr(vars(cache))
    assert key.digest.hex() not in repr(key)
    assert ReadingCache(10, 600).key(TEXT).digest != key.digest
    cache.forget_all()
    assert cache.key(TEXT).digest != key.digest


@given(st.text(st.characters(), max_size=20), st.text(st.characters(), max_size=20))
def test_every_text_has_a_key_of_its_own(one: str, other: str) -> None:
    """Any string, lone surrogates and NUL included."""
    cache = ReadingCache(1, 1)
    assert (cache.key(one) == cache.key(other)) == (one == other)


def test_lone_surrogates_have_a_key() -> None:
    """They cannot be written as UTF-8, but they come."""
    cache = ReadingCache(1, 1)
    assert cache.key("\ud83d") != cache.key("\ude00")


@pytest.mark.parametrize("size", [1, 3])
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=60))
def test_those_used_last_are_kept(size: int, steps: list[tuple[bool, int]]) -> None:
    """Whatever is kept and looked up in whatever order: the last `size` that were used are there, and no other."""
    cache, used = ReadingCache(size, 600), list[int]()
    for keeps, number in steps:
        key = cache.key(str(number))
        if keeps:
            cache.keep(key, replace(reading(), distance=float(number)))
        found = cache.find(key, VERSION)
        assert (found is not None) == (keeps or number in used)
        assert found is None or found.distance == number
        if found is not None:
            used = [*(one for one in used if one != number), number][-size:]
        assert len(cache) == len(used)
