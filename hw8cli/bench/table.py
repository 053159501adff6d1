"""What came of the races, as a page."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import Any

from ..page import Line, Page, Style, Table, mark

QUIET = 0.95  # of a processor's time: below it, somebody else was running
COLUMNS: dict[str, Style] = {
    **{"": "", "race": "name", "against": ""},
    **{"ours, ms": "number", "theirs, ms": "number", "ratio": "number"},
    **{"wanted": "", "their result": ""},
}
READING = "times are medians on one thread, ratios theirs over ours"
Row = tuple[bool | None, tuple[str, ...]]  # held or not, and the cells after the race's name


def reported(found: dict[str, Any]) -> Page:
    """The machine, then a row for each limit, slope and peer."""
    races = found["races"]
    asked = [held for race in races for held in verdicts(race) if held is not None]
    counted = f"{sum(asked)} of {len(asked)} as wanted"
    told = counted if asked else "nothing is wanted of so tiny sizes" if found["quick"] else ""
    share = statistics.median(race["processor_share"] for race in races)
    blocks: list[Line | Table] = [
        Line("\n".join(header(found["machine"], races)), "aside"),
        Table(COLUMNS, tuple(row for race in races for row in rows(race))),
        Line("; ".join(filter(None, [told, READING])), "strong"),
    ]
    if share < QUIET:
        had = f"the races had {share:.0%} of a processor"
        blocks.append(Line(f"the machine was busy with something else: {had}", "careful"))
    other = any(peer.get("agrees") is False for race in races for peer in race.get("peers", []))
    return Page(found, tuple(blocks), 1 if other else 0)


def rows(race: dict[str, Any]) -> Iterator[tuple[str | Line, ...]]:
    """The rows of a race; its name and its size stand beside the first two."""
    found = [*from_itself(race), *(from_peer(race, peer) for peer in race.get("peers", []))]
    names = [race["race"], race["what"]] if len(found) > 1 else [f"{race['race']}\n{race['what']}"]
    for name, (held, cells) in zip(names + [""] * (len(found) - len(names)), found, strict=True):
        yield mark(held), name, *cells


def header(machine: dict[str, Any], races: list[dict[str, Any]]) -> list[str]:
    """Processor, versions, BLAS, settings and peers, a line each."""
    rates = [race["limit"]["product_flops_per_s"] for race in races if "limit" in race]
    rate = f"{statistics.median(rates) / 1e9:.1f} Gflop/s" if rates else ""
    limit = f", a product of 1024² matrices at {rate}" if rates else ""
    pinned = f", on CPU {machine['pinned_to'][0]}" if machine["pinned_to"] else ""
    settings = ", ".join(f"{name}={value}" for name, value in machine["environment"].items())
    peers = ", ".join(
        f"{name} {version or 'not installed'}" for name, version in machine["peers"].items()
    )
    return [
        f"{machine['processor']}, {machine['cores']} cores; one thread{pinned}{limit}",
        f"Python {machine['python']}, numpy {machine['numpy']} "
        f"with {', '.join(machine['blas'])}; {peers}",
        f"set: {settings}",
    ]


def verdicts(race: dict[str, Any]) -> list[bool | None]:
    """What is wanted of a race and has been measured, each held or not."""
    return [part.get("holds") for part in (race, race.get("limit", {}), *race.get("peers", []))]


def from_itself(race: dict[str, Any]) -> list[Row]:
    """What a race says without a peer: the slope, the fraction of the limit, or the time."""
    if "slope" in race:
        ours = f"{milliseconds(race['median_s'][0])} … {milliseconds(race['median_s'][-1])}"
        wanted = "{:g} … {:g}".format(*race["wanted"]) if race["wanted"] else ""
        slope = f"{race['slope']:.2f}"
        return [(race["holds"], ("log time by log length", ours, "", slope, wanted, ""))]
    ours = milliseconds(race["ours"]["median_s"])
    if "limit" in race:
        limit = race["limit"]
        wanted = f"≥ {limit['least']:.0%}" if limit["least"] else ""
        reached = f"{math.floor(100 * limit['fraction'])}%"
        theirs = milliseconds(limit["at_limit_s"])
        return [(limit["holds"], ("the machine's limit", ours, theirs, reached, wanted, ""))]
    return [] if race["peers"] else [(None, ("", ours, "", "", "", ""))]


def from_peer(race: dict[str, Any], peer: dict[str, Any]) -> Row:
    """One peer's row; a missing one says what to install."""
    wanted = f"≥ {peer['least']:g}" if peer.get("least") else ""
    if peer["status"] != "raced":
        missing = peer["status"] == "not installed"
        why = f"pip install {peer['package']}" if missing else peer["why"]
        ours = milliseconds(race["ours"]["median_s"])
        return None, (peer["peer"], ours, "", "", wanted, f"{peer['status']}: {why}")
    times = [milliseconds(peer[name]) for name in ("ours_median_s", "median_s")]
    result = "; ".join(compared(race, peer))
    return peer["holds"], (peer["peer"], *times, ratio(peer["ratio"]), wanted, result)


def compared(race: dict[str, Any], peer: dict[str, Any]) -> Iterator[str]:
    """How far a peer's result is from ours, and what else there is to say."""
    if peer["diverged"]:
        yield f"diverges, to {peer['largest']:.0e}" if peer["largest"] else "diverges, past 1e308"
    elif peer["difference"] is not None:
        yield f"{'' if peer['agrees'] else 'ANOTHER RESULT: '}off by {peer['difference']:.0e}"
    if race["each"] > 1:
        ours, theirs = (race["each"] / peer[name] for name in ("ours_median_s", "median_s"))
        yield f"{ours:,.0f} and {theirs:,.0f} a second"
    if peer["note"]:
        yield peer["note"]


def milliseconds(seconds: float) -> str:
    """A time in ms, to two decimals or three digits."""
    ms = seconds * 1e3
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 10 else f"{ms:.2f}"


def ratio(value: float) -> str:
    """Two digits where it is small, whole numbers where it is large; cut: 199.8 is not 200."""
    digits = 0 if value >= 20 else 1 if value >= 3 else 2
    return f"{math.floor(value * 10**digits) / 10**digits:.{digits}f}"
