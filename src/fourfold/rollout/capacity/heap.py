"""What is to come, in the order of time: a binary heap inside the engine's two arrays."""

# mypy: allow-untyped-defs
from __future__ import annotations

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.compiling import inlined


@inlined
def push(f, i, time, code):
    """Note that something happens at a time; what finds no room ends the run, and the run says so."""
    k = i[at.HEAP]
    if k >= at.AHEAD:
        i[at.FULL] = 1
        return
    i[at.HEAP] = k + 1
    while k > 0:
        parent = (k - 1) >> 1
        if f[at.WHEN + parent] <= time:
            break
        f[at.WHEN + k] = f[at.WHEN + parent]
        i[at.WHAT + k] = i[at.WHAT + parent]
        k = parent
    f[at.WHEN + k] = time
    i[at.WHAT + k] = code


@inlined
def pop(f, i):
    """Return what happens next, and forget it."""
    code, last = i[at.WHAT], i[at.HEAP] - 1
    i[at.HEAP] = last
    time, moved, k, child = f[at.WHEN + last], i[at.WHAT + last], 0, 1
    while child < last:
        if child + 1 < last and f[at.WHEN + child + 1] < f[at.WHEN + child]:
            child += 1
        if f[at.WHEN + child] >= time:
            break
        f[at.WHEN + k] = f[at.WHEN + child]
        i[at.WHAT + k] = i[at.WHAT + child]
        k = child
        child = 2 * k + 1
    f[at.WHEN + k] = time
    i[at.WHAT + k] = moved
    return code
