"""Draws. Knows readings and figures; no Slack, no SQL."""
