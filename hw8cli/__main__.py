"""The door: every way out has its exit code.

0 holds, 1 does not, 2 bad input, 3 our crash, 4 undecided, 130 interrupted; a closed pipe is 0.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from itertools import pairwise

# a full disk, a failing device; what names a file is told where it is read or written
OF_STREAMS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def main() -> int:
    """Run hw8 on sys.argv and return its exit code."""
    if sys.stdout is None:
        print("hw8: standard output is closed: open it", file=sys.stderr)
        return 2
    try:
        return _main()  # which imports: that takes long enough to be interrupted
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _drop_output()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in OF_STREAMS:
            _drop_output()
            why = f"standard input or output fails ({error.strerror})"
            print(f"hw8: {why}: send it elsewhere", file=sys.stderr)
            return 2
        traceback.print_exc()  # anything else is a defect of ours, and says so
        print("hw8: this is a defect of hw8, not of your input", file=sys.stderr)
        return 3


def _main() -> int:
    import typer

    from problems.part import InputError

    from .app import app, run

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
    except typer.Abort:
        raise KeyboardInterrupt from None
    return code


def _drop_output() -> None:
    """So that the flush at the end has somewhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(message: str) -> int:
    """One sentence on standard error, and in the JSON envelope where JSON was asked for."""
    words = sys.argv[1:]
    if "--format=json" in words or ("--format", "json") in pairwise(words):
        from .app import PARTS
        from .page import Page
        from .render import show
        from .solving import told

        part = next((p for p in PARTS.values() if words[0] in (p.id, p.command)), None)
        show(Page({**(told(part, None) if part else {"ok": False}), "error": message}), "json")
    print(f"hw8: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
