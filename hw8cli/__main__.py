"""The door: every way out has its exit code.

0 holds, 1 does not, 2 bad input, 3 our crash, 4 undecided, 130 interrupted; a closed pipe is 0.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from itertools import pairwise

import typer

from problems.part import InputError

from .app import PARTS, app, run


def main() -> int:
    """Run hw8 on sys.argv and return its exit code."""
    if "_HW8_COMPLETE" in os.environ:
        app(prog_name="hw8")
    warnings.formatwarning = lambda message, *_, **__: f"hw8: warning: {message}\n"
    try:
        try:
            code = run()
        except typer.Exit as done:
            code = done.exit_code
        sys.stdout.flush()
    except InputError as error:
        return _refuse(str(error))
    except typer.TyperException as error:
        asked = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else ""
        return _refuse(
            f"{error.format_message().rstrip('.')}: "
            f"see {' '.join(['hw8', *asked.split(), '--help'])}"
        )
    except (KeyboardInterrupt, typer.Abort) as stopped:
        print(str(stopped) or "interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # so that the last flush has somewhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # anything else is a defect of ours, and says so
        traceback.print_exc()
        print("hw8: this is a defect of hw8, not of your input", file=sys.stderr)
        return 3
    return code


def _refuse(message: str) -> int:
    """One sentence on standard error, and in the JSON envelope where JSON was asked for."""
    words = sys.argv[1:]
    if "--format=json" in words or ("--format", "json") in pairwise(words):
        from .page import Page
        from .render import show
        from .solving import told

        part = next((p for p in PARTS.values() if words[0] in (p.id, p.command)), None)
        show(Page({**(told(part, None) if part else {"ok": False}), "error": message}), "json")
    print(f"hw8: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
