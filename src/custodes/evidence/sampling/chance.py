"""Where chance comes from: a stream of its own for every stratum and cluster, named, so that no draw depends on what was drawn before it.

NumPy promises that the raw words of PCG64 under a seed sequence stay the same for ever; it does not promise so of what its `Generator` makes of them.
Therefore only raw words are used here, and whole-number arithmetic after them.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WORD = 1 << 64  # raw words are whole numbers below it


def stream(seed: int, *names: str) -> np.random.PCG64:
    """The stream of a seed for a named purpose, stratum or cluster; other names, another stream."""
    # A length before each name keeps ("a", "bc") apart from ("ab", "c").
    text = "".join(f"{len(name)}:{name}" for name in names)
    digest = hashlib.sha256(text.encode()).digest()
    words = tuple(int.from_bytes(digest[place : place + 4], "big") for place in range(0, 32, 4))
    return np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words))


def shuffled(count: int, chance: np.random.PCG64) -> NDArray[np.int64]:
    """The numbers below `count` in an order in which every order is equally likely."""
    # Two equal words of 64 bits among a million are a matter of one in 37 million; the earlier place then goes first.
    return np.argsort(chance.random_raw(count), kind="stable").astype(np.int64)


def start(chance: np.random.PCG64) -> int:
    """A random start: a whole number below WORD, to be read as a share of it."""
    return int(chance.random_raw())


def one_by_size(sizes: Sequence[int], chance: np.random.PCG64) -> int:
    """The place of one unit, drawn with probability proportional to whole-number sizes."""
    point = start(chance) * sum(sizes)
    reached = 0
    for place, size in enumerate(sizes):
        reached += size * WORD
        if point < reached:
            return place
    return len(sizes) - 1
