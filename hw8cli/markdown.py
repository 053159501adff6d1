"""Text inside Markdown tables."""

_ESCAPES = str.maketrans({"|": "\\|", "*": "\\*", "_": "\\_", "<": "&lt;", "[": "\\[", "]": "\\]"})


def cell(words: str) -> str:
    """The words with nothing left that Markdown would take for markup."""
    return words.translate(_ESCAPES).replace("\n", "<br>")
