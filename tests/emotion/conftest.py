"""The shipped classifier, loaded once."""

import pytest

from emotion.classifier import Classifier


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    """The real model that ships."""
    return Classifier.from_pretrained(threads=2)
