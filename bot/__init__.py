"""Decides: who may be read, what is said, what is kept. Knows no Slack objects."""
