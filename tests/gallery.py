"""Every picture in both languages and themes, from a made-up history: `python -m tests.gallery FOLDER`.

Writes the PNGs and an index.html with their alternative texts and facts. `python -m tests.gallery --baseline` writes
the small pictures in `tests/charts/baseline` anew, which tests compare with; look at them before you keep them.
"""

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure
from PIL import Image

from charts import tell_diary, tell_mix, tell_valence, tell_week, tell_year, words
from charts.diary import diary
from charts.expected import curve
from charts.mix import mix
from charts.moments import DAY, WEEKDAYS, YEAR_WEEKS, Counts, Year, added, by_day, year_of
from charts.mood import mood
from charts.phrases import span_text
from charts.render import png
from charts.series import Point, Series, each_cell, monday
from charts.style import LIGHT, THEMES, Locale, Theme
from charts.summary import DAYS, RHYTHM_DAYS, summary
from charts.valence import valence
from charts.week import week
from charts.year import year
from tests.charts.factories import NOW, SEOUL, TODAY, Counted
from tests.charts.factories import channel as channel_of
from tests.charts.samples import history

if TYPE_CHECKING:
    from datetime import date

BASELINE: Final = Path(__file__).parent / "charts" / "baseline"
COMPARED: Final[tuple[tuple[str, Locale, str], ...]] = (
    ("trend", "en", "light"), ("valence", "ko", "light"), ("week", "en", "dark"), ("year", "ko", "light"),
    ("mix", "en", "dark"), ("year-channel", "ko", "dark"),
)  # fmt: skip
"""The pictures that tests compare with what was kept."""
_LOCALES: Final[tuple[Locale, ...]] = ("en", "ko")
_TITLES: Final[dict[str, dict[Locale, str]]] = {
    "trend": {"en": "Feelings in #general, last 30 days", "ko": "최근 30일 #general의 감정"},
    "trend-own": {"en": "My feelings over the last 30 days", "ko": "최근 30일 동안의 내 감정"},
    "diary": {"en": "My mood diary", "ko": "내 기분 일기"},
    "valence": {"en": "Mood in #general, last 30 days", "ko": "최근 30일 #general의 기분"},
    "valence-own": {"en": "My mood over the last 30 days", "ko": "최근 30일 동안의 내 기분"},
    "week": {"en": "My week by the hour", "ko": "내 한 주의 리듬"},
    "year": {"en": "My year", "ko": "나의 한 해"},
    "year-channel": {"en": "The year of #general", "ko": "#general의 한 해"},
    "mix": {"en": "My last 7 days and the 7 before", "ko": "내 최근 7일과 그 전 7일"},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of the gallery: how it is drawn, and what is said of it in a language."""

    name: str
    draw: Callable[[Locale, Theme], Figure]
    alt_text: Callable[[Locale], str]
    facts: Callable[[Locale], list[str]]


def pictures() -> list[Shown]:
    """All of them, of a year that is always the same."""
    points = history(random.Random(20261120), days=400, now=NOW)  # noqa: S311 - a drawing, not a secret
    of, channel = summary(points, now=NOW, timezone=SEOUL), curve(_channel(points))
    mine, channels = of.curve.series, _channels_year(points)

    def head(name: str, locale: Locale, days: int) -> tuple[str, str]:
        return _TITLES[name][locale], span_text(of.last - (days - 1) * DAY, of.last, locale)

    def shares(name: str, locale: Locale, theme: Theme) -> Figure:
        title, dates = head(name, locale, DAYS)
        chosen = channel.series if name == "trend" else mine
        return mood(chosen, locale=locale, title=title, subtitle=dates, theme=theme)

    def line(name: str, locale: Locale, theme: Theme) -> Figure:
        title, dates = head(name, locale, DAYS)
        chosen = channel if name == "valence" else of.curve
        return valence(chosen, locale=locale, title=title, subtitle=dates, theme=theme)

    def page(locale: Locale, theme: Theme) -> Figure:
        title, dates = head("diary", locale, DAYS)
        return diary(of, locale=locale, title=title, subtitle=dates, theme=theme)

    def hours(locale: Locale, theme: Theme) -> Figure:
        title, dates = head("week", locale, RHYTHM_DAYS)
        return week(of.week, locale=locale, title=title, subtitle=dates, theme=theme)

    def days(name: str, locale: Locale, theme: Theme) -> Figure:
        chosen = channels if name == "year-channel" else of.year
        title, dates = head(name, locale, chosen.length)
        return year(chosen, locale=locale, title=title, subtitle=dates, theme=theme)

    def bars(locale: Locale, theme: Theme) -> Figure:
        title, dates = head("mix", locale, 14)
        spans = tell_diary.SPANS[locale]
        return mix(of.mix, locale=locale, title=title, subtitle=dates, theme=theme, spans=spans)

    return [
        Shown("trend", lambda x, theme: shares("trend", x, theme), lambda x: words.alt_text(channel.series, x),
              lambda x: words.facts(channel.series, x)),
        Shown("trend-own", lambda x, theme: shares("trend-own", x, theme), lambda x: words.alt_text(mine, x),
              lambda x: words.facts(mine, x)),
        Shown("diary", page, lambda x: tell_diary.alt_text(of, x), lambda x: tell_diary.facts(of, x)),
        Shown("valence", lambda x, theme: line("valence", x, theme), lambda x: tell_valence.alt_text(channel, x),
              lambda x: tell_valence.facts(channel, x)),
        Shown("valence-own", lambda x, theme: line("valence-own", x, theme),
              lambda x: tell_valence.alt_text(of.curve, x), lambda x: tell_valence.facts(of.curve, x)),
        Shown("mix", bars, lambda x: tell_mix.alt_text(of.mix, x, tell_diary.SPANS[x]),
              lambda x: tell_mix.facts(of.mix, x, tell_diary.SPANS[x])),
        Shown("week", hours, lambda x: tell_week.alt_text(of.week, x), lambda x: tell_week.facts(of.week, x)),
        Shown("year", lambda x, theme: days("year", x, theme), lambda x: tell_year.alt_text(of.year, x),
              lambda x: tell_year.facts(of.year, x)),
        Shown("year-channel", lambda x, theme: days("year-channel", x, theme),
              lambda x: tell_year.alt_text(channels, x), lambda x: tell_year.facts(channels, x)),
    ]  # fmt: skip


def _channel(points: list[Point]) -> Series:
    """Workdays of the last thirty, as a channel publishes them; the weekends had too few people."""
    cells = [Counted(day, "day", counts) for day, counts in by_day(points, SEOUL).items() if day.weekday() < 5]
    return channel_of(cells, DAYS)


def _channels_year(points: list[Point]) -> Year:
    """Workdays as a channel publishes them; in every third week too few people wrote, and it was published as one."""
    weeks: dict[date, dict[date, Counts]] = {}
    for day, counts in by_day(points, SEOUL).items():
        weeks.setdefault(monday(day), {})[day] = counts
    cells: list[Counted] = []
    for number, (start, days) in enumerate(sorted(weeks.items())):
        if number % 3 == 0:
            cells.append(Counted(start, "week", added(days.values())))
        else:
            cells += [Counted(day, "day", counts) for day, counts in days.items() if day.weekday() < 5]
    first = monday(TODAY - (YEAR_WEEKS - 1) * WEEKDAYS * DAY)
    return year_of(each_cell(cells, first=first, last=TODAY, timezone=SEOUL, minimum_people=5))


def small(content: bytes) -> Image.Image:
    """Half as large: a pixel more or less, as another version of a library draws it, makes little difference then."""
    image = Image.open(BytesIO(content)).convert("RGB")
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)


def compared() -> dict[str, bytes]:
    """The pictures of `COMPARED` by the names of their files, drawn now."""
    by_name = {shown.name: shown for shown in pictures()}
    return {
        f"{name}.{locale}.{theme}.png": png(by_name[name].draw(locale, THEMES[theme]))
        for name, locale, theme in COMPARED
    }


def write_baseline() -> None:
    """Keep what is drawn now as what tests compare with."""
    BASELINE.mkdir(exist_ok=True)
    for name, content in compared().items():
        small(content).quantize(64, dither=Image.Dither.NONE).save(BASELINE / name, optimize=True)


def write_gallery(folder: Path) -> None:
    """The PNGs and a page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for shown in pictures():
        for locale in _LOCALES:
            facts = "".join(f"<li>{escape(fact)}</li>" for fact in shown.facts(locale))
            parts.append(f"<section lang={locale}><h2>{shown.name}, {locale}</h2><ul>{facts}</ul>")
            for theme in THEMES.values():
                name = f"{shown.name}.{locale}.{theme.name}.png"
                (folder / name).write_bytes(png(shown.draw(locale, theme)))
                alt = escape(shown.alt_text(locale), quote=True)
                parts.append(f'<img src="{name}" alt="{alt}" title="{alt}" width="640">')
            parts.append(f"<p>{escape(shown.alt_text(locale))}</p></section>")
    page = _PAGE.format(ground=LIGHT.grid, ink=LIGHT.ink, body="\n".join(parts))
    (folder / "index.html").write_text(page, encoding="utf-8")


_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Pictures of Maeum</title>
<style>body {{ font: 16px/1.5 sans-serif; background: {ground}; color: {ink}; margin: 2rem }}
img {{ margin: 0 1rem 1rem 0; vertical-align: top }} p, ul {{ max-width: 1300px }}</style>
<h1>Pictures of Maeum</h1>
{body}
"""


if __name__ == "__main__":
    if sys.argv[1:] == ["--baseline"]:
        write_baseline()
    elif len(sys.argv) == 2:
        write_gallery(Path(sys.argv[1]))
    else:
        sys.exit(__doc__)
