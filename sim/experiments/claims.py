"""What a laboratory promises of its rows, and how a page shows it."""

from __future__ import annotations

from html import escape
from typing import NamedTuple


class Claim(NamedTuple):
    """A sentence, and the rows that speak against it."""

    sentence: str
    against: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


def claim_html(one: Claim) -> str:
    """A claim as a line of a page's head."""
    name = "sound" if one.holds else "broken"
    return f'<div class="{name}">{"holds" if one.holds else "broken"}: {escape(one.sentence)}</div>'
