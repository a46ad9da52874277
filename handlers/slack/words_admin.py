"""What the door says to administrators, by `/emotion-admin` and in its dialogs."""

from collections.abc import Mapping
from typing import Final

from bot.messages import Locale

SAID: Final[Mapping[str, Mapping[Locale, str]]] = {
    "admin_usage": {
        "en": "`/emotion-admin` · `/emotion-admin delete @somebody` · `/emotion-admin audit`",
        "ko": "`/emotion-admin` · `/emotion-admin 삭제 @이름` · `/emotion-admin 감사`",
    },
    "admin_help": {
        "en": "*For administrators*\n"
        "`/emotion-admin` – the rules of this workspace: how long readings are kept, how many people a picture needs,"
        " where I may read, who may schedule pictures\n"
        "`/emotion-admin delete @somebody` – delete everything stored about a person, after a question. For somebody"
        " who has left, use the member ID\n"
        "`/emotion-admin audit` – what was done with people's data, and by which role\n"
        "Nobody's readings are shown to anybody else, administrators included.",
        "ko": "*관리자용*\n"
        "`/emotion-admin` – 워크스페이스의 규칙: 보관 기간, 그래프에 필요한 인원, 읽을 수 있는 채널, 일정을 정할 수"
        " 있는 사람\n"
        "`/emotion-admin 삭제 @이름` – 한 번 더 여쭤본 뒤 그분에 대해 저장된 것을 모두 지워요. 나가신 분은 멤버 ID를"
        " 써 주세요\n"
        "`/emotion-admin 감사` – 개인 정보에 무슨 일이 있었는지, 어떤 역할이 했는지\n"
        "감정의 내용은 관리자를 포함해 다른 누구에게도 보이지 않아요.",
    },
    "admin_not_allowed": {
        "en": "Only workspace administrators and owners can do that. You can delete your own data: `/emotion delete`.",
        "ko": "워크스페이스 관리자와 소유자만 할 수 있어요. 내 정보는 `/emotion 삭제`로 지우실 수 있어요.",
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
    # Deleting a person
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
    "admin_person": {"en": "Person", "ko": "사람"},
    "admin_member": {"en": "Or their member ID", "ko": "또는 멤버 ID"},
    "admin_member_hint": {
        "en": "For somebody who has left and cannot be picked, such as U012AB3CD.",
        "ko": "나가셔서 고를 수 없는 분은 U012AB3CD 같은 멤버 ID를 써 주세요.",
    },
    "admin_nobody_named": {
        "en": "Pick a person, or type a member ID below.",
        "ko": "사람을 고르시거나 아래에 멤버 ID를 써 주세요.",
    },
    "admin_two_named": {
        "en": "That is another person than the one picked above. Please name one.",
        "ko": "위에서 고르신 분과 다른 분이에요. 한 분만 정해 주세요.",
    },
    "admin_no_id": {
        "en": "That is no member ID. It begins with U or W, followed by capitals and digits.",
        "ko": "멤버 ID가 아니에요. U나 W로 시작하고 대문자와 숫자가 이어져요.",
    },
    "admin_unknown_id": {
        "en": "Slack knows nobody with this member ID.",
        "ko": "Slack에서 이 멤버 ID를 가진 분을 찾지 못했어요.",
    },
    "admin_nothing_named": {
        "en": "Nothing is stored about this person, so there is nothing to delete.",
        "ko": "이분에 대해 저장된 것이 없어서 지울 것이 없어요.",
    },
    # The rules of the workspace
    "admin_rules_title": {"en": "Maeum: the rules", "ko": "마음: 워크스페이스 규칙"},
    "admin_rules_note": {
        "en": "These rules hold for the whole workspace, and each change stays in the audit log. Nobody's readings are"
        " shown to you, here or anywhere.",
        "ko": "이 규칙은 워크스페이스 전체에 적용되고, 바꾸실 때마다 감사 로그에 남아요. 다른 분의 감정은 여기를 포함해"
        " 어디에서도 보이지 않아요.",
    },
    "admin_retention": {"en": "Days for which readings are kept", "ko": "읽은 감정을 보관하는 일수"},
    "admin_retention_hint": {
        "en": "1 to 3650. What is older than a shorter time is deleted at once; of a longer one channels are told.",
        "ko": "1에서 3650까지. 줄이시면 그보다 오래된 것은 바로 지워지고, 늘리시면 채널에 알려요.",
    },
    "admin_people": {"en": "People that a channel's picture needs", "ko": "채널 그래프에 필요한 인원"},
    "admin_people_hint": {
        "en": "3 at least. The more people, the less can be guessed about one.",
        "ko": "3명 이상이어야 해요. 많을수록 한 사람에 대해 짐작하기 어려워요.",
    },
    "admin_where": {"en": "Where I may read", "ko": "읽을 수 있는 곳"},
    "admin_where_all": {"en": "All channels that I am in", "ko": "제가 있는 모든 채널"},
    "admin_where_only": {"en": "Only the channels below", "ko": "아래 채널에서만"},
    "admin_channels": {"en": "These channels", "ko": "이 채널들"},
    "admin_channels_hint": {
        "en": "I read only people who turned it on for themselves, here too. Direct messages with me are not barred.",
        "ko": "여기서도 직접 켜신 분의 글만 읽어요. 저와의 다이렉트 메시지는 막히지 않아요.",
    },
    "admin_no_channel": {
        "en": "Choose at least one channel, or all channels above.",
        "ko": "채널을 하나 이상 고르시거나, 위에서 모든 채널을 골라 주세요.",
    },
    "admin_which_channels": {
        "en": "You chose channels below: choose here that I may read only there, or take them out again.",
        "ko": "아래에서 채널을 고르셨어요. 그 채널에서만 읽게 하시려면 여기도 바꿔 주시고, 아니면 채널을 빼 주세요.",
    },
    "admin_scheduling": {"en": "Who may schedule pictures", "ko": "그래프 일정을 정할 수 있는 사람"},
    "admin_who_creators": {
        "en": "The channel's creator and administrators",
        "ko": "채널을 만드신 분과 관리자",
    },
    "admin_who_administrators": {"en": "Administrators", "ko": "관리자"},
    "admin_who_members": {"en": "Everybody in the channel", "ko": "채널에 있는 모든 분"},
    "admin_everywhere": {"en": "all channels that I am in", "ko": "제가 있는 모든 채널"},
    "admin_set_retention": {"en": "Readings are kept for {days}.", "ko": "읽은 감정을 {days} 동안 보관해요."},
    "admin_set_people": {
        "en": "A channel's picture needs {people} people.",
        "ko": "채널 그래프는 {people}명부터 그려요.",
    },
    "admin_set_channels": {"en": "I may read in: {channels}", "ko": "읽을 수 있는 곳: {channels}"},
    "admin_set_scheduling": {
        "en": "Pictures may be scheduled by: {who}",
        "ko": "그래프 일정을 정할 수 있는 사람: {who}",
    },
    "admin_unchanged": {"en": "The rules stay as they are.", "ko": "규칙은 그대로예요."},
    "admin_late": {
        "en": "That took too long, and I do not know whether it was done. Please open `/emotion-admin` again and look.",
        "ko": "시간이 너무 오래 걸려서 처리됐는지 알 수 없어요. `/emotion-admin`을 다시 열어 확인해 주세요.",
    },
    "schedule_administrators": {
        "en": "Only workspace administrators can set schedules here.",
        "ko": "이 워크스페이스에서는 관리자만 일정을 정할 수 있어요.",
    },
    "button_next": {"en": "Next", "ko": "다음"},
    "button_save": {"en": "Save", "ko": "저장"},
    "button_back": {"en": "Back", "ko": "뒤로"},
    "button_export": {"en": "Export all of it", "ko": "전체 내보내기"},
    "button_admin_delete": {"en": "Delete a person's data", "ko": "개인 정보 지우기"},
    "button_admin_audit": {"en": "Audit log", "ko": "감사 로그"},
    # The audit log
    "audit_title": {"en": "Audit log", "ko": "감사 로그"},
    "audit_empty": {"en": "Nothing was done yet.", "ko": "아직 아무 일도 없었어요."},
    "audit_note": {
        "en": "The newest entries first, in your time zone. There is no content in the log, and nobody's name. That you"
        " looked is written down too.",
        "ko": "최근 기록부터, 계신 곳의 시간으로 보여 드려요. 로그에는 내용도 이름도 없어요. 보신 것도 기록돼요.",
    },
    "audit_files": {
        "en": "The audit log with {entries} entries, oldest first: as a table (CSV) and as JSON. Times are in UTC.",
        "ko": "감사 로그 {entries}건이에요. 오래된 기록부터 표(CSV)와 JSON으로 담았고, 시간은 UTC예요.",
    },
    "audit_sent": {
        "en": "I sent the audit log to our direct messages.",
        "ko": "감사 로그를 다이렉트 메시지로 보냈어요.",
    },
    "audit_line": {"en": "{time} – {who}: {what}", "ko": "{time} – {who}: {what}"},
    "audit_by:self": {"en": "a person about themselves", "ko": "본인"},
    "audit_by:administrator": {"en": "an administrator", "ko": "관리자"},
    "audit_by:operator": {"en": "whoever runs the bot", "ko": "운영자"},
    "audit_by:member": {"en": "a member", "ko": "멤버"},
    "audit_by:system": {"en": "the bot by itself", "ko": "봇"},
    "audit:erase:self": {
        "en": "deleted everything of theirs ({rows} rows)",
        "ko": "자기 정보를 모두 지움({rows}개 행)",
    },
    "audit:erase:administrator": {"en": "deleted a person ({rows} rows)", "ko": "한 분의 정보를 지움({rows}개 행)"},
    "audit:erase:operator": {"en": "deleted a person ({rows} rows)", "ko": "한 분의 정보를 지움({rows}개 행)"},
    "audit:erase:left": {
        "en": "deleted a person who left the workspace ({rows} rows)",
        "ko": "워크스페이스를 나간 분의 정보를 지움({rows}개 행)",
    },
    "audit:erase:retention": {"en": "deleted a person ({rows} rows)", "ko": "한 분의 정보를 지움({rows}개 행)"},
    "audit:erase:uninstalled": {
        "en": "deleted a workspace that removed the app ({rows} rows)",
        "ko": "앱을 뺀 워크스페이스의 정보를 지움({rows}개 행)",
    },
    "audit:erase:replayed": {
        "en": "repeated a deletion that a backup had brought back ({rows} rows)",
        "ko": "백업으로 되살아난 정보를 다시 지움({rows}개 행)",
    },
    "audit:retain": {"en": "deleted what was past its time ({rows} rows)", "ko": "기한이 지난 것을 지움({rows}개 행)"},
    "audit:refused:erase": {"en": "wanted to delete a person and was refused", "ko": "다른 분의 정보 삭제를 거절당함"},
    "audit:refused:rules": {"en": "wanted to see the rules and was refused", "ko": "규칙을 보려다 거절당함"},
    "audit:refused:audit": {"en": "wanted to see this log and was refused", "ko": "이 로그를 보려다 거절당함"},
    "audit:refused:schedule": {"en": "wanted to schedule pictures and was refused", "ko": "일정을 정하려다 거절당함"},
    "audit:looked:erase": {
        "en": "looked whether something is stored about a person",
        "ko": "한 분에 대해 저장된 것이 있는지 조회함",
    },
    "audit:looked:audit": {"en": "looked at this log", "ko": "이 로그를 봄"},
    "audit:exported:audit": {"en": "exported this log", "ko": "이 로그를 내보냄"},
    "audit:set:retention_days": {
        "en": "set the days for which readings are kept: {to} instead of {from}",
        "ko": "보관 일수를 {from}일에서 {to}일로 바꿈",
    },
    "audit:set:minimum_people": {
        "en": "set the people that a picture needs: {to} instead of {from}",
        "ko": "그래프에 필요한 인원을 {from}명에서 {to}명으로 바꿈",
    },
    "audit:set:reading_channels": {
        "en": "set where I may read: {channels} channels",
        "ko": "읽을 수 있는 곳을 채널 {channels}곳으로 정함",
    },
    "audit:set:reading_channels:all": {
        "en": "set where I may read: all channels",
        "ko": "모든 채널에서 읽을 수 있게 함",
    },
    "audit:set:scheduling:creators": {
        "en": "set who may schedule: the channel's creator and administrators",
        "ko": "일정을 정할 수 있는 사람을 채널을 만드신 분과 관리자로 정함",
    },
    "audit:set:scheduling:administrators": {
        "en": "set who may schedule: administrators",
        "ko": "일정을 정할 수 있는 사람을 관리자로 정함",
    },
    "audit:set:scheduling:members": {
        "en": "set who may schedule: everybody in the channel",
        "ko": "일정을 정할 수 있는 사람을 채널에 있는 모든 분으로 정함",
    },
    "audit:anchor:accepted": {
        "en": "took the log on as it was, after a gap: entry {anchored} was expected, {newest} was the last",
        "ko": "기록이 비어 있는 로그를 그대로 받아들임: 기대한 기록은 {anchored}번, 남은 마지막은 {newest}번",
    },
}
