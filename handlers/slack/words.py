"""What the door says, in both languages. Values put into a sentence are escaped by whoever puts them in."""

from datetime import date
from typing import Final

from babel.dates import format_date

from bot.messages import Locale

_SAID: Final[dict[str, dict[Locale, str]]] = {
    # Consent
    "on": {
        "en": "From now on I read the feeling in what you write where I am a member. I keep numbers, never the text."
        " `/emotion off` stops it at once.",
        "ko": "이제부터 제가 있는 곳에서 쓰시는 글의 감정을 읽어요. 숫자만 남기고 글은 저장하지 않아요."
        " `/emotion off` 하시면 바로 멈춰요.",
    },
    "off": {
        "en": "I no longer read the feeling in what you write. I still answer when you write to me.",
        "ko": "이제 쓰시는 글의 감정을 읽지 않아요. 말을 거시면 답은 계속 드려요.",
    },
    "off_ask": {
        "en": "Something of yours is still stored ({stored}). Shall I delete it?",
        "ko": "지금까지 저장된 것이 아직 남아 있어요({stored}). 지울까요?",
    },
    "kept": {
        "en": "It stays. It is deleted by itself after {days} days; `/emotion off` asks you again at any time.",
        "ko": "그대로 둘게요. {days}일이 지나면 저절로 지워져요. `/emotion off` 하시면 언제든 다시 여쭤볼게요.",
    },
    "status_on": {
        "en": "*On* since {since}: I read the feeling in what you write where I am a member.",
        "ko": "{since}부터 *켜져* 있어요. 제가 있는 곳에서 쓰시는 글의 감정을 읽어요.",
    },
    "status_off": {
        "en": "*Off*: I do not read the feeling in what you write.",
        "ko": "*꺼져* 있어요. 쓰시는 글의 감정을 읽지 않아요.",
    },
    "stored": {
        "en": "Stored: {stored}.",
        "ko": "저장된 것: {stored}.",
    },
    "stored_nothing": {
        "en": "Nothing of yours is stored.",
        "ko": "저장된 것이 없어요.",
    },
    "readings_one_day": {"en": "{count} readings, {first}", "ko": "{first}, 감정 {count}건"},
    "readings": {"en": "{count} readings, {first} – {last}", "ko": "{first} ~ {last}, 감정 {count}건"},
    "readings_none": {"en": "no readings", "ko": "읽은 감정 없음"},
    "note": {
        "en": "1 short-lived record of a message you addressed to me",
        "ko": "저에게 말을 거신 메시지의 단기 기록 1건",
    },
    "notes": {
        "en": "{count} short-lived records of messages you addressed to me",
        "ko": "저에게 말을 거신 메시지의 단기 기록 {count}건",
    },
    "outsider": {
        "en": "I am here for the people of this workspace's own organisation. I neither read nor store what you"
        " write, so there is nothing to turn on.",
        "ko": "저는 이 워크스페이스를 쓰는 조직의 분들만 도와드리고 있어요. 다른 조직에서 오신 분의 글은 읽지도,"
        " 저장하지도 않으니 켜실 것이 없어요.",
    },
    "reading": {"en": "1 reading, {first}", "ko": "{first}, 감정 1건"},
    "about": {
        "en": "*What is read*\n"
        "• Only text, and only of people who opted in. Never voice, pictures, or how somebody types.\n"
        "• A model on the team's own machine names the feeling: anger, disgust, fear, joy, neutral, sadness or"
        " surprise, with how sure it is.\n"
        "• Those numbers are kept for {days} days under a pseudonym. The text is never stored.\n"
        "• Nobody else sees your readings, administrators included. A channel's picture needs at least {people}"
        " people.\n"
        "• When you write to me, I answer. Where a model service is set up, what you wrote to me goes there for the"
        " answer, and with it the last messages of the same thread, those of other people in it included.",
        "ko": "*무엇을 읽나요*\n"
        "• 동의하신 분의 글만 읽어요. 목소리, 사진, 타자 습관은 절대 보지 않아요.\n"
        "• 팀의 기기에서 도는 모델이 분노, 혐오, 두려움, 기쁨, 중립, 슬픔, 놀람 가운데 어떤 감정인지, 얼마나 확실한지"
        " 가늠해요.\n"
        "• 그 숫자만 가명으로 {days}일 동안 보관해요. 글은 저장하지 않아요.\n"
        "• 내 감정은 관리자를 포함해 다른 누구에게도 보이지 않아요. 채널 그래프는 {people}명 이상일 때만 그려요.\n"
        "• 말을 거시면 답해 드려요. 모델 서비스가 연결되어 있으면 답을 쓰려고 저에게 하신 말씀을 그곳에 보내요. 같은"
        " 스레드의 최근 메시지도 함께 보내는데, 다른 분이 쓰신 글도 들어가요.",
    },
    "deleted": {
        "en": "Everything about you is deleted ({rows} rows), your consent included. Receipt: `{receipt}`",
        "ko": "저장된 내 정보를 동의 기록까지 모두 지웠어요({rows}개 행). 확인 번호: `{receipt}`",
    },
    "notice": {
        "en": "*Hello, I am Maeum.* I can read the feeling in messages here, but only of people who say so. Nobody"
        " is read unless they turn it on, for themselves. Mention me and I answer either way.",
        "ko": "*안녕하세요, 마음이에요.* 여기 올라오는 글에서 감정을 읽을 수 있어요. 다만 직접 켜신 분의 글만 읽어요."
        " 켜지 않아도 저를 부르시면 답해 드려요.",
    },
    "notice_text": {
        "en": "Maeum is here. Nobody is read unless they turn it on.",
        "ko": "마음이 들어왔어요. 직접 켜신 분의 글만 읽어요.",
    },
    "button_on": {"en": "Turn on", "ko": "켜기"},
    "button_off": {"en": "Turn off", "ko": "끄기"},
    "button_about": {"en": "What is read?", "ko": "무엇을 읽나요?"},
    "button_delete": {"en": "Delete", "ko": "지우기"},
    "button_delete_mine": {"en": "Delete my data", "ko": "내 정보 지우기"},
    "button_keep": {"en": "Keep", "ko": "그대로 두기"},
    "button_cancel": {"en": "Cancel", "ko": "취소"},
    "button_share": {"en": "Share in this channel", "ko": "채널에 공유하기"},
    "delete_title": {"en": "Delete everything?", "ko": "모두 지울까요?"},
    "delete_text": {
        "en": "Your readings and your consent are deleted. This cannot be undone.",
        "ko": "읽은 감정과 동의 기록이 모두 지워져요. 되돌릴 수 없어요.",
    },
    # Home and help
    "home_title": {"en": "Maeum", "ko": "마음"},
    "help": {
        "en": "*What you can type*\n"
        "`/emotion on` · `off` · `status` – whether I read the feeling in what you write\n"
        "`/emotion-graph me 7d` – your own picture, sent to you alone (`30d`, `90d`)\n"
        "`/emotion-graph here 7d` – this channel's picture, from {people} people on\n"
        "`/emotion-schedule weekly mon 09:00` · `daily 18:00` · `list` · `off` – pictures on time\n"
        "Or mention me, or write to me here.",
        "ko": "*이렇게 쓰실 수 있어요*\n"
        "`/emotion 켜기` · `끄기` · `상태` – 쓰시는 글의 감정을 읽을지\n"
        "`/emotion-graph 나 7일` – 내 그래프를 나에게만 보내 드려요 (`30일`, `90일`)\n"
        "`/emotion-graph 여기 7일` – 이 채널의 그래프, {people}명부터\n"
        "`/emotion-schedule 매주 월 09:00` · `매일 18:00` · `목록` · `끄기` – 정해진 때에 그래프 올리기\n"
        "저를 부르시거나 저에게 메시지를 보내셔도 돼요.",
    },
    # Graphs
    "graph_usage": {
        "en": "`/emotion-graph me 7d` or `/emotion-graph here 30d` (7d, 30d, 90d)",
        "ko": "`/emotion-graph 나 7일` 또는 `/emotion-graph 여기 30일` (7일, 30일, 90일)",
    },
    "graph_sent": {
        "en": "I sent your picture to our direct messages; only you can see it.",
        "ko": "그래프를 다이렉트 메시지로 보냈어요. 본인만 볼 수 있어요.",
    },
    "graph_here_direct": {
        "en": "`here` draws a channel, and this is a direct message. Try it in a channel, or `/emotion-graph me`.",
        "ko": "`여기`는 채널 그래프인데 이곳은 다이렉트 메시지예요. 채널에서 쓰시거나 `/emotion-graph 나`를 써 보세요.",
    },
    "graph_preview": {
        "en": "The picture itself is in our direct messages. It appears here only if you share it.",
        "ko": "그래프는 다이렉트 메시지로 보냈어요. 공유하셔야 이 채널에 올라와요.",
    },
    "graph_shared": {"en": "Shared.", "ko": "공유했어요."},
    "shared_by": {"en": "Shared by {person}", "ko": "{person} 님이 공유했어요"},
    # Schedules
    "schedule_direct": {
        "en": "Schedules belong to channels. Please try it in the channel where the picture should appear.",
        "ko": "일정은 채널에서 정할 수 있어요. 그래프를 올릴 채널에서 써 주세요.",
    },
    "schedule_not_allowed": {
        "en": "Only whoever created this channel and workspace administrators can set its schedule.",
        "ko": "채널을 만드신 분과 워크스페이스 관리자만 일정을 정할 수 있어요.",
    },
    "schedule_no_zone": {
        "en": "Slack does not tell me your time zone right now, so I have set nothing. Please try again in a minute.",
        "ko": "지금은 Slack에서 시간대를 알려 주지 않아 일정을 정하지 않았어요. 잠시 뒤 다시 시도해 주세요.",
    },
    "schedule_set": {
        "en": "I will post this channel's picture {what}",
        "ko": "이 채널의 그래프를 올려 드릴게요. {what}",
    },
    "schedule_when": {
        "en": "{what} ({zone}). Next: {next}",
        "ko": "{what}({zone}). 다음 차례: {next}",
    },
    "schedule_off": {"en": "This channel has no schedule any more.", "ko": "이제 이 채널에는 일정이 없어요."},
    "schedule_none": {"en": "This channel has no schedule.", "ko": "이 채널에는 일정이 없어요."},
    "schedule_daily": {"en": "every day at {time}", "ko": "매일 {time}"},
    "schedule_weekly": {"en": "every week on {day} at {time}", "ko": "매주 {day} {time}"},
    # Administration
    "admin_usage": {"en": "`/emotion-admin delete @somebody`", "ko": "`/emotion-admin 삭제 @이름`"},
    "admin_not_allowed": {
        "en": "Only workspace administrators and owners can delete somebody's data. Your own: `/emotion off`.",
        "ko": "다른 사람의 정보는 워크스페이스 관리자와 소유자만 지울 수 있어요. 내 정보는 `/emotion off`에서"
        " 지우실 수 있어요.",
    },
    "admin_nobody": {
        "en": "I do not know anybody of that name. Pick the person from the list that appears after @, or use their"
        " member ID.",
        "ko": "그런 이름을 가진 분을 찾지 못했어요. @ 뒤에 뜨는 목록에서 고르시거나 멤버 ID를 써 주세요.",
    },
    "admin_several": {
        "en": "Several people have that name. Pick the person from the list that appears after @, or use their"
        " member ID.",
        "ko": "이름이 같은 분이 여럿이에요. @ 뒤에 뜨는 목록에서 고르시거나 멤버 ID를 써 주세요.",
    },
    "admin_title": {"en": "Delete a person's data", "ko": "개인 정보 지우기"},
    "admin_question": {
        "en": "Everything stored about {person} will be deleted and cannot be brought back:",
        "ko": "{person} 님에 대해 저장된 것이 모두 지워지고, 되돌릴 수 없어요.",
    },
    "admin_nothing": {"en": "Nothing is stored about {person}.", "ko": "{person} 님에 대해 저장된 것이 없어요."},
    "admin_note": {
        "en": "You do not see what the readings say, and nobody else does. That you asked, and the deletion, stay in"
        " the audit log, without content.",
        "ko": "감정의 내용은 관리자에게도, 다른 누구에게도 보이지 않아요. 이 조회와 삭제는 내용 없이 감사 로그에"
        " 남아요.",
    },
    "admin_receipt": {
        "en": "Deleted for {person}: {rows} rows, {time}. Receipt: `{receipt}`\n{counts}",
        "ko": "{person} 님의 정보를 지웠어요. {rows}개 행, {time}. 확인 번호: `{receipt}`\n{counts}",
    },
    # What is stored, by table
    "table:emotion_readings": {"en": "readings of feelings", "ko": "읽은 감정"},
    "table:people": {"en": "consent", "ko": "동의 기록"},
    "table:replies": {"en": "notes of which messages were answered", "ko": "답한 메시지 기록"},
    "table:schedules": {"en": "schedules they set (the channel keeps them)", "ko": "정해 둔 일정(채널에는 남아요)"},
    "table:audit_actors": {
        "en": "marks in the audit log of what they did themselves",
        "ko": "직접 한 일에 대한 감사 로그의 표시",
    },
    # The agent's prompts, shown in an empty conversation
    "prompts_title": {"en": "How can I help?", "ko": "무엇을 도와드릴까요?"},
    "prompt_day": {"en": "How was my day?", "ko": "오늘 하루 이야기하기"},
    "prompt_day_message": {
        "en": "I would like to tell you how my day was.",
        "ko": "오늘 하루가 어땠는지 이야기하고 싶어요.",
    },
    "prompt_stuck": {"en": "I am stuck", "ko": "일이 막혔어요"},
    "prompt_stuck_message": {
        "en": "I am stuck with something at work and it is getting to me.",
        "ko": "일이 막혀서 마음이 답답해요.",
    },
    "prompt_good": {"en": "Something good happened", "ko": "좋은 일이 있었어요"},
    "prompt_good_message": {
        "en": "Something good happened today and I want to share it.",
        "ko": "오늘 좋은 일이 있어서 나누고 싶어요.",
    },
}


def say(key: str, locale: Locale, **values: object) -> str:
    """One sentence."""
    return _SAID[key][locale].format(**values) if values else _SAID[key][locale]


def table(name: str, locale: Locale) -> str:
    """What is stored in a table, in plain words; a table without words of its own goes by its name."""
    words = _SAID.get(f"table:{name}")
    return words[locale] if words else name.replace("_", " ")


def day(moment: date, locale: Locale) -> str:
    """A day, as dates are written in the language."""
    return format_date(moment, "long", locale=locale)


def stored(count: int, first: date | None, last: date | None, locale: Locale) -> str:
    """How many readings there are and of which days; empty when there are none."""
    if not count or first is None or last is None:
        return ""
    if count == 1:
        return say("reading", locale, first=day(first, locale))
    if first == last:
        return say("readings_one_day", locale, count=count, first=day(first, locale))
    return say("readings", locale, count=count, first=day(first, locale), last=day(last, locale))
