"""Messages written for training by the makers: what the corpora hold too seldom. The model card says so.

Messages without a word in them (a mention, a link, a number) and messages of nothing but emoji.
"""

from typing import Final

from emotion.labels import Emotion

WORDLESS: Final = (
    "", ".", "..", "...", "-", "?", "@someone", "@someone @someone", "link", "code", "link link", "@someone link",
    "1", "123", "3.14", "#general", "@channel", "@here", "ok", "ㅇㅇ", "ㅇㅋ", "ㄴㄴ", "네", "넵", "👀", "✅", "✔",
    "👌", "🤔", "@here link", "@someone code", "12:30", "2026-11-20", "v1.2.3", "+1", "☞ link", "n/a", "fyi",
    "fyi link", "test", "테스트", "asdf",
)  # fmt: skip
"""All neutral."""

EMOJI_ONLY: Final[dict[Emotion, str]] = {
    Emotion.ANGER: "😠😡🤬👿😤🖕👊",
    Emotion.DISGUST: "🤢🤮💩🪳🤧",
    Emotion.FEAR: "😨😰😱😧😖🙈",
    Emotion.JOY: "😄😃😀😁😆😂🤣😊🙂😉☺😍🤩😘🤗😎😇😋🥳😌👍👏🙏🙌💪❤💛💚💙💜💕💖🎉🎊✨⭐🌟🔥🚀🏆🎁🎂🍻🌈💯🥰",
    Emotion.NEUTRAL: "😐😑😶👀✅✔☝🔑📚",
    Emotion.SADNESS: "😢😭😞😥😟😕🙁☹😔😩😫😣🥺💔😿🥀",
    Emotion.SURPRISE: "😲😮😯😳🤯🙀‼❗💥",
}
"""Each alone, twice in a row and three times."""


def messages() -> list[tuple[str, Emotion]]:
    """All written messages with their emotion."""
    emoji = [
        (" ".join([character] * times), emotion)
        for emotion, characters in EMOJI_ONLY.items()
        for character in characters
        for times in (1, 2, 3)
    ]
    return [(text, Emotion.NEUTRAL) for text in WORDLESS] + emoji
