"""`python -m tests.golden` writes the report of every part anew."""

from problems import parts

from . import now, path, written

for part in parts():
    path(part).write_text(written(now(part)) + "\n", encoding="utf-8")
