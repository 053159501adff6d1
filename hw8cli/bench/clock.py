"""Times, fairly: ours and a peer's in turn, round after round, and the ratio within each round.

Where a race counts its operations, a float64 product of two 1024×1024 matrices is timed in every
round as well: what the machine can do at that moment.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .peers import installed
from .race import PYPI, Call, Cost, Peer, Race

ENOUGH = 0.01  # seconds: a shorter call is repeated up to here, and its time is the mean
# seconds: before a shorter call one is not counted, as the cache has another's memory
SHORT = 0.1
LEAST, OURS, MOST = 3, 7, 15  # rounds: of a slow peer, of ours, of anyone
CAP, QUICK_CAP = 20.0, 0.2  # seconds for all the rounds of a race
DIVERGED = 1e3  # times our largest entry
SIZE = 1024  # of the matrix product that stands for the machine's limit

Tell = Callable[[str], None]


def seconds(call: Call, calls: int = 1) -> float:
    """The mean time of a call."""
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - began) / calls


def first(call: Call) -> tuple[float, Any]:
    """The time of the first call, and the result."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def stopwatch(call: Call) -> Callable[[], float]:
    """Reads the seconds a call, in as many as fit how long it takes; it has been made before."""
    once = max(seconds(call), 1e-9)

    def read() -> float:
        if once < SHORT:
            call()
        return seconds(call, max(1, min(1000, int(ENOUGH / once))))

    return read


def within(budget: float, most: int) -> Iterator[int]:
    """Counts rounds: LEAST of them, and up to `most` where the seconds are enough for more."""
    began = time.perf_counter()
    for done in range(most):
        spent = time.perf_counter() - began
        if done >= LEAST and spent + spent / done > budget:
            return
        yield done


def product() -> Call:
    """The matrix product that stands for what the machine can do."""
    left, right = np.random.default_rng(0).normal(size=(2, SIZE, SIZE))
    out = np.empty((SIZE, SIZE))

    def multiply() -> None:
        np.matmul(left, right, out=out)

    multiply()
    return multiply


def race(of: Race, quick: bool, tell: Tell) -> dict[str, Any]:
    """Every peer of a race against ours; times in seconds.

    Thresholds are those of the full sizes, so `quick` has none.
    """
    tell(f"{of.name}, {of.what}")
    first_s, result = first(of.ours)
    read, limit = stopwatch(of.ours), product() if of.flops else None
    readings: list[tuple[float, float]] = []  # of the product, of ours

    def reading() -> float:
        whole = seconds(limit) if limit else 0.0
        readings.append((whole, read()))
        return readings[-1][1]

    present = sum(installed(peer.package) for peer in of.peers)
    budget = (QUICK_CAP if quick else CAP) / (present + 1)
    peers = []
    for peer in of.peers:
        tell(f"{of.name}, {of.what}: {peer.name}")
        peers.append(against(peer, result, reading, budget, quick))
    began = time.perf_counter()
    while len(readings) < (LEAST if quick else OURS) or (
        not peers and len(readings) < MOST and time.perf_counter() - began < budget
    ):
        reading()
    times = [ours for _, ours in readings]
    found: dict[str, Any] = {
        "race": of.name,
        "what": of.what,
        "each": of.each,
        "ours": times_of(first_s, times),
        "peers": peers,
    }
    if of.flops:
        rates = [2 * SIZE**3 / whole for whole, _ in readings]
        fraction = statistics.median(
            of.flops / rate / own for rate, (_, own) in zip(rates, readings, strict=True)
        )
        found["limit"] = {
            "flops": of.flops,
            "product_flops_per_s": statistics.median(rates),
            "at_limit_s": of.flops / statistics.median(rates),
            "fraction": fraction,
            **held(fraction, None if quick else of.least),
        }
    return found


def times_of(first_s: float, times: list[float]) -> dict[str, Any]:
    """What there is to know of some times; the first call may have compiled something."""
    return {
        "first_s": first_s,
        "median_s": statistics.median(times),
        "min_s": min(times),
        "rounds_s": times,
    }


def held(value: float, least: float | None) -> dict[str, Any]:
    """A threshold and whether it is reached; None where there is none."""
    return {"least": least, "holds": None if least is None else value >= least}


def against(peer: Peer, result: Any, reading: Call, budget: float, quick: bool) -> dict[str, Any]:
    """One peer: is it there, does it reach our result, how long does it take beside ours?"""
    found: dict[str, Any] = {"peer": peer.name, "package": PYPI.get(peer.package, peer.package)}
    if not installed(peer.package):
        return {**found, "status": "not installed", "least": None if quick else peer.least}
    try:
        call = peer.prepare()
        first_s, theirs = first(call)
        compared = differs(result, theirs, peer.tolerance)
        note = peer.note(result, theirs)
        del theirs  # as many numbers as ours
        read = stopwatch(call)
        rounds = [(reading(), read()) for _ in within(budget, MOST)]
    except (
        Exception
    ) as error:  # another's package may be broken in any way; the race goes on without it
        return {**found, "status": "failed", "why": f"{type(error).__name__}: {error}"[:300]}
    ours, times = [own for own, _ in rounds], [other for _, other in rounds]
    ratios = [other / own for own, other in rounds]
    ratio = statistics.median(ratios)
    return {
        **found,
        "status": "raced",
        **times_of(first_s, times),
        "ours_median_s": statistics.median(ours),
        "ratio": ratio,
        "ratios": ratios,
        **held(ratio, None if quick else peer.least),
        **compared,
        "note": note,
    }


def differs(ours: Any, theirs: Any, tolerance: float | None) -> dict[str, Any]:
    """How far the results are apart, relative to our largest entry.

    Whether that is within tolerance, and whether theirs grew away.
    """
    asked = {"tolerance": tolerance}
    if tolerance is None:
        return {"difference": None, **asked, "diverged": False, "agrees": None}
    a, b = np.asarray(ours).ravel(), np.asarray(theirs).ravel()
    if a.size != b.size:
        raise ValueError(f"the result has {b.size} entries, ours {a.size}")
    scale, largest = float(np.abs(a).max()) or 1.0, float(np.abs(b).max())
    if not largest <= DIVERGED * scale:
        reached = largest if np.isfinite(largest) else None
        return {"difference": None, **asked, "diverged": True, "largest": reached, "agrees": None}
    difference = float(np.abs(a - b).max()) / scale
    agrees = difference <= tolerance
    return {"difference": difference, **asked, "diverged": False, "agrees": agrees}


def cost(of: Cost, quick: bool, tell: Tell) -> dict[str, Any]:
    """The slope of log time against log length, from the median time at each length."""
    runs = [of.at(length) for length in of.lengths]
    tell(f"{of.name}, {of.what}")
    for run in runs:
        run()
    reads = [stopwatch(run) for run in runs]
    budget = QUICK_CAP if quick else CAP
    rounds = [[read() for read in reads] for _ in within(budget, OURS)]
    medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
    slope = float(np.polyfit(np.log(of.lengths), np.log(medians), 1)[0])
    return {
        "race": of.name,
        "what": of.what,
        "lengths": list(of.lengths),
        "median_s": medians,
        "rounds_s": rounds,
        "slope": slope,
        "wanted": None if quick else [of.low, of.high],
        "holds": None if quick else of.low <= slope <= of.high,
    }
