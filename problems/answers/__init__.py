"""Reading an answer as somebody wrote it, and deciding whether it is right.

Standard library only.
"""

from .decide import decide, equal
from .verdict import Verdict

__all__ = ["Verdict", "decide", "equal"]
