"""Finds the words of a reply: from a model service, or built in."""

from bot.llm.writer import ReplyRequest, Writer

__all__ = ["ReplyRequest", "Writer"]
