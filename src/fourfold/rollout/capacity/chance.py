"""Chance inside the compiled engine: a counter that is mixed (SplitMix64), seeded outside by numpy's SeedSequence.

Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators". The state is one 64-bit number for each
stream, so that a seed gives the same numbers on any machine, on any number of workers, compiled or not.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.compiling import compiled, inlined
from fourfold.stats.inputs import FloatArray

ARRIVAL, SERVICE, STAFF = 0, 1, 2
# Unsigned throughout: of signed numbers the compiler supposes that they never wrap, and then leaves draws out of a loop.
_STEP, _FIRST, _SECOND = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_30, _27, _31, _11 = (np.uint64(each) for each in (30, 27, 31, 11))
_UNIT = 1.0 / (1 << 53)
_MANY = 10.0


def _edges() -> FloatArray:
    """Return where the layers of the ziggurat end: 128 of the same area under the normal curve, the lowest with all beyond its edge."""
    found = [_AREA / math.exp(-0.5 * _BASE * _BASE), _BASE]
    for _ in range(126):
        found.append(math.sqrt(-2.0 * math.log(_AREA / found[-1] + math.exp(-0.5 * found[-1] * found[-1]))))
    return np.array([*found, 0.0])


_LAYER, _BASE, _AREA = np.uint64(127), 3.442619855899, 9.91256303526217e-3
_EDGES = _edges()


def _falling_edges() -> FloatArray:
    """Return the same of 256 layers under the exponential curve."""
    found = [_FALLING_AREA * math.exp(_FALLING_BASE), _FALLING_BASE]
    for _ in range(254):
        found.append(-math.log(_FALLING_AREA / found[-1] + math.exp(-found[-1])))
    return np.array([*found, 0.0])


_FALLING_LAYER, _FALLING_BASE, _FALLING_AREA = np.uint64(255), 7.69711747013104972, 3.9496598225815571993e-3
_FALLING_EDGES = _falling_edges()


@inlined
def bits(i, stream):
    """Draw 64 bits."""
    z = np.uint64(i[at.DICE + stream]) + _STEP
    i[at.DICE + stream] = np.int64(z)
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@inlined
def uniform(i, stream):
    """Draw between 0 and 1, neither of them ever."""
    return float(np.int64(bits(i, stream) >> _11)) * _UNIT + 0.5 * _UNIT


@inlined
def exponential(i, stream):
    """Draw with a mean of one, by the ziggurat as `normal` does: of a hundred draws one needs a logarithm or a power."""
    while True:
        drawn = bits(i, stream)
        layer = np.int64(drawn & _FALLING_LAYER)
        x = (float(np.int64(drawn >> _11)) * _UNIT + 0.5 * _UNIT) * _FALLING_EDGES[layer]
        if x < _FALLING_EDGES[layer + 1]:
            return x
        if layer == 0:
            return _FALLING_BASE - math.log(uniform(i, stream))
        outer, inner = math.exp(-_FALLING_EDGES[layer]), math.exp(-_FALLING_EDGES[layer + 1])
        if outer + uniform(i, stream) * (inner - outer) < math.exp(-x):
            return x


@inlined
def normal(i, stream):
    """Draw by the ziggurat (Marsaglia & Tsang 2000), the layer by other bits than the place in it (Doornik 2005)."""
    while True:
        drawn = bits(i, stream)
        layer = np.int64(drawn & _LAYER)
        u = float(np.int64(drawn >> _11)) * (2.0 * _UNIT) + (_UNIT - 1.0)
        x = u * _EDGES[layer]
        if abs(x) < _EDGES[layer + 1]:
            return x
        if layer == 0:
            return math.copysign(_tail(i, stream), u)
        outer = math.exp(0.5 * (x * x - _EDGES[layer] * _EDGES[layer]))
        inner = math.exp(0.5 * (x * x - _EDGES[layer + 1] * _EDGES[layer + 1]))
        if inner + uniform(i, stream) * (outer - inner) < 1.0:
            return x


@compiled
def _tail(i, stream):
    """Draw beyond the lowest layer (Marsaglia 1964)."""
    while True:
        x = exponential(i, stream) / _BASE
        if 2.0 * exponential(i, stream) > x * x:
            return _BASE + x


@compiled
def gamma(i, stream, shape):
    """Draw with a scale of one."""
    boost = 1.0
    if shape < 1.0:
        boost = uniform(i, stream) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    return gamma_above_one(i, stream, d, 1.0 / math.sqrt(9.0 * d)) * boost


@inlined
def gamma_above_one(i, stream, d, c):
    """Draw with a shape of at least one, its two constants known (Marsaglia & Tsang 2000); most are taken without a logarithm."""
    while True:
        x = normal(i, stream)
        v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x)
        if v <= 0.0:
            continue
        u = uniform(i, stream)
        if u < 1.0 - 0.0331 * (x * x) * (x * x) or math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v


@compiled
def poisson(i, stream, mean):
    """Draw a count: as a product of uniforms (Knuth) where few are expected, else by transformed rejection (Hörmann 1993)."""
    if mean >= _MANY:
        return _poisson_of_many(i, stream, mean)
    count = 0
    if mean > 0.0:
        floor, product = math.exp(-mean), uniform(i, stream)
        while product > floor:
            count += 1
            product *= uniform(i, stream)
    return count


@compiled
def _poisson_of_many(i, stream, mean):
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    taken = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u = uniform(i, stream) - 0.5
        v = uniform(i, stream)
        us = 0.5 - abs(u)
        count = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= taken:
            return int(count)
        if count < 0.0 or (us < 0.013 and v > us):
            continue
        under = math.log(v) + math.log(1.1239 + 1.1328 / (b - 3.4)) - math.log(a / (us * us) + b)
        if under <= count * math.log(mean) - mean - math.lgamma(count + 1.0):
            return int(count)


@inlined
def how_long(f, i, who, c):
    """Draw how long a thing of work takes at class `c`."""
    shape, size, lasts = f[at.SHAPE + c], i[at.WORKS + who * at.THING_INTS + at.SIZE], f[at.MEAN + c]
    if shape > 1.0 and size == 1:
        lasts *= gamma_above_one(i, SERVICE, f[at.GAMMA_D + c], f[at.GAMMA_C + c]) / shape
    elif shape == 1.0 and size == 1:
        lasts *= exponential(i, SERVICE)
    elif shape > 0.0:
        lasts *= gamma(i, SERVICE, shape * size) / shape
    else:
        lasts *= size
    return lasts
