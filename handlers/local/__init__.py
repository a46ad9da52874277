"""A Slack of our own in the browser, for trying the bot and for testing it."""
