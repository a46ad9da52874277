"""What the door says to the person about their own consent and data, at Home and by `/emotion`.

The notice and what stands under "What is read?" are what people agree to: whoever changes them counts
`bot.notice.NOTICE_VERSION` up.
"""

from collections.abc import Mapping
from typing import Final

from bot.messages import Locale

SAID: Final[Mapping[str, Mapping[Locale, str]]] = {
    # What people agree to
    "notice": {
        "en": "*Hello, I am Maeum.* I read the feeling in messages, but only of people who turn that on for"
        " themselves.\n"
        "• *What:* what they write in channels I am in and to me directly. Never voice, pictures, or how somebody"
        " types.\n"
        "• *By what:* a model on the team's own machine. It can be wrong.\n"
        "• *Where and for how long:* numbers under a pseudonym, never the text, in the team's own database, for"
        " {days}.\n"
        "• *Who sees it:* the person alone. Administrators see nobody's feelings; a channel's picture needs at least"
        " {people} people.\n"
        "• *How to refuse:* do nothing. Who turned it on can turn it off, pause it, and take along or delete what is"
        " stored at any time: here, with `/emotion`, or in my Home tab.\n"
        "Mention me and I answer either way.",
        "ko": "*안녕하세요, 마음이에요.* 글에서 감정을 읽어요. 다만 직접 켜신 분의 글만 읽어요.\n"
        "• *무엇을:* 제가 있는 채널과 저와의 다이렉트 메시지에 쓰신 글이에요. 목소리, 사진, 타자 습관은 절대 보지"
        " 않아요.\n"
        "• *무엇으로:* 팀의 기기에서 도는 모델로 읽어요. 틀릴 수 있어요.\n"
        "• *어디에, 얼마 동안:* 글은 저장하지 않고, 숫자만 가명으로 팀의 데이터베이스에 {days} 동안 보관해요.\n"
        "• *누가 보나요:* 본인만 봐요. 관리자도 다른 사람의 감정은 볼 수 없고, 채널 그래프는 {people}명 이상일 때만"
        " 그려요.\n"
        "• *원하지 않으시면:* 아무것도 하지 않으셔도 돼요. 켜신 뒤에도 언제든 여기나 `/emotion`, 제 홈 탭에서 끄고,"
        " 멈추고, 내보내고, 지우실 수 있어요.\n"
        "켜지 않아도 저를 부르시면 답해 드려요.",
    },
    "notice_text": {
        "en": "Maeum is here. Nobody is read unless they turn it on.",
        "ko": "마음이 들어왔어요. 직접 켜신 분의 글만 읽어요.",
    },
    "about": {
        "en": "*What is read*\n"
        "• Only text, and only of people who opted in. Never voice, pictures, or how somebody types.\n"
        "• A model on the team's own machine names the feeling: anger, disgust, fear, joy, neutral, sadness or"
        " surprise, with how sure it is. It can be wrong.\n"
        "• Those numbers are kept for {days} under a pseudonym, in the team's own database. The text is never"
        " stored.\n"
        "• Nobody else sees your readings, administrators included. A channel's picture needs at least {people}"
        " people.\n"
        "• Turning it off, pausing, taking along and deleting what is stored is up to you, at any time.\n"
        "• When you write to me, I answer. Where a model service is set up, what you wrote to me goes there for the"
        " answer, and with it the last messages of the same thread, those of other people in it included.",
        "ko": "*무엇을 읽나요*\n"
        "• 동의하신 분의 글만 읽어요. 목소리, 사진, 타자 습관은 절대 보지 않아요.\n"
        "• 팀의 기기에서 도는 모델이 분노, 혐오, 두려움, 기쁨, 중립, 슬픔, 놀람 가운데 어떤 감정인지, 얼마나 확실한지"
        " 가늠해요. 틀릴 수 있어요.\n"
        "• 그 숫자만 가명으로 팀의 데이터베이스에 {days} 동안 보관해요. 글은 저장하지 않아요.\n"
        "• 내 감정은 관리자를 포함해 다른 누구에게도 보이지 않아요. 채널 그래프는 {people}명 이상일 때만 그려요.\n"
        "• 끄고, 멈추고, 내보내고, 지우는 것은 언제든 본인이 정하실 수 있어요.\n"
        "• 말을 거시면 답해 드려요. 모델 서비스가 연결되어 있으면 답을 쓰려고 저에게 하신 말씀을 그곳에 보내요. 같은"
        " 스레드의 최근 메시지도 함께 보내는데, 다른 분이 쓰신 글도 들어가요.",
    },
    "again": {
        "en": "*The notice of what I read has changed.* You turned me on under an earlier one, so I read nothing of"
        " yours until you agree again.",
        "ko": "*무엇을 읽는지에 대한 안내가 바뀌었어요.* 예전 안내에 동의하고 켜셨으니, 다시 동의해 주실 때까지"
        " 아무것도 읽지 않아요.",
    },
    # The state
    "status_paused": {
        "en": "*Paused* until {until}: I do not read what you write until then, and never make up for it.",
        "ko": "{until}까지 *멈춰* 있어요. 그동안 쓰시는 글은 나중에도 읽지 않아요.",
    },
    "status_outdated": {
        "en": "*Off* until you agree again: the notice of what I read has changed since you turned me on.",
        "ko": "다시 동의해 주실 때까지 *꺼져* 있어요. 켜신 뒤에 무엇을 읽는지에 대한 안내가 바뀌었어요.",
    },
    "paused": {
        "en": "I pause until {until}. What you write until then is never read, not even later. `/emotion on` ends the"
        " pause at once.",
        "ko": "{until}까지 멈출게요. 그동안 쓰시는 글은 나중에도 읽지 않아요. `/emotion 켜기` 하시면 바로 다시 읽어요.",
    },
    "pause_nothing": {
        "en": "I do not read what you write anyway, so there is nothing to pause.",
        "ko": "지금은 쓰시는 글을 읽지 않고 있어서 멈출 것이 없어요.",
    },
    "emotion_usage": {
        "en": "`/emotion pause day` or `/emotion pause week`",
        "ko": "`/emotion 멈춤 하루` 또는 `/emotion 멈춤 일주일`",
    },
    "button_resume": {"en": "Resume now", "ko": "지금 다시 켜기"},
    "button_agree": {"en": "Agree and turn on", "ko": "동의하고 켜기"},
    "button_pause_day": {"en": "Pause for a day", "ko": "하루 멈추기"},
    "button_pause_week": {"en": "Pause for a week", "ko": "일주일 멈추기"},
    # One's own week
    "week": {
        "en": "*My week* · {messages} read in the last 7 days",
        "ko": "*나의 일주일* · 최근 7일 동안 읽은 {messages}",
    },
    "message": {"en": "1 message", "ko": "글 1건"},
    "messages": {"en": "{count} messages", "ko": "글 {count}건"},
    # Acts of consent
    "receipts": {"en": "*What you decided*", "ko": "*지금까지의 선택*"},
    "receipt:on": {
        "en": "{time}: turned on {by}, under notice {version}",
        "ko": "{time}: {by} 켜셨어요(안내 {version}번)",
    },
    "receipt:off": {"en": "{time}: turned off {by}", "ko": "{time}: {by} 끄셨어요"},
    "receipt:pause": {"en": "{time}: paused until {until} {by}", "ko": "{time}: {by} {until}까지 멈추셨어요"},
    "receipt:kept": {
        "en": "{time}: turned on {by}, under notice {version} (before such a record was kept)",
        "ko": "{time}: {by} 켜셨어요(안내 {version}번, 이 기록이 생기기 전)",
    },
    "receipts_more": {
        "en": "{count} earlier; your export has them all",
        "ko": "그 전에 {count}번 더 있어요. 내보내시면 모두 들어 있어요",
    },
    "by:command": {"en": "by command", "ko": "명령어로"},
    "by:button": {"en": "with a button", "ko": "버튼으로"},
    "by:home": {"en": "in the Home tab", "ko": "홈 탭에서"},
    "by:terminal": {"en": "in a terminal", "ko": "터미널에서"},
    "by:elsewhere": {"en": "elsewhere", "ko": "다른 곳에서"},
    # The export
    "button_export_mine": {"en": "Export my data", "ko": "내 정보 내보내기"},
    "export_sent": {
        "en": "I sent everything that is stored about you to our direct messages, in two files. Only you can see them.",
        "ko": "저장된 내 정보를 파일 두 개로 다이렉트 메시지에 보냈어요. 본인만 볼 수 있어요.",
    },
    "export_files": {
        "en": "Everything that is stored about you, as of {time}: all of it as JSON, and your readings as a table for"
        " a spreadsheet (CSV). Only you can see these files; they are deleted with your data.",
        "ko": "{time} 기준으로 저장된 내 정보예요. JSON 파일에는 모두, CSV 파일에는 읽은 감정이 표로 들어 있어요. 이"
        " 파일은 본인만 볼 수 있고, 내 정보를 지우시면 함께 지워져요.",
    },
    # Deleting
    "delete_title": {"en": "Delete everything?", "ko": "모두 지울까요?"},
    "delete_question": {
        "en": "Everything stored about you is deleted, your consent included, and cannot be brought back:",
        "ko": "저장된 내 정보가 동의 기록까지 모두 지워지고, 되돌릴 수 없어요.",
    },
    "delete_note": {
        "en": "To keep a copy first, close this and use “Export my data”. That something was deleted stays in the"
        " audit log, without you and without content; so that no backup brings you back, a file beside the key keeps a"
        " pseudonym.",
        "ko": "먼저 받아 두고 싶으시면 이 창을 닫고 ‘내 정보 내보내기’를 눌러 주세요. 지웠다는 사실만 누구인지와 내용"
        " 없이 감사 로그에 남고, 백업을 되돌려도 다시 지울 수 있도록 키 옆의 파일에 가명이 남아요.",
    },
    # What is stored, by table
    "table:consent_receipts": {"en": "records of when you decided what", "ko": "언제 무엇을 정했는지의 기록"},
    "table:sent_files": {"en": "files and messages sent to one person alone", "ko": "한 사람에게만 보낸 파일과 메시지"},
    "table:cell_people": {"en": "shares in channels' pictures", "ko": "채널 그래프에 들어간 몫"},
}
