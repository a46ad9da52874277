"""Reads the feeling in a text: tokens, logits and labels. Knows no Slack, no SQL, no plots."""

from emotion.labels import Emotion
from emotion.reading import Reading

__all__ = ["Emotion", "Reading"]
