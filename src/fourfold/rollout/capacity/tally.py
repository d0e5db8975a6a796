"""What is counted of a running network: waits by the hour, and the time that people wait, work and are there.

Between events those times grow by how many there are. They are kept as if each had been there from the beginning to the end of
its being there: at its beginning the hour is taken off, at its end it is added, and whoever reads them adds those there now.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.compiling import compiled, inlined


@inlined
def make(f, i, size):
    """Return a new thing of work, in the place of one that has gone or in a new one."""
    who = i[at.FREE]
    if who >= 0:
        i[at.FREE] = i[at.WORKS + who * at.THING_INTS + at.AFTER]
    else:
        who = i[at.FRESH]
        if who >= at.MOST_INSIDE + at.FIRST_THING - 1:
            i[at.FULL] = 1
        else:
            i[at.FRESH] = who + 1
    i[at.WORKS + who * at.THING_INTS + at.SIZE] = size
    create(f, i, who)
    return who


@inlined
def create(f, i, who):
    f[at.THINGS + who * at.THING_FLOATS + at.BORN] = f[at.NOW]
    i[at.CREATED] += 1


@inlined
def unmake(i, who):
    e = at.WORKS + who * at.THING_INTS
    i[e + at.STATE] = at.NOWHERE
    i[e + at.AFTER] = i[at.FREE]
    i[at.FREE] = who
    i[at.GONE] += 1


@compiled
def forget(f, i):
    """Begin to count: what came before was warming up."""
    for n in range(i[at.N_NODES]):
        f[at.QUEUE_AREA + n] = f[at.BUSY_AREA + n] = f[at.STAFF_AREA + n] = 0.0
        add_those_there(f, i, n, -1.0)
    for c in range(i[at.N_CLASSES]):
        f[at.WAITED + c] = f[at.SQUARED + c] = f[at.STAYED + c] = 0.0
        i[at.JOINS + c] = i[at.BEGUN + c] = i[at.DONE + c] = i[at.QUITTED + c] = i[at.TURNED + c] = 0


@compiled
def add_those_there(f, i, n, sign):
    """Add what those add, or take it off, who wait, are served and are there to serve now."""
    now = sign * f[at.NOW]
    f[at.QUEUE_AREA + n] += now * i[at.LINE + n]
    f[at.BUSY_AREA + n] += now * i[at.BUSY + n]
    f[at.STAFF_AREA + n] += now * max(i[at.SERVERS + n], i[at.BUSY + n])


@inlined
def occupy(f, i, n):
    """Have one more at work; beyond those on duty they count as there, too: it is a delay, or yesterday's work."""
    f[at.BUSY_AREA + n] -= f[at.NOW]
    if i[at.BUSY + n] >= i[at.SERVERS + n]:
        f[at.STAFF_AREA + n] -= f[at.NOW]
    i[at.BUSY + n] += 1


@inlined
def release(f, i, n):
    i[at.BUSY + n] -= 1
    f[at.BUSY_AREA + n] += f[at.NOW]
    if i[at.BUSY + n] >= i[at.SERVERS + n]:
        f[at.STAFF_AREA + n] += f[at.NOW]


@inlined
def count_wait(f, i, who, c):
    joined = f[at.THINGS + who * at.THING_FLOATS + at.JOINED]
    if joined < f[at.WARM_AT]:
        return
    waited = f[at.NOW] - joined
    i[at.BEGUN + c] += 1
    f[at.WAITED + c] += waited
    f[at.SQUARED + c] += waited * waited
    if i[at.STAGE + c] >= 0:
        i[at.COUNTS + i[at.STAGE + c] * at.BINS + bin_of(waited)] += i[at.WORKS + who * at.THING_INTS + at.SIZE]


@inlined
def bin_of(waited):
    """Return the bin of a wait in hours."""
    if waited < at.FINE:
        return int(waited)
    return min(at.FINE + int((waited - at.FINE) / at.COARSE), at.BINS - 1)


@inlined
def count_leaving(f, i, who):
    """Count how long somebody was in the place of their class, who leaves it now."""
    c = i[at.WORKS + who * at.THING_INTS + at.CLASS]
    i[at.PRESENT + c] -= 1
    f[at.STAYED + c] += f[at.NOW] - max(f[at.THINGS + who * at.THING_FLOATS + at.JOINED], f[at.WARM_AT])


@compiled
def note_month(f, i, n):
    """Note who waits, and the work and the presence until now."""
    month = i[at.THIS_MONTH] * at.NODES + n
    f[at.MONTH_QUEUE + month] = i[at.LINE + n]
    f[at.MONTH_BUSY + month] = f[at.BUSY_AREA + n] + f[at.NOW] * i[at.BUSY + n]
    f[at.MONTH_STAFF + month] = f[at.STAFF_AREA + n] + f[at.NOW] * max(i[at.SERVERS + n], i[at.BUSY + n])
