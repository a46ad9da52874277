"""What the door says to the person about why a reply sounds as it does."""

from collections.abc import Mapping
from typing import Final

from bot.messages import Locale

SAID: Final[Mapping[str, Mapping[Locale, str]]] = {
    "tone_why": {"en": "Why this tone?", "ko": "왜 이렇게 답했나요?"},
    "tone_read": {
        "en": "In that message I read *{label}* and was about {percent}% sure. The tone of my answer follows that.",
        "ko": "그 글에서 읽은 감정: *{label}* (확신 약 {percent}%). 여기에 맞춰 말투를 골랐어요.",
    },
    "tone_uncertain": {
        "en": "I was not sure enough of the feeling in that message, so I assumed nothing and kept a neutral tone.",
        "ko": "그 글의 감정을 충분히 확신할 수 없어서, 아무것도 짐작하지 않고 중립적인 말투로 답했어요.",
    },
    "tone_off": {
        "en": "I read no feeling in that message: reading was not on for you when you wrote it. My answer assumes"
        " none.",
        "ko": "그 글을 쓰실 때 감정 읽기가 켜져 있지 않아서 감정을 읽지 않았어요. 그래서 짐작 없이 답했어요.",
    },
    "tone_impossible": {
        "en": "There is no reading of that message: it could not be read, I was not allowed to read it there and then,"
        " or the reading was deleted.",
        "ko": "그 글에서 읽은 감정이 없어요. 읽을 수 없었거나, 그때 그곳에서는 읽으면 안 되었거나, 읽은 감정이 지워졌을"
        " 수 있어요.",
    },
    "tone_edited": {
        "en": "You have edited the message. This is about its words as they are now; my answer may have been to the"
        " earlier ones.",
        "ko": "글을 고치셨네요. 이건 지금 글을 두고 드리는 말씀이고, 제 답은 고치기 전 글에 드린 것일 수 있어요.",
    },
    "tone_note": {
        "en": "A program judged this, not a person, and it may be wrong. Only you see this.",
        "ko": "사람이 아니라 프로그램이 판단한 것이라 틀릴 수 있어요. 이 안내는 본인에게만 보여요.",
    },
    "tone_only_you": {"en": "Only you see this.", "ko": "이 안내는 본인에게만 보여요."},
    "tone_wrong": {
        "en": "*That is not right?* Pick what it felt like. Only the label is kept, under your pseudonym; it changes"
        " neither the reading nor any picture.",
        "ko": "*그렇지 않나요?* 어떤 감정이었는지 골라 주세요. 고르신 감정의 이름만 가명으로 남고, 읽은 감정이나"
        " 그래프는 바뀌지 않아요.",
    },
    "tone_pick": {"en": "Pick a feeling", "ko": "감정 고르기"},
    "tone_said": {"en": "You said it was *{label}*.", "ko": "직접 골라 주신 감정: *{label}*"},
    "tone_noted": {
        "en": "Thank you, I have noted it. It helps to tell how good the model is.",
        "ko": "고마워요. 기록했어요. 모델이 얼마나 잘 맞히는지 아는 데 도움이 돼요.",
    },
    "tone_agreed": {
        "en": "Thank you. That agrees with the reading, so no correction is kept.",
        "ko": "고마워요. 읽은 감정과 같아서 따로 남긴 기록은 없어요.",
    },
    "tone_cannot": {
        "en": "What you say against it can be kept only while reading is on for you.",
        "ko": "감정 읽기가 켜져 있는 동안에만 고쳐 주신 것을 남길 수 있어요.",
    },
    "table:corrections": {
        "en": "corrections of readings, a label each",
        "ko": "읽은 감정을 고쳐 주신 기록(감정 이름만)",
    },
}
