"""What a price file is refused with."""

from __future__ import annotations


class PriceFileError(ValueError):
    """One sentence: the file, the line where known, what was found, what is allowed."""


def shown(cell: object) -> str:
    """A cell as it was written: whole numbers without a point."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


class CellError(ValueError):
    """A cell that cannot be read: its row in the table, and what is wrong with it."""

    def __init__(self, row: int, found: str) -> None:
        super().__init__(found)
        self.row = row
        self.found = found
