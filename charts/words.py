"""What a picture says, in words: for those who do not see it, and to stand beside it. From the data alone."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_interval, get_timezone_location
from babel.numbers import format_decimal, format_percent

from charts.korean import with_particle
from charts.phrases import KOREAN_UNITS, day_text, hidden, joined, messages, nothing
from charts.series import Bucket, Series, Unit, shares
from charts.style import Locale
from charts.table import Rows
from emotion.labels import EMOTIONS, NAMES, Emotion

_ROUNDING: Final = 1e-9
_FEWEST_FOR_A_PEAK: Final = 3  # messages: two of two are 100 % and say nothing
_SMALLEST_PEAK: Final = 0.1  # above the share in the whole picture
_UNITS: Final[dict[Unit, tuple[str, str]]] = {"day": ("day", "days"), "week": ("week", "weeks")}


def period_text(series: Series, locale: Locale) -> str:
    """The dates of the whole period: "Nov 14 – 20, 2026", "2026년 11월 14일~20일"."""
    return format_interval(series.start.date(), series.buckets[-1].last_date, skeleton="yMMMd", locale=locale)


def date_text(bucket: Bucket, locale: Locale) -> str:
    """The first date of a bucket: "Nov 20", "11월 20일"."""
    return day_text(bucket.start.date(), locale)


def zone_text(series: Series, locale: Locale) -> str:
    """Whose dates they are, for a viewer who lives by others: "dates of Seoul", "서울 날짜 기준"."""
    place = get_timezone_location(series.timezone, locale=locale, return_city=True)
    return f"{place} 날짜 기준" if locale == "ko" else f"dates of {place}"


def noise_text(*, epsilon: float, spent: float, budget: float, locale: Locale) -> str:
    """That the counts of a channel have noise in them, and what it has cost there. No cost to come where it is 0.

    `budget` is 0 where there is no limit.
    """
    each, used, most = (format_decimal(number, "0.##", locale=locale) for number in (epsilon, spent, budget))
    out_of_it = bool(epsilon and budget) and spent + epsilon > budget + _ROUNDING
    if locale == "ko":
        cost = f"이 채널에서 지금까지 {f'{most} 중 {used}' if budget else used} 사용"
        if not epsilon:
            return f"이 수치 중에는 무작위 잡음이 섞인 것이 있어요(ε, {cost})."
        said = f"수치를 집계할 때 무작위 잡음을 더해요(한 번에 ε = {each}, {cost}). 하루나 한 주가 끝나야 보여 드려요."
        return said + (
            " 한도를 다 써서, 오래된 날이 지워질 때까지 새로운 날은 보여 드리지 않아요." if out_of_it else ""
        )
    cost = f"{f'{used} of {most}' if budget else used} spent in this channel so far"
    if not epsilon:
        return f"Some of these counts have random noise in them (ε: {cost})."
    said = f"Random noise is added to counts when they are published (ε = {each} each time, {cost})."
    said += " A day or week is shown once it is over."
    return said + (
        " Nothing is left to spend, so new days stay hidden until old ones are deleted." if out_of_it else ""
    )


def few_people(minimum: int, locale: Locale) -> str:
    """What is hatched lacks so many people, in the few words that a key has room for."""
    return f"{minimum}명 이상일 때만 보여요" if locale == "ko" else f"needs {minimum} people or more"


def percent(share: float, locale: Locale) -> str:
    """A share in whole percent; one that rounds to nothing and is not nothing says so."""
    if 0 < share < 0.005:  # noqa: PLR2004 - half a percent
        return "<" + str(format_percent(0.01, locale=locale))
    return _percent(round(Decimal(str(share)), 2), locale)


@lru_cache(maxsize=256)
def _percent(share: Decimal, locale: Locale) -> str:
    return str(format_percent(share, "#,##0%", locale=locale))


def facts(series: Series, locale: Locale) -> list[str]:
    """Two to four short sentences: how much, what most, what stood out, what is not shown.

    A series with nothing to show has one or two.
    """
    say = _Korean(series) if locale == "ko" else _English(series)
    if not series.total:
        said = [nothing(locale)]
    else:
        said = [say.amount(), say.ranking(_ranked(series.counts))]
        peak = _peak(series)
        if peak:
            said.append(say.peak(*peak))
    if series.suppressed:
        said.append(hidden(len(series.suppressed), series.minimum_people, locale, series.unit))
    return said


def alt_text(series: Series, locale: Locale) -> str:
    """What the picture shows and says, in at most 1,000 characters."""
    say = _Korean(series) if locale == "ko" else _English(series)
    sentences = [say.kind(), *facts(series, locale)]
    if series.total:
        sentences.append(say.breakdown(_ranked(series.counts)))
    return joined(sentences)


def rows(series: Series) -> Rows:
    """A row a bucket, with its first and last date; what is not shown is empty."""
    made: Rows = [("start", "end", "messages", *(emotion.value for emotion in EMOTIONS), "shown")]
    for bucket in series.buckets:
        dates = (bucket.start.date().isoformat(), bucket.last_date.isoformat())
        if bucket.suppressed:
            made.append((*dates, "", *("" for _ in EMOTIONS), "no"))
        else:
            counts = bucket.counts or {}
            made.append((*dates, bucket.total, *(counts.get(emotion, 0) for emotion in EMOTIONS), "yes"))
    return made


Ranked = list[tuple[Emotion, float]]


def _ranked(counts: Mapping[Emotion, int]) -> Ranked:
    """The emotions that occur and their shares, the most frequent first."""
    return sorted(((e, share) for e, share in shares(counts).items() if share), key=lambda pair: -pair[1])


def _peak(series: Series) -> tuple[Emotion, Bucket] | None:
    """The feeling that rose furthest above its usual share, and when. Neutral is no feeling."""
    usual = shares(series.counts)
    rises = [
        (share - usual[emotion], emotion, bucket)
        for bucket in series.shown
        if bucket.total >= _FEWEST_FOR_A_PEAK
        for emotion, share in shares(bucket.counts or {}).items()
        if emotion is not Emotion.NEUTRAL
    ]
    rise, emotion, bucket = max(rises, key=lambda entry: entry[0], default=(0.0, Emotion.NEUTRAL, series.buckets[0]))
    return (emotion, bucket) if rise >= _SMALLEST_PEAK else None


class _English:
    """The sentences in English."""

    def __init__(self, series: Series) -> None:
        self.series = series

    def kind(self) -> str:
        dates = period_text(self.series, "en")
        return f"Stacked bars with the share of each emotion, one bar a {self.series.unit}, {dates}."

    def amount(self) -> str:
        said = messages(self.series.total, "en")
        one, many = _UNITS[self.series.unit]
        whole = len(self.series.buckets)
        if whole == 1:
            return f"{said} on one {one}."
        shown = len(self.series.shown)
        return f"{said} in {whole} {many}." if shown == whole else f"{said} in {shown} of {whole} {many}."

    def ranking(self, ranked: Ranked) -> str:
        leaders = _leaders(ranked)
        names = [NAMES["en"][emotion] for emotion in leaders]
        share = percent(ranked[0][1], "en")
        if len(ranked) == 1:
            return f"All of it reads as {names[0]}."
        if len(names) > 1:
            return f"{', '.join(names[:-1]).capitalize()} and {names[-1]} lead with {share} each."
        return f"{names[0].capitalize()} leads with {share}, followed by {self._share(*ranked[1])}."

    def peak(self, emotion: Emotion, bucket: Bucket) -> str:
        share = percent((bucket.shares or {})[emotion], "en")
        when = f"on {date_text(bucket, 'en')}"
        if self.series.unit == "week":
            when = f"in the week from {date_text(bucket, 'en')}"
        name = NAMES["en"][emotion].capitalize()
        return f"{name} stands out {when}: {share} of {messages(bucket.total, 'en')}."

    def breakdown(self, ranked: Ranked) -> str:
        return "Overall: " + ", ".join(self._share(*pair) for pair in ranked) + "."

    def _share(self, emotion: Emotion, share: float) -> str:
        return f"{NAMES['en'][emotion]} {percent(share, 'en')}"


class _Korean:
    """The sentences in Korean."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.unit = KOREAN_UNITS[series.unit]

    def kind(self) -> str:
        dates = period_text(self.series, "ko")
        each = "하루" if self.series.unit == "day" else "한 주"
        return f"{dates}의 감정 비율을 {each}에 막대 하나씩 쌓아 나타낸 그래프예요."

    def amount(self) -> str:
        said = messages(self.series.total, "ko")
        whole, shown = len(self.series.buckets), len(self.series.shown)
        if whole == 1:
            return f"{'하루' if self.series.unit == 'day' else '한 주'} 동안 {said}를 읽었어요."
        if shown == whole:
            return f"{whole}{self.unit} 동안 {said}를 읽었어요."
        return f"{whole}{self.unit} 중 {shown}{self.unit}에 걸쳐 {said}를 읽었어요."

    def ranking(self, ranked: Ranked) -> str:
        names = [NAMES["ko"][emotion] for emotion in _leaders(ranked)]
        share = percent(ranked[0][1], "ko")
        if len(ranked) == 1:
            return f"모두 {with_particle(names[0], '이었어요', '였어요')}."
        if len(names) > 1:
            together = f"{with_particle(', '.join(names[:-1]), '과', '와')} {with_particle(names[-1], '이', '가')}"
            return f"{together} 각각 {share}로 가장 많았어요."
        second, second_share = ranked[1]
        return (
            f"{with_particle(names[0], '이', '가')} {share}로 가장 많았고, 다음은 {NAMES['ko'][second]}"
            f" {percent(second_share, 'ko')}예요."
        )

    def peak(self, emotion: Emotion, bucket: Bucket) -> str:
        share = percent((bucket.shares or {})[emotion], "ko")
        when = f"{date_text(bucket, 'ko')}에"
        if self.series.unit == "week":
            when = f"{date_text(bucket, 'ko')}부터 한 주 동안"
        total = messages(bucket.total, "ko")
        return f"{with_particle(NAMES['ko'][emotion], '은', '는')} {when} 두드러졌어요({total} 중 {share})."

    def breakdown(self, ranked: Ranked) -> str:
        return "전체로 보면 " + ", ".join(f"{NAMES['ko'][e]} {percent(share, 'ko')}" for e, share in ranked) + "예요."


def _leaders(ranked: Ranked) -> list[Emotion]:
    return [emotion for emotion, share in ranked if share == ranked[0][1]]
