"""The doors: Slack, HTTP, the clock. They turn the outside's words into ours and back."""
