"""What a person's page says, in words and as rows. From the data alone."""

from typing import Final

from charts import tell_mix, tell_valence
from charts.moments import total, valence
from charts.phrases import comparison, day_text, joined, messages, nothing, signed
from charts.style import Locale
from charts.summary import Strong, Summary
from charts.table import Rows
from emotion.labels import EMOTIONS, NAMES

HEADINGS: Final[dict[Locale, dict[str, str]]] = {
    "en": {
        "line": "Mood, last 30 days",
        "mix": "Last 7 days and the 7 before",
        "week": "My week by the hour, last 12 weeks",
        "strong": "Days that stood out",
        "year": "My year",
    },
    "ko": {
        "line": "최근 30일의 기분",
        "mix": "최근 7일과 그 전 7일",
        "week": "최근 12주의 시간대별 리듬",
        "strong": "기억에 남을 날",
        "year": "나의 한 해",
    },
}
"""What the parts of the page are called."""
SPANS: Final[dict[Locale, tuple[str, str]]] = {"en": ("last 7 days", "7 days before"), "ko": ("최근 7일", "그 전 7일")}
_WHY: Final[dict[Locale, dict[str, str]]] = {
    "en": {"best": "Most pleasant:", "worst": "Hardest:", "busiest": "Busiest:"},
    "ko": {"best": "가장 즐거운 날", "worst": "가장 힘든 날", "busiest": "글이 가장 많은 날"},
}


def changes(of: Summary, locale: Locale) -> list[str]:
    """One to three sentences: what changed since the week before, in the mean, in the mix, and all at once."""
    said = []
    if of.curve.change:
        said.append(comparison(of.curve.change, locale, full=True))
    if of.mix.comparable:
        said.append(tell_mix.largest_said(of.mix, locale))
    if of.curve.shift:
        said.append(tell_valence.shift_said(of.curve, of.curve.shift, locale))
    if said:
        return said
    if not total_of_year(of):
        return ["There is nothing to show yet." if locale == "en" else "아직 보여 드릴 것이 없어요."]
    return ["There is nothing yet to compare this week with." if locale == "en" else "아직 비교할 지난 글이 없어요."]


def total_of_year(of: Summary) -> int:
    """All messages of the page."""
    return sum(total(counts) for counts in of.year.days.values())


def stood_out(one: Strong, locale: Locale) -> tuple[str, str, str]:
    """Why, when, and what it was like: its valence, how much was written, what was felt most."""
    most = max(one.counts.values())
    names = [NAMES[locale][emotion] for emotion in EMOTIONS if one.counts.get(emotion, 0) == most]
    what = f"{signed(valence(one.counts), locale)} · {messages(total(one.counts), locale)}"
    felt = f" · {names[0]}" if len(names) == 1 else ""
    return _WHY[locale][one.why], day_text(one.day, locale, weekday=True), what + felt


def facts(of: Summary, locale: Locale) -> list[str]:
    """Two to four sentences: what changed, and the day that stood out most. Without messages, one."""
    said = changes(of, locale)
    if of.strong:
        why, when, what = stood_out(of.strong[0], locale)
        said.append(f"{why} {when} ({what})." if locale == "en" else f"{why}: {when}({what}).")
    elif total_of_year(of):
        whole = messages(total_of_year(of), locale)
        said.append(f"{whole} in the last year." if locale == "en" else f"지난 한 해 동안 {whole}를 썼어요.")
    return said


def alt_text(of: Summary, locale: Locale) -> str:
    """What the page shows and says; at most 1,000 characters."""
    day = day_text(of.last, locale)
    if locale == "en":
        kind = (
            f"A page about one's own mood up to {day}: a line, shares of feelings, the week by the hour and the year."
        )
    else:
        kind = f"{day}까지의 내 기분을 모은 한 장이에요. 선 그래프, 감정 비율, 시간대별 한 주, 한 해의 달력이 있어요."
    parts = [
        *facts(of, locale),
        *tell_valence.facts(of.curve, locale)[:1],
        *tell_mix.facts(of.mix, locale, SPANS[locale]),
    ]
    kept = list(dict.fromkeys(part for part in parts if part != nothing(locale)))
    return joined([kind, *kept])


def rows(of: Summary) -> Rows:
    """The days of the line, as `charts.tell_valence` writes them."""
    return tell_valence.rows(of.curve)
