"""What is to come, in the order of time: the time to be played in equal parts, each with a list, the one that runs in order.

A calendar queue (Brown 1988, "Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem").
Its end being known, it has no second year: what lies beyond the end never happens and is not noted. Each thing of work has at most
one event ahead, so that a list leads through the things themselves.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.compiling import compiled, inlined


@compiled
def clear(f, i):
    """Have nothing to come."""
    f[at.PARTS_EACH] = at.PARTS / f[at.ENDS]
    i[at.PART], i[at.NEXT_UP] = -1, -1
    for part in range(at.PARTS):
        i[at.AGENDA + part] = -1


@inlined
def note(f, i, who, time):
    """Note that something happens to somebody at a time; of what happens at the same time, what was noted first comes first."""
    f[at.THINGS + who * at.THING_FLOATS + at.DUE] = time
    if time >= f[at.ENDS]:
        return
    part = int(time * f[at.PARTS_EACH])
    if part > i[at.PART] and part < at.PARTS:
        i[at.WORKS + who * at.THING_INTS + at.LATER] = i[at.AGENDA + part]
        i[at.AGENDA + part] = who
        return
    before, after = -1, i[at.NEXT_UP]
    while after >= 0 and f[at.THINGS + after * at.THING_FLOATS + at.DUE] <= time:
        before, after = after, i[at.WORKS + after * at.THING_INTS + at.LATER]
    _between(i, before, who, after)


@inlined
def _between(i, before, who, after):
    i[at.WORKS + who * at.THING_INTS + at.LATER] = after
    if before < 0:
        i[at.NEXT_UP] = who
    else:
        i[at.WORKS + before * at.THING_INTS + at.LATER] = who


@inlined
def next_up(f, i):
    """Return to whom something happens next, or -1 where nothing does before somebody arrives: who does may have a nearer end."""
    last = min(int(min(f[at.ARRIVES], f[at.ENDS]) * f[at.PARTS_EACH]), at.PARTS - 1)
    while i[at.NEXT_UP] < 0 and i[at.PART] < last:
        i[at.PART] += 1
        if i[at.AGENDA + i[at.PART]] >= 0:
            _open_part(f, i)
    return i[at.NEXT_UP]


@inlined
def _open_part(f, i):
    """Bring the part that begins into its order; its list has what was noted last first."""
    who = i[at.AGENDA + i[at.PART]]
    i[at.AGENDA + i[at.PART]] = -1
    while who >= 0:
        following = i[at.WORKS + who * at.THING_INTS + at.LATER]
        time = f[at.THINGS + who * at.THING_FLOATS + at.DUE]
        before, after = -1, i[at.NEXT_UP]
        while after >= 0 and f[at.THINGS + after * at.THING_FLOATS + at.DUE] < time:
            before, after = after, i[at.WORKS + after * at.THING_INTS + at.LATER]
        _between(i, before, who, after)
        who = following


@inlined
def take_up(i):
    """Take off what is next, which happens now."""
    i[at.NEXT_UP] = i[at.WORKS + i[at.NEXT_UP] * at.THING_INTS + at.LATER]


@compiled
def strike(f, i, who):
    """Strike off what would have happened to somebody."""
    time = f[at.THINGS + who * at.THING_FLOATS + at.DUE]
    if time >= f[at.ENDS]:
        return
    part = int(time * f[at.PARTS_EACH])
    head = at.AGENDA + part if part > i[at.PART] and part < at.PARTS else at.NEXT_UP
    before, each = -1, i[head]
    while each != who:
        before, each = each, i[at.WORKS + each * at.THING_INTS + at.LATER]
    after = i[at.WORKS + who * at.THING_INTS + at.LATER]
    if before < 0:
        i[head] = after
    else:
        i[at.WORKS + before * at.THING_INTS + at.LATER] = after
