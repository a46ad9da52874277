import csv
import io

import pytest

from bot.tabular import csv_bytes


def read(content: bytes) -> list[list[str]]:
    """As a spreadsheet that knows UTF-8 reads it."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_table_comes_back_as_it_was() -> None:
    """Hangul, commas, quotes and line ends inside a cell; numbers are written as numbers, None is empty."""
    rows: list[list[object]] = [["기쁨, 놀람", 'said "so"', "two\nlines", 0.25, -3, None]]
    assert read(csv_bytes(["a", "b", "c", "d", "e", "f"], rows)) == [
        ["a", "b", "c", "d", "e", "f"],
        ["기쁨, 놀람", 'said "so"', "two\nlines", "0.25", "-3", ""],
    ]


def test_excel_is_told_that_it_is_utf_8() -> None:
    """The mark stands at the front, once."""
    content = csv_bytes(["감정"], [["기쁨"]])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("rest", ["", "1+1", "HYPERLINK(A1)", "cmd|' /C calc'!A0"])
def test_no_cell_is_run_as_a_formula(sign: str, rest: str) -> None:
    """Text that could begin a formula stands behind an apostrophe, in the header too, and is otherwise whole."""
    header, row = read(csv_bytes([sign + rest], [[sign + rest]]))
    assert header == row == [f"'{sign}{rest}"]


@pytest.mark.parametrize("text", ["joy", "a=b", "'=1", " =1", "2026-11-20T09:00:00Z", "0"])
def test_other_text_is_left_alone(text: str) -> None:
    """A sign in the middle does no harm."""
    assert read(csv_bytes(["t"], [[text]]))[1] == [text]


def test_a_number_as_text_is_text() -> None:
    """Only real numbers may begin with a minus; truth values are words."""
    assert read(csv_bytes(["t", "u"], [["-3", True]]))[1] == ["'-3", "True"]
