"""Numbers and short words that several pictures write."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from babel.dates import format_interval, format_skeleton, get_day_names
from babel.numbers import format_decimal

from charts.contrast import Row
from charts.expected import Change
from charts.korean import with_particle
from charts.series import MOST_PERCENT, Unit
from charts.style import Locale

LONGEST_ALT_TEXT: Final = 1000
"""Characters; Slack takes no more."""
EMPTY: Final[dict[Locale, str]] = {"ko": "이 기간에는 보여 드릴 것이 없어요", "en": "nothing to show in this period"}
WEEKS: Final[dict[Locale, tuple[str, str]]] = {"en": ("this week", "last week"), "ko": ("이번 주", "지난주")}
"""What two periods side by side are called, the later one first."""
_SPANS: Final[dict[Locale, dict[bool, tuple[str, str]]]] = {
    "en": {True: ("last 7 days", "the 7 days before"), False: WEEKS["en"]},
    "ko": {True: ("최근 7일", "그 전 7일"), False: WEEKS["ko"]},
}
KOREAN_UNITS: Final[dict[Unit, str]] = {"day": "일", "week": "주"}
"""As they are counted: 7일, 14주."""
_NOON: Final = 12
MINUS: Final = "\N{MINUS SIGN}"


def nothing(locale: Locale) -> str:
    """Where a period is empty, as a sentence."""
    return f"{EMPTY['ko']}." if locale == "ko" else "There is nothing to show in this period."


def number(value: int, locale: Locale) -> str:
    """With the language's separators: 12,345."""
    return str(format_decimal(value, locale=locale))


def signed(value: float, locale: Locale, digits: int = 2) -> str:
    """A valence, always with its sign: +0.18, −0.05; what rounds to nothing has none."""
    places = "0." + "0" * digits
    written = str(format_decimal(abs(value), places, locale=locale))
    if float(f"{abs(value):.{digits}f}") == 0:
        return written
    return ("+" if value > 0 else MINUS) + written


def counted(value: int, one: str, many: str) -> str:
    """In English: 1 message, 2 messages."""
    return f"{number(value, 'en')} {one if value == 1 else many}"


def day_text(day: date, locale: Locale, *, weekday: bool = False, year: bool = False) -> str:
    """A date: "Nov 20", "11월 20일"; with its weekday "Fri, Nov 20", "11월 20일 (금)"; with its year "Nov 20, 2026"."""
    skeleton = ("y" if year else "") + ("MMMEd" if weekday else "MMMd")
    return str(format_skeleton(skeleton, day, locale=locale))


def month_text(day: date, locale: Locale, *, year: bool = False) -> str:
    """A month: "Nov" and "11월", or "Jan 2027" and "2027년 1월"."""
    return str(format_skeleton("yMMM" if year else "MMM", day, locale=locale))


def span_text(first: date, last: date, locale: Locale, *, year: bool = True) -> str:
    """From one date to another: "Nov 14 – 20, 2026", "2026년 11월 14일~20일"."""
    said = str(format_interval(first, last, skeleton="yMMMd" if year else "MMMd", locale=locale))
    return said.replace("\N{THIN SPACE}", " ")


def weekday_text(weekday: int, locale: Locale, *, long: bool = False) -> str:
    """A weekday, 0 is Monday: "Mon" or "Monday", "월" or "월요일"."""
    names = get_day_names("wide" if long else "abbreviated", locale=locale)
    return str(names[weekday])


def hour_text(hour: int, locale: Locale) -> str:
    """An hour of the day: "6 PM", "18시"."""
    return f"{hour}시" if locale == "ko" else f"{hour % 12 or 12} {'AM' if hour < _NOON else 'PM'}"


def feeling(value: float, locale: Locale) -> str:
    """What the scale calls a valence."""
    if abs(value) < 0.1:  # noqa: PLR2004 - the middle step of the scale
        return "in between" if locale == "en" else "중간쯤"
    if locale == "en":
        return "on the pleasant side" if value > 0 else "on the unpleasant side"
    return "즐거운 쪽" if value > 0 else "힘든 쪽"


def comparison(change: Change, locale: Locale, *, full: bool = False) -> str:
    """How the last week compares: short enough to stand in a picture, or in `full`, as a sentence."""
    after, before = _SPANS[locale][change.days]
    size = f"{abs(change.difference):.2f}"
    same = not change.sure
    if locale == "ko":
        begun = with_particle(after, "은", "는")
        if same:
            said = f"{begun} {with_particle(before, '과', '와')} 비슷해요"
        else:
            said = f"{begun} {before}보다 {size} {'높아요' if change.difference > 0 else '낮아요'}"
        return f"{said}." if full else said
    much = f"about like {before}" if same else f"{size} {'above' if change.difference > 0 else 'below'} {before}"
    if not full:
        return f"{after} {much}" if same else f"{after}: {much}"
    return f"The last 7 days were {much}." if change.days else f"This week was {much}."


def joined(sentences: Sequence[str], more: str = "") -> str:
    """An alternative text of at most 1,000 characters: as many whole sentences as fit, and `more` if it fits, too."""
    said = ""
    for one in [*sentences, *([more] if more else [])]:
        longer = f"{said} {one}".strip()
        if len(longer) <= LONGEST_ALT_TEXT:
            said = longer
    return said


def messages(value: int, locale: Locale) -> str:
    """So many: "12 messages", "글 12개"."""
    return f"글 {number(value, 'ko')}개" if locale == "ko" else counted(value, "message", "messages")


def hidden(value: int, minimum: int, locale: Locale, unit: Unit = "day") -> str:
    """How many buckets are not shown, and what one needs."""
    if locale == "ko":
        return (
            f"{value}{KOREAN_UNITS[unit]} 치는 보여 드리지 않아요. 동의한 {minimum}명 이상이 쓰고 한 사람이"
            f" {MOST_PERCENT}%를 넘지 않을 때만 보여 드려요."
        )
    verb = "is" if value == 1 else "are"
    return (
        f"{counted(value, unit, unit + 's')} {verb} not shown: a {unit} needs at least {minimum} people who opted in"
        f" and wrote, nobody with more than {MOST_PERCENT}%."
    )


def points(row: Row, locale: Locale) -> str:
    """A difference in percentage points, with its sign: "+6 pts", "−6%p"."""
    sign = ("+" if row.points > 0 else MINUS) if row.points else ""
    return f"{sign}{abs(row.points)}{'%p' if locale == 'ko' else ' pts'}"
