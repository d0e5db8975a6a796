"""Chance inside the compiled engine: a counter that is mixed (SplitMix64), seeded outside by numpy's SeedSequence.

Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators". The state is one 64-bit number for each
stream, so that a seed gives the same numbers on any machine, on any number of workers, compiled or not.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.compiling import inlined

ARRIVAL, SERVICE, STAFF = 0, 1, 2
# Unsigned throughout: of signed numbers the compiler supposes that they never wrap, and then leaves draws out of a loop.
_STEP, _FIRST, _SECOND = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_30, _27, _31, _11 = (np.uint64(each) for each in (30, 27, 31, 11))
_UNIT = 1.0 / (1 << 53)
_MOST_AT_ONCE = 30.0


@inlined
def uniform(i, stream):
    """Draw between 0 and 1, neither of them ever."""
    z = np.uint64(i[at.DICE + stream]) + _STEP
    i[at.DICE + stream] = np.int64(z)
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return float((z ^ (z >> _31)) >> _11) * _UNIT + 0.5 * _UNIT


@inlined
def exponential(i, stream):
    return -math.log(uniform(i, stream))


@inlined
def normal(i, stream):
    """Draw by the polar method (Marsaglia & Bray 1964)."""
    while True:
        x = 2.0 * uniform(i, stream) - 1.0
        y = 2.0 * uniform(i, stream) - 1.0
        s = x * x + y * y
        if 0.0 < s < 1.0:
            return x * math.sqrt(-2.0 * math.log(s) / s)


@inlined
def gamma(i, stream, shape):
    """Draw with a scale of one (Marsaglia & Tsang 2000)."""
    boost = 1.0
    if shape < 1.0:
        boost = uniform(i, stream) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(i, stream)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(i, stream)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * boost


@inlined
def poisson(i, stream, mean):
    """Draw a count, as products of uniforms (Knuth), at most thirty expected at a time so that nothing underflows."""
    count = 0
    while mean > 0.0:
        part = min(mean, _MOST_AT_ONCE)
        mean -= part
        floor, product = math.exp(-part), uniform(i, stream)
        while product > floor:
            count += 1
            product *= uniform(i, stream)
    return count
