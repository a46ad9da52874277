"""What stands in an export, explained column by column to the person whose data it is."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.messages import Locale

_Said = Mapping[str, Mapping[Locale, str]]

_WHAT: Final[Mapping[Locale, str]] = {
    "en": "Everything that Maeum stores about you. There is no text of any message in it, because none is stored. Your"
    " rows are kept under a pseudonym, which is left out here. Times are in UTC.",
    "ko": "마음이 나에 대해 저장한 모든 것이에요. 글은 저장하지 않으므로 들어 있지 않아요. 내 정보는 가명으로 보관하고,"
    " 그 가명은 여기에 적지 않아요. 시각은 모두 UTC예요.",
}
TABLES: Final[_Said] = {
    "people": {"en": "whether you consent, and since when", "ko": "동의 여부와 동의한 때"},
    "consent_receipts": {"en": "each time you turned me on, off or paused", "ko": "켜고, 끄고, 멈춘 내역"},
    "emotion_readings": {
        "en": "what the classifier said of each message it read",
        "ko": "읽은 메시지마다 분류기가 낸 결과",
    },
    "reading_hours": {
        "en": "the same once more, counted by channel and hour: channels' pictures are made of it",
        "ko": "그 결과를 채널과 시간별로 세어 둔 수. 채널 그래프의 바탕",
    },
    "replies": {
        "en": "which of your messages to the bot are answered or to be answered",
        "ko": "저에게 하신 말씀 가운데 답했거나 답할 것",
    },
    "corrections": {"en": "what you said that a message really felt like", "ko": "감정이 틀렸다고 알려 주신 내용"},
    "sent_files": {
        "en": "files that were sent to you alone, and the messages that came with them",
        "ko": "나에게만 보낸 파일과 함께 온 메시지",
    },
    "cell_people": {
        "en": "what you contributed to a day or week of a channel's picture",
        "ko": "채널 그래프의 하루나 한 주에 들어간 내 몫",
    },
    "schedules": {
        "en": "schedules of channels' pictures that you set, and when your diary comes",
        "ko": "내가 정한 채널 그래프 일정과 내 일기가 오는 때",
    },
    "audit_actors": {
        "en": "entries of the audit log about what you did to others' data or to the rules",
        "ko": "다른 사람의 정보나 규칙에 대해 내가 한 일의 감사 로그 항목",
    },
}
COLUMNS: Final[_Said] = {
    "anger": {"en": "how many messages read as anger", "ko": "분노 메시지 수"},
    "asked_version": {"en": "the newest notice you were asked about", "ko": "다시 여쭤본 가장 최근 안내의 번호"},
    "audit_id": {"en": "number of the entry in the audit log", "ko": "감사 로그 항목의 번호"},
    "act": {
        "en": "on, off, pause, or kept for a consent older than this record",
        "ko": "켬(on), 끔(off), 멈춤(pause), 이 기록이 생기기 전의 동의(kept)",
    },
    "changed_at": {"en": "when you decided last", "ko": "마지막으로 정한 때"},
    "channel_id": {"en": "Slack's id of the channel", "ko": "Slack 채널 ID"},
    "consented_at": {
        "en": "from when on messages are read; empty while off, in the future during a pause",
        "ko": "글을 읽기 시작하는 때. 꺼져 있으면 비어 있고, 멈춘 동안에는 앞으로의 때",
    },
    "counts": {"en": "how many of your messages, by emotion", "ko": "감정별 내 메시지 수"},
    "days": {
        "en": "how many days the picture shows; two weeks side by side, a year and a diary have stretches of their own",
        "ko": "그래프에 담는 날수. 비교, 한 해, 일기에는 저마다 정해진 기간이 있음",
    },
    "disgust": {"en": "how many messages read as disgust", "ko": "혐오 메시지 수"},
    "entropy": {
        "en": "how evenly the probabilities are spread, in nats; 0 is quite sure",
        "ko": "확률이 퍼진 정도(nat). 0이면 아주 확실함",
    },
    "epoch": {
        "en": "a random mark of your last decision; what was being read under another is not stored",
        "ko": "마지막 결정에 붙는 무작위 표시. 다른 표시로 읽던 것은 저장하지 않음",
    },
    "fear": {"en": "how many messages read as fear", "ko": "두려움 메시지 수"},
    "file_id": {"en": "Slack's id of the file or of the message", "ko": "Slack 파일이나 메시지의 ID"},
    "hour": {
        "en": "hour of the day, in the time zone; of counts, when their hour begins (UTC)",
        "ko": "시(시간대 기준). 세어 둔 수에서는 그 한 시간이 시작된 때(UTC)",
    },
    "id": {"en": "number of the row", "ko": "행의 번호"},
    "joy": {"en": "how many messages read as joy", "ko": "기쁨 메시지 수"},
    "kind": {
        "en": "daily, weekdays, weekly or monthly",
        "ko": "매일(daily), 평일(weekdays), 매주(weekly), 매월(monthly)",
    },
    "label": {"en": "the emotion you said it was", "ko": "알려 주신 감정"},
    "language": {"en": "language of the message: ko, en, or und", "ko": "글의 언어: ko, en, und"},
    "locale": {"en": "language of the picture", "ko": "그래프의 언어"},
    "logits": {"en": "the classifier's raw numbers", "ko": "분류기가 낸 원래 숫자"},
    "message_ts": {
        "en": "Slack's timestamp of the message, which names it in its channel",
        "ko": "채널 안에서 메시지를 가리키는 Slack 시각",
    },
    "meta": {
        "en": "language and place of the message, and whether it was edited or the reading unsure",
        "ko": "글의 언어와 자리, 고쳐 썼는지와 확실하지 않았는지",
    },
    "minute": {"en": "minute", "ko": "분"},
    "model_version": {"en": "which classifier it was", "ko": "분류기의 버전"},
    "month_day": {"en": "day of the month; empty unless monthly", "ko": "날짜. 매월이 아니면 비어 있음"},
    "neutral": {"en": "how many messages read as neutral", "ko": "중립 메시지 수"},
    "notice_version": {"en": "which notice you agreed to", "ko": "동의한 안내의 번호"},
    "paused_at": {"en": "since when nothing is posted; empty while it runs", "ko": "멈춘 때. 돌고 있으면 비어 있음"},
    "picture": {
        "en": "which picture it is; diary is your own and comes to you alone",
        "ko": "그래프의 종류. 일기(diary)는 내 것이고 나에게만 옴",
    },
    "predicted": {"en": "the emotion the classifier named", "ko": "분류기가 고른 감정"},
    "problem": {"en": "why Slack did not take the picture, where it did not", "ko": "Slack이 그래프를 받지 않은 까닭"},
    "probs": {"en": "the probability of each of the seven emotions", "ko": "일곱 감정 각각의 확률"},
    "sadness": {"en": "how many messages read as sadness", "ko": "슬픔 메시지 수"},
    "since": {"en": "when it was set", "ko": "정한 때"},
    "source": {
        "en": "where you did it: a command, a button, Home, a terminal",
        "ko": "한 곳: 명령어, 버튼, 홈, 터미널",
    },
    "start": {"en": "first date of the day or week", "ko": "그 하루나 한 주의 첫 날짜"},
    "state": {"en": "owed or sent", "ko": "답할 것(owed) 또는 답한 것(sent)"},
    "surprise": {"en": "how many messages read as surprise", "ko": "놀람 메시지 수"},
    "team_id": {"en": "Slack's id of the workspace", "ko": "Slack 워크스페이스 ID"},
    "temperature": {
        "en": "the number by which the raw numbers are divided before they become probabilities",
        "ko": "원래 숫자를 확률로 바꾸기 전에 나누는 수",
    },
    "text_hash": {
        "en": "a keyed hash in the text's place, from which the text cannot be had",
        "ko": "글 대신 남기는 키 해시. 여기서 글을 되살릴 수 없음",
    },
    "thread_ts": {"en": "Slack's timestamp of the thread", "ko": "Slack 스레드 시각"},
    "time": {
        "en": "when it happened; of a reading, when the message was written",
        "ko": "일어난 때. 읽은 감정은 글을 쓴 때",
    },
    "timezone": {"en": "time zone", "ko": "시간대"},
    "told_at": {"en": "when you were told of the problem", "ko": "그 문제를 알려 드린 때"},
    "top_label": {"en": "the most probable emotion", "ko": "확률이 가장 높은 감정"},
    "top_p": {"en": "its probability", "ko": "그 확률"},
    "unit": {"en": "day or week", "ko": "하루(day) 또는 한 주(week)"},
    "until": {"en": "the end of a pause", "ko": "멈춤이 끝나는 때"},
    "weekday": {
        "en": "day of the week, Monday is 0; empty unless weekly",
        "ko": "요일(월요일은 0). 매주가 아니면 비어 있음",
    },
}


def about(data: Mapping[str, Iterable[Mapping[str, Any]]], locale: Locale) -> Mapping[str, object]:
    """What the file is, and of each table that has rows what its columns mean."""
    return {
        "what": _WHAT[locale],
        "tables": {table: TABLES[table][locale] if table in TABLES else table for table in data},
        "columns": {
            table: {column: _meaning(column, locale) for column in row}
            for table, rows in data.items()
            for row in list(rows)[:1]
        },
    }


def _meaning(column: str, locale: Locale) -> str:
    return COLUMNS[column][locale] if column in COLUMNS else column
