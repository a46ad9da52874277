"""Which notice is in force: what people are told before they agree, by number.

The words themselves stand at the doors (`handlers.slack.words_home`). Whoever changes what is read, by what, where it
stays, for how long, or how to refuse, counts the version up: channels are then told again, and people asked again.
"""

from typing import Final

NOTICE_VERSION: Final = 2
"""1 was the first notice; 2 says where the readings stay and for how long, and offers the pause."""
