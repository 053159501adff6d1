"""Secret random primes, drawn uniformly once a process: nothing can be written to vanish modulo
them.
"""

from __future__ import annotations

import math
import secrets

BITS = 127
_STEP = 840  # p ≡ −1 mod 840: roots are powers, and 2, 3, 5 and 7 have some
_SMALL = math.prod(x for x in range(3, 100, 2) if all(x % y for y in range(3, x, 2)))
_ROUNDS = 20


def drawn() -> int:
    """A prime of 127 bits, ≡ −1 mod 840, uniform among those: each candidate is a new draw."""
    while True:
        n = secrets.randbits(BITS - 1) | 1 << BITS - 1
        n -= (n + 1) % _STEP
        if n.bit_length() == BITS and math.gcd(n, _SMALL) == 1 and _probably_prime(n):
            return n


def _probably_prime(n: int) -> bool:
    """Miller and Rabin's test for n ≡ 3 mod 4, with random bases: wrong with probability below
    4^-20.
    """
    if pow(2, n - 1, n) != 1:
        return False
    return all(
        pow(secrets.randbelow(n - 3) + 2, (n - 1) // 2, n) in (1, n - 1) for _ in range(_ROUNDS)
    )


PRIME = drawn()
SECRET = secrets.randbits(128)
_OTHERS = [PRIME]


def other(at: int) -> int:
    """The prime of this process, or one of those drawn after it."""
    while len(_OTHERS) <= at:
        _OTHERS.append(drawn())
    return _OTHERS[at]
