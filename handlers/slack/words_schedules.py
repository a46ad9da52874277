"""What the door says about schedules, in both languages."""

from collections.abc import Mapping
from typing import Final

from bot.messages import Locale

SAID: Final[Mapping[str, Mapping[Locale, str]]] = {
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
        "en": "{what}, showing {showing} ({zone}). Next: {next}",
        "ko": "{what}, {showing}({zone}). 다음 차례: {next}",
    },
    "schedule_showing_trend": {"en": "the last {days} days", "ko": "최근 {days}일"},
    "schedule_showing_valence": {"en": "the mood of the last {days} days", "ko": "최근 {days}일의 기분"},
    "schedule_showing_mix": {
        "en": "the last 7 days beside the 7 before",
        "ko": "최근 7일과 그 전 7일 비교",
    },
    "schedule_showing_year": {"en": "the year until that day", "ko": "그날까지의 한 해"},
    "schedule_daily": {"en": "every day at {time}", "ko": "매일 {time}"},
    "schedule_weekdays": {"en": "Monday to Friday at {time}", "ko": "평일(월~금) {time}"},
    "schedule_weekly": {"en": "every week on {day} at {time}", "ko": "매주 {day} {time}"},
    "schedule_monthly": {"en": "every month on day {day} at {time}", "ko": "매월 {day}일 {time}"},
    "schedule_monthly_short": {
        "en": "every month on day {day}, or the last day where the month is shorter, at {time}",
        "ko": "매월 {day}일(그 날짜가 없는 달은 마지막 날) {time}",
    },
    "schedule_is_paused": {"en": "paused", "ko": "멈춰 둠"},
    "schedule_off": {"en": "This channel has no schedule any more.", "ko": "이제 이 채널에는 일정이 없어요."},
    "schedule_removed": {
        "en": "That schedule is gone; the others stay.",
        "ko": "그 일정을 지웠어요. 나머지는 그대로예요.",
    },
    "schedule_none": {"en": "This channel has no schedule.", "ko": "이 채널에는 일정이 없어요."},
    "schedule_no_such": {
        "en": "This channel has no such schedule. `/emotion-schedule list` shows those it has.",
        "ko": "이 채널에 그런 일정은 없어요. `/emotion-schedule 목록`에서 확인하실 수 있어요.",
    },
    "schedule_paused": {
        "en": "Paused: nothing is posted here until somebody resumes it (`/emotion-schedule resume`).",
        "ko": "멈췄어요. 다시 시작하실 때까지(`/emotion-schedule 재개`) 올리지 않아요.",
    },
    "schedule_none_runs": {"en": "There is nothing to pause here.", "ko": "멈출 일정이 없어요."},
    "schedule_resumed": {
        "en": "Resumed. What was due in the meantime is not made up.",
        "ko": "다시 시작했어요. 그동안 올리지 않은 것은 건너뛰어요.",
    },
    "schedule_none_paused": {"en": "Nothing is paused here.", "ko": "멈춰 둔 일정이 없어요."},
    "schedule_posted": {"en": "Posted.", "ko": "올렸어요."},
    "schedule_which": {
        "en": "This channel has several schedules. Which one? {choices}",
        "ko": "이 채널에는 일정이 여러 개 있어요. 어느 것인가요? {choices}",
    },
    "schedule_late": {
        "en": "_This was due on {when}; I could not post it then._",
        "ko": "_{when}에 올릴 그래프였는데, 그때 올리지 못했어요._",
    },
    "schedule_problem": {
        "en": "I have paused the schedule of {channel} ({what}): {why}. Once that is put right:"
        " `/emotion-schedule resume` there.",
        "ko": "{channel} 일정({what})을 멈췄어요. {why}. 해결되면 그 채널에서 `/emotion-schedule 재개`를 써 주세요.",
    },
    "schedule_why_gone": {
        "en": "I am not in that channel any more",
        "ko": "제가 이제 그 채널에 없어요",
    },
    "schedule_why_archived": {"en": "the channel is archived", "ko": "보관된 채널이에요"},
    "schedule_why_restricted": {
        "en": "I am not allowed to post in that channel",
        "ko": "그 채널에 글을 올릴 권한이 없어요",
    },
    # Somebody's own diary
    "schedule_showing_diary": {
        "en": "a page with your week, month and year",
        "ko": "한 주와 한 달과 한 해를 담은 한 장",
    },
    "diary_set": {
        "en": "I will send your diary to our direct messages {what}\n`/emotion-schedule me off` ends it.",
        "ko": "다이렉트 메시지로 일기를 보내 드릴게요. {what}\n그만 받고 싶으시면 `/emotion-schedule 나 끄기`라고 써"
        " 주세요.",
    },
    "diary_standing": {
        "en": "Your diary comes to our direct messages {what}\n`/emotion-schedule me off` ends it.",
        "ko": "다이렉트 메시지로 일기를 보내 드리고 있어요. {what}\n그만 받고 싶으시면 `/emotion-schedule 나 끄기`라고"
        " 써 주세요.",
    },
    "diary_none": {
        "en": "Your diary does not come by itself. `/emotion-schedule me on` sends it to our direct messages every"
        " Friday at 17:00, `/emotion-schedule me weekly sun 20:00` at another time. `/emotion-graph me diary` draws it"
        " now.",
        "ko": "지금은 일기를 정해진 때에 보내 드리지 않아요. `/emotion-schedule 나 켜기` 하시면 매주 금요일 17:00에"
        " 다이렉트 메시지로 보내 드리고, 다른 때가 좋으시면 `/emotion-schedule 나 매주 일 20:00`처럼 써 주세요."
        " `/emotion-graph 나 일기` 하시면 바로 그려 드려요.",
    },
    "diary_ended": {
        "en": "Your diary does not come by itself any more. `/emotion-graph me diary` draws it whenever you like.",
        "ko": "이제 일기를 정해진 때에 보내 드리지 않아요. 보고 싶으실 때 `/emotion-graph 나 일기`라고 써 주세요.",
    },
    "diary_home": {
        "en": "Your diary comes {what} (next: {next}).",
        "ko": "{what}에 일기를 보내 드려요(다음 차례: {next}).",
    },
    "diary_waits": {
        "en": "Your diary ({what}) waits until you agree again.",
        "ko": "다시 동의해 주실 때까지 일기({what})를 보내지 않고 있어요.",
    },
    "diary_offer": {
        "en": "Your diary, a page with your week, month and year, can come to our direct messages by itself.",
        "ko": "한 주와 한 달과 한 해를 한 장에 담은 일기를 다이렉트 메시지로 받아 보실 수 있어요.",
    },
    "diary_late": {
        "en": "_This was due on {when}; I could not send it then._",
        "ko": "_{when}에 보내 드릴 일기였는데, 그때 보내지 못했어요._",
    },
    "diary_problem": {
        "en": "I have stopped sending your diary ({what}): Slack did not let me write to you."
        " `/emotion-schedule me on` begins it anew.",
        "ko": "Slack에서 다이렉트 메시지를 받아 주지 않아 일기({what})를 멈췄어요. `/emotion-schedule 나 켜기` 하시면"
        " 다시 보내 드려요.",
    },
    "diary_button_fridays": {"en": "Every Friday", "ko": "금요일마다 받기"},
    "diary_button_on": {"en": "Send me my diary every Friday", "ko": "금요일마다 일기 받기"},
    "diary_button_off": {"en": "Stop", "ko": "그만 받기"},
    # The dialog
    "schedule_title": {"en": "A picture on time", "ko": "그래프 일정"},
    "schedule_save": {"en": "Set", "ko": "정하기"},
    "schedule_intro": {
        "en": "I will post this channel's picture for everybody in it. A schedule that repeats in the same way is"
        " replaced.",
        "ko": "이 채널의 그래프를 모두가 볼 수 있게 올려 드려요. 반복 방식이 같은 일정이 있으면 새것으로 바뀌어요.",
    },
    "schedule_ask_kind": {"en": "How often", "ko": "반복"},
    "schedule_kind_daily": {"en": "Every day", "ko": "매일"},
    "schedule_kind_weekdays": {"en": "Monday to Friday", "ko": "평일(월~금)"},
    "schedule_kind_weekly": {"en": "Every week", "ko": "매주"},
    "schedule_kind_monthly": {"en": "Every month", "ko": "매월"},
    "schedule_ask_weekday": {"en": "Day of the week", "ko": "요일"},
    "schedule_hint_weekday": {"en": "Only for every week", "ko": "매주일 때만 골라 주세요"},
    "schedule_ask_month_day": {"en": "Day of the month", "ko": "날짜"},
    "schedule_hint_month_day": {
        "en": "Only for every month. In a shorter month it is the last day.",
        "ko": "매월일 때만 골라 주세요. 그 날짜가 없는 달에는 마지막 날에 올려요.",
    },
    "schedule_month_day": {"en": "{day}", "ko": "{day}일"},
    "schedule_ask_time": {"en": "Time", "ko": "시각"},
    "schedule_ask_zone": {"en": "Time zone", "ko": "시간대"},
    "schedule_hint_zone": {"en": "Such as Asia/Seoul or Europe/Paris", "ko": "Asia/Seoul, Europe/Paris처럼 써 주세요"},
    "schedule_ask_picture": {"en": "Which picture", "ko": "그래프"},
    "schedule_picture_trend": {"en": "Feelings over time", "ko": "감정의 추이"},
    "schedule_picture_valence": {"en": "The mood as a line", "ko": "기분의 흐름"},
    "schedule_picture_mix": {"en": "The last 7 days beside the 7 before", "ko": "최근 7일과 그 전 7일 비교"},
    "schedule_picture_year": {"en": "The year, day by day", "ko": "한 해의 달력"},
    "schedule_ask_days": {"en": "What it shows", "ko": "기간"},
    "schedule_hint_days": {
        "en": "Only for feelings over time and the mood; the others have a stretch of their own",
        "ko": "감정의 추이와 기분의 흐름에서만 쓰여요. 다른 그래프는 기간이 정해져 있어요",
    },
    "schedule_days": {"en": "The last {days} days", "ko": "최근 {days}일"},
    "schedule_wrong_kind": {"en": "Please choose one of these.", "ko": "이 가운데 하나를 골라 주세요."},
    "schedule_wrong_weekday": {"en": "Please choose a day for every week.", "ko": "매주 올릴 요일을 골라 주세요."},
    "schedule_wrong_month_day": {"en": "Please choose a day for every month.", "ko": "매월 올릴 날짜를 골라 주세요."},
    "schedule_wrong_time": {
        "en": "Please choose a time from 00:00 to 23:59.",
        "ko": "00:00부터 23:59까지 골라 주세요.",
    },
    "schedule_wrong_zone": {
        "en": "I do not know that time zone. Please write it like Asia/Seoul or Europe/Paris.",
        "ko": "모르는 시간대예요. Asia/Seoul, Europe/Paris처럼 써 주세요.",
    },
    # Buttons
    "schedule_button_post": {"en": "Post now", "ko": "지금 올리기"},
    "schedule_button_pause": {"en": "Pause", "ko": "멈추기"},
    "schedule_button_resume": {"en": "Resume", "ko": "다시 시작"},
    "schedule_button_remove": {"en": "Remove", "ko": "지우기"},
}
