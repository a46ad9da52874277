"""What is said around pictures, in both languages."""

from collections.abc import Mapping
from typing import Final

from bot.messages import Locale

SAID: Final[Mapping[str, Mapping[Locale, str]]] = {
    "graph_usage": {
        "en": "`/emotion-graph me 7d` or `/emotion-graph here valence 30d dark`. Of whom: `me`, `here`. What: `trend`,"
        " `valence`, `mix`, `year`; of yourself also `week`, `diary`. How long: `7d`, `30d`, `90d`. Ground: `light`,"
        " `dark`.",
        "ko": "`/emotion-graph 나 7일`, `/emotion-graph 여기 기분 30일 어둡게`. 누구의 그래프: `나`, `여기`. 무엇을:"
        " `추이`, `기분`, `비교`, `한해`, 내 그래프는 `요일`, `일기`도 있어요. 기간: `7일`, `30일`, `90일`."
        " 바탕: `밝게`, `어둡게`.",
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
    "button_share": {"en": "Share in this channel", "ko": "채널에 공유하기"},
    "button_table": {"en": "As a table (CSV)", "ko": "표로 받기(CSV)"},
    "table_comment": {
        "en": "*{title}* as a table, for a spreadsheet. Only you can see this file.",
        "ko": "*{title}*, 표로 보내 드려요. 스프레드시트에서 열 수 있고, 이 파일은 본인만 볼 수 있어요.",
    },
    "table_sent": {
        "en": "I sent the table to our direct messages; only you can see it.",
        "ko": "표를 다이렉트 메시지로 보냈어요. 본인만 볼 수 있어요.",
    },
}
