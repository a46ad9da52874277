"""What pictures are of and what they say, before a store or a Slack comes into it."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from bot.errors import NothingToShow, TooFewPeople
from bot.messages import Viewer
from bot.noise import Account
from bot.pictures import (
    GROUNDS,
    KINDS,
    OF_CHANNELS,
    PERIODS,
    WITH_PERIOD,
    Kind,
    Look,
    Sketch,
    drawn,
    noted,
    own,
    reach,
    reach_shared,
    shared,
    tabled,
    two_weeks,
    within,
)
from charts.series import Point, Series, each_cell
from charts.style import DARK, LIGHT
from emotion.labels import EMOTIONS, Emotion
from tests.charts.factories import NOW, SEOUL, TODAY, Counted, cell, cells, channel, point, points
from tests.charts.looking import said

KO, EN = Viewer("ko", SEOUL), Viewer("en", SEOUL)
LIFE = points(400, a_day=3)
every_kind = pytest.mark.parametrize("kind", KINDS)
every_shared = pytest.mark.parametrize("kind", OF_CHANNELS)


def mine(kind: Kind, viewer: Viewer = EN, days: int = 7, of: Sequence[Point] = LIFE, ground: str = "light") -> Sketch:
    look = Look(kind, "dark" if ground == "dark" else "light")
    return own(of, look, days, viewer, NOW)


@every_kind
@pytest.mark.parametrize("viewer", [KO, EN], ids=lambda viewer: viewer.locale)
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_picture_of_ones_own_says_what_it_shows(kind: Kind, viewer: Viewer, ground: str) -> None:
    """A title and two facts or more in one's language, an alternative text with them, on the ground asked for."""
    sketch = mine(kind, viewer, ground=ground)
    assert 2 <= len(sketch.facts) <= 4
    assert all(fact in sketch.alt_text for fact in sketch.facts)
    assert any("가" <= sign <= "힣" for sign in sketch.title) == (viewer is KO)
    figure = sketch.draw("dates")
    assert figure.get_facecolor()[:3] == pytest.approx(_rgb((DARK if ground == "dark" else LIGHT).background))
    assert said(figure, "head") == [sketch.title, "dates"]


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("trend", date(2026, 11, 14)),
        ("valence", date(2026, 11, 14)),
        ("mix", date(2026, 11, 7)),
        ("week", date(2026, 8, 29)),
        ("year", date(2025, 11, 21)),
        ("diary", date(2025, 11, 21)),
    ],
)
def test_a_files_name_has_whose_which_and_the_dates(kind: Kind, first: date) -> None:
    """Letters, digits and hyphens of ours alone; the table goes by the same name."""
    look, sketch = Look(kind), mine(kind)
    which = "me" if kind == "trend" else f"me-{kind}"
    assert drawn(sketch, "me", look, "en").filename == f"maeum-{which}-{first}-2026-11-20.png"
    assert tabled(sketch, "me", look).filename == f"maeum-{which}-{first}-2026-11-20.csv"


@every_kind
@pytest.mark.parametrize("days", PERIODS)
def test_what_is_asked_of_the_store_is_all_that_is_drawn(kind: Kind, days: int) -> None:
    """Readings from before that change nothing."""
    look = Look(kind)
    if kind not in WITH_PERIOD and days != PERIODS[0]:
        return
    oldest = NOW - timedelta(days=reach(look, days))
    enough = [one for one in LIFE if one.time >= oldest]
    assert len(enough) < len(LIFE)
    assert mine(kind, days=days, of=enough).alt_text == mine(kind, days=days).alt_text
    assert mine(kind, days=days, of=enough).rows == mine(kind, days=days).rows


@every_kind
def test_where_there_is_nothing_to_draw_it_is_said(kind: Kind) -> None:
    """Also where there is something that is too old."""
    for nothing in ([], [point(500)]):
        with pytest.raises(NothingToShow):
            mine(kind, of=nothing)


# ---- Of channels


def shown_of(kind: Kind, series: Series, viewer: Viewer = EN) -> Sketch:
    return shared(series, Look(kind), 7, viewer)


@every_shared
@pytest.mark.parametrize("viewer", [KO, EN], ids=lambda viewer: viewer.locale)
def test_a_channels_picture_shows_published_cells_alone(kind: Kind, viewer: Viewer) -> None:
    """What it says of numbers is their sum, and how many days are not shown."""
    made = channel([cell(0, joy=7), cell(2, anger=3, joy=6), cell(9, joy=5)], 14)
    sketch = shown_of(kind, made, viewer)
    assert ("16" if kind == "mix" else "21") in sketch.alt_text
    hidden = 11
    assert any(f"{hidden} days" in fact or f"{hidden}일" in fact for fact in sketch.facts)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_CHANNELS])
def test_what_would_cut_days_is_not_drawn_of_channels(kind: Kind) -> None:
    """Whoever asks, and by whatever way."""
    with pytest.raises(ValueError, match=kind):
        shown_of(kind, channel([cell(0)]))


def test_the_mix_of_a_channel_is_seven_days_beside_the_seven_before() -> None:
    """Sums of whole days that were published, with their dates."""
    of = two_weeks(channel([cell(0, joy=5), cell(6, joy=6), cell(7, anger=7), cell(13, fear=5)], 14))
    assert (of.now.first, of.now.last) == (date(2026, 11, 14), date(2026, 11, 20))
    assert (of.before.first, of.before.last) == (date(2026, 11, 7), date(2026, 11, 13))
    assert of.now.counts == {**dict.fromkeys(EMOTIONS, 0), Emotion.JOY: 11}
    assert of.before.counts == {**dict.fromkeys(EMOTIONS, 0), Emotion.ANGER: 7, Emotion.FEAR: 5}


def years(of: Sequence[Counted], kept: int = 365) -> Series:
    first = TODAY - timedelta(days=kept - 1)
    return each_cell(of, first=first, last=TODAY, timezone=SEOUL, minimum_people=5)


@pytest.mark.parametrize(
    ("viewer", "title", "said"),
    [
        (EN, "This channel's year", "11 messages on 1 day and in 1 whole week; the busiest single day was Nov 20 (5)."),
        (
            KO,
            "이 채널의 한 해",
            "하루씩 1일과 한 주씩 묶은 1주에 글 11개를 썼고, 하루로는 11월 20일에 가장 많았어요(5개).",
        ),
    ],
)
def test_a_channels_year_has_its_cells_as_they_were_published(viewer: Viewer, title: str, said: str) -> None:
    """A day as a day, a week as a week; in a file of the channel's own name, from a Monday to today."""
    sketch = shown_of("year", years([cell(0), cell(11, "week", joy=6)]), viewer)
    assert (sketch.title, sketch.facts[0]) == (title, said)
    assert sketch.named("here", "year", "csv") == "maeum-here-year-2025-11-17-2026-11-20.csv"
    assert [row[:3] for row in sketch.rows[1:] if row[-1] == "yes"] == [
        ("2026-11-09", "2026-11-15", 6),
        ("2026-11-20", "2026-11-20", 5),
    ]
    assert sketch.chart is None


def test_a_channels_year_of_which_thirty_days_are_kept_says_so() -> None:
    """Beside the picture, in its alternative text, and by what the table does not have."""
    sketch = within(shown_of("year", years([cell(0)], kept=30)), 30, "en")
    assert "kept for 30 days" in " ".join(sketch.notes)
    assert "Days before Oct 22, 2026 are dots" in sketch.alt_text
    assert len(sketch.rows) == 1 + 30
    assert not within(shown_of("year", years([cell(0)])), 371, "en").notes


@pytest.mark.parametrize(("kind", "days"), [("trend", 30), ("valence", 30), ("mix", 14), ("year", 365)])
def test_a_channels_picture_is_made_of_as_many_days_as_it_shows(kind: Kind, days: int) -> None:
    """The mix and the year have stretches of their own."""
    assert reach_shared(Look(kind), 30) == days


def test_where_a_week_was_published_as_one_weeks_are_compared() -> None:
    """A week is never cut: this week beside the last one, from Monday."""
    made = channel([cell(11, "week", joy=9), cell(1, anger=5), cell(2, anger=6)], 14)
    of = two_weeks(made)
    assert (of.now.first, of.before.first, of.before.last) == (
        date(2026, 11, 16), date(2026, 11, 9), date(2026, 11, 15),
    )  # fmt: skip
    assert (of.now.total, of.before.total) == (11, 9)
    assert "last week" in shown_of("mix", made).title
    assert "지난주" in shown_of("mix", made, KO).title


def test_a_side_of_which_nothing_may_be_shown_says_so() -> None:
    """And nothing is compared with it."""
    sketch = shown_of("mix", channel([cell(1)], 14))
    assert any("takes 5 people or more" in fact for fact in sketch.facts)
    assert sketch.chart is None


def test_what_is_older_than_the_two_weeks_makes_no_mix_of_them() -> None:
    """A third week, which the first dates touch, is not shown in the place of one."""
    with pytest.raises(TooFewPeople):
        shown_of("mix", channel([cell(18, "week")], 14))


@every_shared
def test_without_published_cells_there_are_too_few_people(kind: Kind) -> None:
    """Whether anybody wrote is not told."""
    with pytest.raises(TooFewPeople) as refused:
        shown_of(kind, channel([], 14, minimum_people=8))
    assert "8" in refused.value.sentence("en")


@every_shared
def test_who_lives_by_other_dates_is_told_whose_they_are(kind: Kind) -> None:
    """In the picture and beside it."""
    sketch = shown_of(kind, channel([cell(0), cell(8)], 14), Viewer("en", "Europe/London"))
    picture = drawn(sketch, "here", Look(kind), "en")
    assert picture.facts[-1] == sketch.zone == "dates of Seoul"
    assert shown_of(kind, channel([cell(0), cell(8)], 14)).zone == ""


# ---- What has to be known beside


@pytest.mark.parametrize(("days", "told"), [(30, False), (29, True)])
def test_where_less_is_kept_than_is_shown_that_is_said(days: int, told: bool) -> None:  # noqa: FBT001 - a case
    """A page of a year of which thirty days are kept is not mistaken for a quiet year."""
    assert (f"kept for {days} days" in " ".join(within(mine("trend", days=30), days, "en").notes)) is told
    assert (f"{days}일 동안만" in " ".join(within(mine("trend", days=30), days, "ko").notes)) is told
    assert within(mine("year"), 364, "en").notes
    assert not within(mine("year"), 365, "en").notes


def test_noise_is_told_with_what_it_costs() -> None:
    """Beside the picture and with the table."""
    sketch = noted(shown_of("trend", channel([cell(0)])), Account(0.5, 3.0, 30.0), "en")
    assert "ε = 0.5" in drawn(sketch, "here", Look(), "en").facts[-1]
    assert "ε = 0.5" in tabled(sketch, "here", Look()).notes[-1]
    assert noted(sketch, None, "en") == sketch


# ---- The table


@every_kind
def test_a_table_has_the_numbers_of_the_picture(kind: Kind) -> None:
    """A head and whole rows that any spreadsheet reads, with Hangul or without."""
    sketch = mine(kind)
    text = tabled(sketch, "me", Look(kind)).content.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == list(map(str, sketch.rows[0]))
    assert rows == [[str(one) for one in row] for row in sketch.rows[1:]]
    assert {len(row) for row in rows} == {len(head)}
    assert rows


@every_shared
def test_what_may_not_be_shown_is_empty_in_the_table(kind: Kind) -> None:
    """Neither a count nor a zero, which would be one."""
    made = channel(cells(points(14, a_day=6, quiet=[1, 2, 3])), 14)
    rows = shown_of(kind, made).rows
    if kind == "mix":
        assert sum(int(row[1]) for row in rows[1:]) == 4 * 6
        return
    hidden = [row for row in rows[1:] if row[-1] == "no"]
    assert [row[0] for row in hidden] == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert {cell for row in hidden for cell in row[2:-1]} == {""}


def test_the_trends_rows_are_its_buckets() -> None:
    """Each with its dates and the counts of the seven."""
    head, *rows = mine("trend", of=[point(0), point(0, Emotion.FEAR), point(2)]).rows
    assert head == ("start", "end", "messages", *(emotion.value for emotion in EMOTIONS), "shown")
    assert len(rows) == 7
    today = dict(zip(head, rows[-1], strict=True))
    assert (today["start"], today["messages"], today["joy"], today["fear"], today["shown"]) == (
        "2026-11-20", 2, 1, 1, "yes",
    )  # fmt: skip
    assert rows[0][2:] == (0, *(0 for _ in EMOTIONS), "yes")


def test_a_chart_of_the_chats_own_comes_with_the_line_and_the_mix() -> None:
    """Where there is no gap; the others have none."""
    charts = {kind: mine(kind).chart for kind in KINDS}
    assert {kind for kind, chart in charts.items() if chart} == {"valence", "mix"}
    assert {chart["chart"]["type"] for chart in charts.values() if chart} == {"line", "bar"}
    assert mine("valence", of=[one for one in LIFE if one.time.day != 18]).chart is None


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
