import pytest

from handlers.slack.blocks import SECTION_LIMIT, section, sections
from handlers.slack.text import escape, links, mentions, mrkdwn, spoken

BROADCASTS = [
    "<!channel>",
    "<!here>",
    "<!everyone>",
    "<@U01ALICE>",
    "<#C01GEN>",
    "<!subteam^S1>",
    "<https://a.example|b>",
]


@pytest.mark.parametrize("hostile", BROADCASTS)
def test_nothing_between_angle_brackets_acts(hostile: str) -> None:
    """Slack shows what was written and does nothing with it, in a stream and in a message."""
    for shown in (
        escape(hostile),
        mrkdwn(hostile),
        mrkdwn(f"**{hostile}**"),
        mrkdwn(f"[{hostile}](https://a.example)"),
    ):
        assert "<" not in shown
        assert ">" not in shown


@pytest.mark.parametrize("name", ["@channel", "@here", "@everyone", "@Channel", "@group", "a@channel", "@minji"])
def test_names_are_not_linked(name: str) -> None:
    """A name after @ is parted from it by a sign of no width, so that it pings nobody where names are linked."""
    assert name not in escape(name)
    assert escape(name).replace("\N{ZERO WIDTH SPACE}", "") == name


def test_an_address_can_still_be_copied() -> None:
    """An e-mail address is not touched."""
    assert escape("write to minji@example.com") == "write to minji@example.com"


def test_what_no_wire_carries_is_gone() -> None:
    """NUL goes, half a surrogate pair becomes a question mark, and the rest can be encoded."""
    assert escape("a\0b \ud83d c") == "ab ? c"
    assert spoken("a\0b \ud83d c", "U0BOT") == "ab ? c"


def test_escaping_happens_once_and_before_formatting() -> None:
    """An ampersand is an entity afterwards, and an entity that somebody wrote is shown as they wrote it."""
    assert escape("a & b &lt;") == "a &amp; b &amp;lt;"


def test_markdown_becomes_slacks_own() -> None:
    """Bold, headings, lists and links of a reply look like what they are."""
    assert mrkdwn("# Plan #\n- **one**\n* two\n[docs](https://a.example/x?y=1)") == (
        "*Plan*\n• *one*\n• two\ndocs (https://a.example/x?y=1)"
    )


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[reset your password](https://evil.example/x)", "reset your password (https://evil.example/x)"),
        ("![a picture](https://evil.example/x.png)", "a picture (https://evil.example/x.png)"),
        ("[https://good.example](https://evil.example)", "https://good.example (https://evil.example)"),
        ("[write](mailto:minji@example.com)", "write (mailto:minji@example.com)"),
        ("[call](tel:0212345678)", "[call](tel:0212345678)"),
        ("[wiki](https://a.example/A_(b))", "[wiki](https://a.example/A_(b))"),
        ('[titled](https://a.example "really b.example")', '[titled](https://a.example "really b.example")'),
    ],
)
def test_a_link_is_shown_with_its_address(markdown: str, shown: str) -> None:
    """Whatever its words claim: nothing is hidden behind them."""
    assert mrkdwn(markdown) == shown


def test_the_bots_name_is_not_part_of_what_was_said() -> None:
    """With and without a label, wherever it stands; other names stay."""
    assert spoken("<@U0BOT> hi", "U0BOT") == "hi"
    assert spoken("hi <@U0BOT|maeum>, how &amp; why <@U2>", "U0BOT") == "hi how & why <@U2>"
    assert mentions("hi <@U0BOT|maeum>", "U0BOT")
    assert not mentions("hi <@U0BOTHER>", "U0BOT")


LONG = 1_000_000
"""Characters, far more than Slack lets through: what took time by the square of the length would not come to an end."""


@pytest.mark.parametrize(
    "text",
    [" " * LONG, "\n" * LONG, "\t\n " * LONG, "<@U0BOT|" * LONG, "<@U0BOT" * LONG, "&lt;" * LONG, "<@U0BOT|a\n" * LONG],
    ids=["spaces", "newlines", "blanks", "labels", "names", "entities", "broken labels"],
)
def test_a_text_that_is_made_to_take_long_does_not(text: str) -> None:
    """It is read through in one go, the bot's name before and after it found or not as anywhere else."""
    assert not mentions(text, "U0BOT")
    assert spoken(text, "U0BOT") == text.replace("&lt;", "<").strip()
    assert mentions(f"{text} <@U0BOT>", "U0BOT")
    assert spoken(f"a{text}<@U0BOT>, b", "U0BOT").endswith(" b")


@pytest.mark.parametrize(
    "text",
    ["**a " * LONG, "# a" + " " * LONG + "b", "\n" * LONG + "x", "[" * LONG, "[a](http://" * (LONG // 10), "#" * LONG],
    ids=["bold", "heading", "newlines", "brackets", "links", "hashes"],
)
def test_markdown_that_is_made_to_take_long_does_not(text: str) -> None:
    """Marks that never close are shown as they stand; a heading is one however much is between its words."""
    shown = mrkdwn(text)
    assert shown == (f"*{text[2:]}*" if text.startswith("# ") else text)


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("see https://a.example/x", True),
        ("HTTP://A.EXAMPLE", True),
        ("slack://channel", True),
        ("look at www.example.com", True),
        ("or example.kr", True),
        ("[reset your password](https://evil.example/x)", True),
        ("![a picture](https://evil.example/x.png)", True),
        ("[call](tel:0212345678)", True),
        ("[문서](/한글)", True),
        ("[1] (see below)", False),
        ("This is it. Then that. 3.14 U.S.", False),
        ("끝났어요. 좋아요.", False),
    ],
)
def test_what_slack_may_unfold_is_found(text: str, linked: bool) -> None:  # noqa: FBT001 - a table of cases
    """Addresses with and without a scheme; ends of sentences and numbers are none."""
    assert links(text) is linked


@pytest.mark.parametrize("text", ["word " * 3000, "x" * 9000, "&lt;" * 3000, "줄\n" * 4000])
def test_a_long_text_fits_into_sections_without_loss(text: str) -> None:
    """Each piece is short enough for a section, entities stay whole, and only the blanks at the cuts are lost."""
    pieces = sections(text)
    assert all(len(section(piece)["text"]["text"]) <= SECTION_LIMIT for piece in pieces)
    assert "".join(pieces).replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")
    assert all(piece.count("&") == piece.count("&lt;") for piece in pieces)


def test_an_empty_text_needs_no_section() -> None:
    """Slack refuses an empty section."""
    assert sections("") == []
