"""Regular expressions, compiled only for texts that have what they are about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property


class Pattern:
    """A pattern, and words of which a text must have one (in lower case) for it to match."""

    def __init__(self, text: str, needs: str = "", flags: int = 0) -> None:
        self.text, self.needs, self.flags = text, needs.split(), flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.text, self.flags)

    def _may(self, text: str) -> bool:
        if not self.needs:
            return True
        lower = text.lower()
        for need in self.needs:  # noqa: SIM110 — a generator costs more than what it saves
            if need in lower:
                return True
        return False

    def search(self, text: str, at: int = 0) -> re.Match[str] | None:
        return self._compiled.search(text, at) if self._may(text) else None

    def match(self, text: str) -> re.Match[str] | None:
        return self._compiled.match(text) if self._may(text) else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled.fullmatch(text) if self._may(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text) if self._may(text) else iter(())

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._compiled.sub(by, text) if self._may(text) else text

    def split(self, text: str, most: int = 0) -> list[str]:
        return list(self._compiled.split(text, maxsplit=most)) if self._may(text) else [text]


def words(text: str, needs: str = "") -> Pattern:
    """A pattern in which capitals do not matter."""
    return Pattern(text, needs, re.IGNORECASE)
