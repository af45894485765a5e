"""A mutant: one edit of one file, what made it, and how it reads."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass

CONTEXT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """Text from `start` to `end` of a file replaced by `new`."""

    file: str
    operator: str
    line: int
    start: int
    end: int
    old: str
    new: str
    name: str = ""  # of a hand-made one, with its bug class

    @property
    def key(self) -> str:
        """What it is known by from one run to the next, while its file stays the same."""
        words = (self.file, self.operator, str(self.start), str(self.end), self.new, self.old)
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]

    def applied(self, text: str) -> str:
        """The file with the fault in it; refuses a file that is not the one it was made from."""
        if text[self.start : self.end] != self.old:
            raise ValueError(f"{self.file} is no longer what {self.operator} was made from")
        return text[: self.start] + self.new + text[self.end :]

    def diff(self, text: str) -> str:
        """As a unified diff."""
        before = text.splitlines()
        after = self.applied(text).splitlines()
        lines = difflib.unified_diff(before, after, self.file, self.file, n=CONTEXT, lineterm="")
        return "\n".join(lines)

    def changed_lines(self, text: str) -> tuple[str, str]:
        """What was and what is in its place, line-wise and stripped: what a reason refers to."""
        first = text.rfind("\n", 0, self.start) + 1
        last = text.find("\n", self.end)
        last = len(text) if last < 0 else last
        was = text[first:last]
        now = text[first : self.start] + self.new + text[self.end : last]
        return was.strip(), now.strip()
