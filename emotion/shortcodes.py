"""Slack's emoji shortcodes that carry feeling, as the characters they stand for. Unlisted ones become words."""

from typing import Final

EMOJI: Final[dict[str, str]] = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "ok_hand": "👌", "clap": "👏", "pray": "🙏",
    "raised_hands": "🙌", "muscle": "💪", "wave": "👋", "facepalm": "🤦", "face_palm": "🤦", "shrug": "🤷",
    "man-facepalming": "🤦", "woman-facepalming": "🤦", "man-shrugging": "🤷", "woman-shrugging": "🤷", "bow": "🙇",
    "man-bowing": "🙇", "woman-bowing": "🙇", "crossed_fingers": "🤞", "point_up": "☝", "eyes": "👀", "100": "💯",
    "smile": "😄", "smiley": "😃", "grinning": "😀", "grin": "😁", "laughing": "😆", "satisfied": "😆",
    "sweat_smile": "😅", "joy": "😂", "rolling_on_the_floor_laughing": "🤣", "rofl": "🤣", "blush": "😊",
    "slightly_smiling_face": "🙂", "simple_smile": "🙂", "upside_down_face": "🙃", "wink": "😉", "relaxed": "☺",
    "heart_eyes": "😍", "star-struck": "🤩", "kissing_heart": "😘", "hugging_face": "🤗", "hugs": "🤗",
    "sunglasses": "😎", "innocent": "😇", "yum": "😋", "partying_face": "🥳", "relieved": "😌", "smirk": "😏",
    "neutral_face": "😐", "expressionless": "😑", "no_mouth": "😶", "thinking_face": "🤔",
    "face_with_rolling_eyes": "🙄", "rolling_eyes": "🙄", "unamused": "😒", "grimacing": "😬", "sweat": "😓",
    "cold_sweat": "😰", "disappointed": "😞", "disappointed_relieved": "😥", "worried": "😟", "confused": "😕",
    "slightly_frowning_face": "🙁", "white_frowning_face": "☹", "pensive": "😔", "cry": "😢", "sob": "😭",
    "weary": "😩", "tired_face": "😫", "persevere": "😣", "confounded": "😖", "pleading_face": "🥺",
    "broken_heart": "💔", "sleepy": "😪", "sleeping": "😴", "angry": "😠", "rage": "😡", "pout": "😡",
    "triumph": "😤", "face_with_symbols_on_mouth": "🤬", "imp": "👿", "fearful": "😨", "scream": "😱",
    "anguished": "😧", "frowning": "😦", "astonished": "😲", "open_mouth": "😮", "hushed": "😯", "flushed": "😳",
    "exploding_head": "🤯", "dizzy_face": "😵", "scream_cat": "🙀", "nauseated_face": "🤢", "face_vomiting": "🤮",
    "mask": "😷", "sneezing_face": "🤧", "face_with_raised_eyebrow": "🤨", "poop": "💩", "hankey": "💩",
    "skull": "💀", "ghost": "👻", "clown_face": "🤡", "see_no_evil": "🙈", "melting_face": "🫠",
    "saluting_face": "🫡", "smiling_face_with_tear": "🥲", "face_holding_back_tears": "🥹", "heart": "❤",
    "hearts": "♥", "yellow_heart": "💛", "green_heart": "💚", "blue_heart": "💙", "purple_heart": "💜",
    "black_heart": "🖤", "two_hearts": "💕", "sparkling_heart": "💖", "tada": "🎉", "confetti_ball": "🎊",
    "sparkles": "✨", "star": "⭐", "star2": "🌟", "fire": "🔥", "rocket": "🚀", "trophy": "🏆", "gift": "🎁",
    "birthday": "🎂", "beers": "🍻", "beer": "🍺", "coffee": "☕", "rotating_light": "🚨", "warning": "⚠",
    "bangbang": "‼", "exclamation": "❗", "question": "❓", "white_check_mark": "✅", "heavy_check_mark": "✔",
    "x": "❌", "bug": "🐛", "boom": "💥", "zap": "⚡", "bomb": "💣", "rainbow": "🌈", "sunny": "☀", "rose": "🌹",
    "cherry_blossom": "🌸", "thought_balloon": "💭", "zzz": "💤", "dumpster_fire": "🔥", "party_parrot": "🥳",
    "partyparrot": "🥳", "cockroach": "🪳", "rat": "🐀", "cake": "🍰",
}  # fmt: skip
"""Shortcode without colons to one character, after Slack's and Unicode's own names."""
