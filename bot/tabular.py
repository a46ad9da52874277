"""Tables as files for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_BOM: Final = "utf-8-sig"
"""With the mark at the front Excel takes the file for UTF-8, and shows Hangul."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell of text that begins so is taken for a formula, or could become one; full width too, where that is typed."""


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file: UTF-8 with a mark at the front, lines that end in CR LF, and no cell that a spreadsheet would run.

    Text that could begin a formula gets an apostrophe in front. Numbers stay numbers, and None is an empty cell.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_inert(cell) for cell in header])
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return written.getvalue().encode(_BOM)


def _inert(cell: object) -> object:
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
