"""A network of queues, event by event, compiled: what waits where, for how long, served by whom.

One thing of work has a class; a class has a place, a length of service, a priority, a patience, and where it goes next.
`network.simulate` packs a network into the arrays (`layout`), calls `run`, and reads the answers back; `readable.simulate` does
the same work in SimPy, for those who want to read how it works.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.chance import ARRIVAL, SERVICE, exponential, gamma, poisson, uniform
from fourfold.rollout.capacity.compiling import compiled, inlined
from fourfold.rollout.capacity.heap import pop, push


@compiled
def run(f, i):
    """Play the network from its first event to its end."""
    _begin(f, i)
    while i[at.FULL] == 0:
        due = f[at.WHEN] if i[at.HEAP] > 0 else math.inf
        if min(due, f[at.ARRIVES]) >= f[at.ENDS]:
            break
        i[at.EVENTS] += 1
        if f[at.ARRIVES] <= due:
            _arrive(f, i)
        else:
            code = pop(f, i)
            f[at.NOW] = due
            _happen(f, i, code)
    _close(f, i)


@compiled
def _happen(f, i, code):
    kind, who = code % at.KINDS, code // at.KINDS
    if kind == at.END:
        _end(f, i, who)
    elif kind == at.QUIT:
        _quit(f, i, who)
    elif kind == at.SWEEP:
        _sweep(f, i, who)
    elif kind == at.SITTING:
        _sit(f, i, who)
    elif kind == at.DAY:
        _new_day(f, i)
    elif kind == at.MONTH:
        _new_month(f, i)
    else:
        _forget(f, i)


# ---- beginning and end --------------------------------------------------------------------------------------------


@compiled
def _begin(f, i):
    f[at.MASS_LEFT] = f[at.PROFILE]
    _next_arrival(f, i)
    if f[at.WARM_AT] > 0.0:
        push(f, i, f[at.WARM_AT], at.WARM)
    if i[at.ROSTERED] > 0:
        push(f, i, 0.0, at.DAY)
    if f[at.MONTH_LENGTH] > 0.0:
        push(f, i, f[at.MONTH_LENGTH], at.MONTH)
    for s in range(i[at.N_SOURCES]):
        push(f, i, f[at.SOURCE_PERIOD + s], s * at.KINDS + at.SWEEP)
    for n in range(i[at.N_NODES]):
        if i[at.KIND + n] == at.MEETING:
            push(f, i, f[at.PHASE + n], n * at.KINDS + at.SITTING)
    for c in range(i[at.N_CLASSES]):
        for _ in range(i[at.INITIAL + c]):
            _enter(f, i, _make(f, i, 1), c)


@compiled
def _close(f, i):
    """Bring every area up to the end, and count those who wait still, or have waited beyond the standard."""
    f[at.NOW] = f[at.ENDS] if i[at.FULL] == 0 else f[at.NOW]
    for n in range(i[at.N_NODES]):
        _account(f, i, n)
        _note_month(f, i, n)
    for who in range(i[at.FRESH]):
        e, g = at.WORKS + who * at.THING_INTS, at.THINGS + who * at.THING_FLOATS
        if i[e + at.STATE] == at.NOWHERE:
            continue
        c = i[e + at.CLASS]
        f[at.STAYED + c] += f[at.NOW] - max(f[g + at.JOINED], f[at.WARM_AT])
        if i[e + at.STATE] == at.WAITING and i[at.STAGE + c] >= 0 and f[g + at.JOINED] >= f[at.WARM_AT]:
            i[at.COUNTS + i[at.STAGE + c] * at.BINS + _bin(f[at.NOW] - f[g + at.JOINED])] += i[e + at.SIZE]
        if f[at.TO_COME + c] > 0.0 and f[at.COHORT_FROM] <= f[g + at.BORN] < f[at.COHORT_TO]:
            f[at.OF_STANDARD] += f[at.TO_COME + c]


@compiled
def _forget(f, i):
    """Begin to count: what came before was warming up."""
    for n in range(i[at.N_NODES]):
        _account(f, i, n)
        f[at.QUEUE_AREA + n] = f[at.BUSY_AREA + n] = f[at.STAFF_AREA + n] = 0.0
    for c in range(i[at.N_CLASSES]):
        f[at.WAITED + c] = f[at.SQUARED + c] = f[at.STAYED + c] = 0.0
        i[at.JOINS + c] = i[at.BEGUN + c] = i[at.DONE + c] = i[at.QUITTED + c] = i[at.TURNED + c] = 0


# ---- coming in ----------------------------------------------------------------------------------------------------


@inlined
def _next_arrival(f, i):
    """Set when the next thing of work comes: chance of one rate through the hours of the week, each with its own mass."""
    if f[at.ENTERS + i[at.N_CLASSES] - 1] <= 0.0:
        f[at.ARRIVES] = math.inf
        return
    need = exponential(i, ARRIVAL)
    while need > f[at.MASS_LEFT]:
        need -= f[at.MASS_LEFT]
        i[at.HOUR] += 1
        f[at.MASS_LEFT] = f[at.PROFILE + i[at.HOUR] % i[at.WEEK_HOURS]]
        if i[at.HOUR] > f[at.ENDS]:
            f[at.ARRIVES] = math.inf
            return
    f[at.MASS_LEFT] -= need
    f[at.ARRIVES] = i[at.HOUR] + 1.0 - f[at.MASS_LEFT] / f[at.PROFILE + i[at.HOUR] % i[at.WEEK_HOURS]]


@compiled
def _arrive(f, i):
    f[at.NOW] = f[at.ARRIVES]
    dice, c = uniform(i, ARRIVAL), 0
    while f[at.ENTERS + c] < dice:
        c += 1
    _enter(f, i, _make(f, i, 1), c)
    _next_arrival(f, i)


@inlined
def _make(f, i, size):
    """Return a new thing of work, in the place of one that has gone or in a new one."""
    who = i[at.FREE]
    if who >= 0:
        i[at.FREE] = i[at.WORKS + who * at.THING_INTS + at.AFTER]
    else:
        who = i[at.FRESH]
        if who >= at.MOST_INSIDE - 1:
            i[at.FULL] = 1
        else:
            i[at.FRESH] = who + 1
    i[at.WORKS + who * at.THING_INTS + at.SIZE] = size
    f[at.THINGS + who * at.THING_FLOATS + at.BORN] = f[at.NOW]
    i[at.CREATED] += 1
    return who


@inlined
def _unmake(i, who):
    e = at.WORKS + who * at.THING_INTS
    i[e + at.STATE] = at.NOWHERE
    i[e + at.AFTER] = i[at.FREE]
    i[at.FREE] = who
    i[at.GONE] += 1


@compiled
def _enter(f, i, who, c):
    """Let a thing of work join the place of class `c`; a full place turns it away."""
    n = i[at.NODE + c]
    e, g = at.WORKS + who * at.THING_INTS, at.THINGS + who * at.THING_FLOATS
    if i[at.KIND + n] == at.POOL and 0 < i[at.LIMIT + n] <= i[at.LINE + n] + i[at.BUSY + n]:
        i[at.TURNED + c] += 1
        _unmake(i, who)
        return
    i[e + at.CLASS] = c
    f[g + at.JOINED], f[g + at.QUITS] = f[at.NOW], -1.0
    i[at.JOINS + c] += 1
    i[at.PRESENT + c] += 1
    if i[at.KIND + n] == at.DELAY:
        _account(f, i, n)
        i[at.BUSY + n] += 1
        _serve(f, i, who)
        return
    _line_up(f, i, who, c)
    if i[at.KIND + n] == at.POOL:
        _start(f, i, n)
    if f[at.PATIENCE + c] > 0.0 and i[e + at.STATE] == at.WAITING and i[e + at.CLASS] == c:
        f[g + at.QUITS] = f[at.NOW] + exponential(i, SERVICE) / f[at.PATIENCE + c]
        push(f, i, f[g + at.QUITS], who * at.KINDS + at.QUIT)


@compiled
def _sweep(f, i, s):
    """Make one piece of work of all that came up since the last sweep: reports by the hour of the week, or reviews due."""
    period = f[at.SOURCE_PERIOD + s]
    mean = 0.0
    if f[at.SOURCE_RATE + s] > 0.0:
        first = int(f[at.NOW] - period + 0.5)
        for hour in range(first, int(f[at.NOW] + 0.5)):
            mean += f[at.SOURCE_RATE + s] * f[at.PROFILE + hour % i[at.WEEK_HOURS]]
    for c in range(i[at.N_CLASSES]):
        if i[at.SOURCE_OF + c] == s:
            mean += i[at.PRESENT + c] * f[at.EACH_HOUR + c] * period
    count = poisson(i, SERVICE, mean)
    if count > 0:
        _enter(f, i, _make(f, i, count), i[at.SOURCE_CLASS + s])
    push(f, i, f[at.NOW] + period, s * at.KINDS + at.SWEEP)


# ---- waiting and being served -------------------------------------------------------------------------------------


@inlined
def _account(f, i, n):
    """Add up, until now, how long so many waited, were served and were there to serve."""
    lasted = f[at.NOW] - f[at.SINCE + n]
    f[at.SINCE + n] = f[at.NOW]
    f[at.QUEUE_AREA + n] += lasted * i[at.LINE + n]
    f[at.BUSY_AREA + n] += lasted * i[at.BUSY + n]
    f[at.STAFF_AREA + n] += lasted * max(i[at.SERVERS + n], i[at.BUSY + n])


@inlined
def _line_up(f, i, who, c):
    """Put a thing of work at its place in the queue of its class: last, or before those who came into the whole later."""
    e, n = at.WORKS + who * at.THING_INTS, i[at.NODE + c]
    _account(f, i, n)
    before = i[at.TAIL + c]
    if i[at.BY_BIRTH] == 1:
        born = f[at.THINGS + who * at.THING_FLOATS + at.BORN]
        while before >= 0 and f[at.THINGS + before * at.THING_FLOATS + at.BORN] > born:
            before = i[at.WORKS + before * at.THING_INTS + at.BEFORE]
    after = i[at.HEAD + c] if before < 0 else i[at.WORKS + before * at.THING_INTS + at.AFTER]
    i[e + at.BEFORE], i[e + at.AFTER], i[e + at.STATE] = before, after, at.WAITING
    if before < 0:
        i[at.HEAD + c] = who
    else:
        i[at.WORKS + before * at.THING_INTS + at.AFTER] = who
    if after < 0:
        i[at.TAIL + c] = who
    else:
        i[at.WORKS + after * at.THING_INTS + at.BEFORE] = who
    i[at.QUEUED + c] += 1
    i[at.LINE + n] += 1


@inlined
def _step_out(f, i, who):
    """Take a thing of work out of its queue."""
    e = at.WORKS + who * at.THING_INTS
    c, before, after = i[e + at.CLASS], i[e + at.BEFORE], i[e + at.AFTER]
    _account(f, i, i[at.NODE + c])
    if before < 0:
        i[at.HEAD + c] = after
    else:
        i[at.WORKS + before * at.THING_INTS + at.AFTER] = after
    if after < 0:
        i[at.TAIL + c] = before
    else:
        i[at.WORKS + after * at.THING_INTS + at.BEFORE] = before
    i[at.QUEUED + c] -= 1
    i[at.LINE + i[at.NODE + c]] -= 1


@inlined
def _first(f, i, n, free):
    """Return who is next at a place with so many free: by priority, then by who came first; -1 where nobody may begin."""
    best, rank, since = -1, 0, 0.0
    by = at.BORN if i[at.BY_BIRTH] == 1 else at.JOINED
    for k in range(i[at.N_HERE + n]):
        c = i[at.HERE + n * at.CLASSES + k]
        who = i[at.HEAD + c]
        if who < 0 or free <= i[at.SPARE + c]:
            continue
        came = f[at.THINGS + who * at.THING_FLOATS + by]
        if best < 0 or i[at.PRIORITY + c] < rank or (i[at.PRIORITY + c] == rank and came < since):
            best, rank, since = who, i[at.PRIORITY + c], came
    return best


@compiled
def _start(f, i, n):
    """Let whoever is next begin, as long as somebody is free."""
    while i[at.BUSY + n] < i[at.SERVERS + n] and i[at.LINE + n] > 0:
        who = _first(f, i, n, i[at.SERVERS + n] - i[at.BUSY + n])
        if who < 0:
            return
        _begin_with(f, i, who)
        i[at.BUSY + n] += 1
        _serve(f, i, who)


@inlined
def _begin_with(f, i, who):
    """Take the next one from the queue, and count how long it waited."""
    e = at.WORKS + who * at.THING_INTS
    c = i[e + at.CLASS]
    _step_out(f, i, who)
    joined = f[at.THINGS + who * at.THING_FLOATS + at.JOINED]
    waited = f[at.NOW] - joined
    if joined >= f[at.WARM_AT]:
        i[at.BEGUN + c] += 1
        f[at.WAITED + c] += waited
        f[at.SQUARED + c] += waited * waited
        if i[at.STAGE + c] >= 0:
            i[at.COUNTS + i[at.STAGE + c] * at.BINS + _bin(waited)] += i[e + at.SIZE]


@inlined
def _bin(waited):
    """Return the bin of a wait in hours."""
    if waited < at.FINE:
        return int(waited)
    return min(at.FINE + int((waited - at.FINE) / at.COARSE), at.BINS - 1)


@inlined
def _serve(f, i, who):
    """Draw how long it takes, or when it is cut short, and note the end."""
    e = at.WORKS + who * at.THING_INTS
    c = i[e + at.CLASS]
    shape, lasts = f[at.SHAPE + c], f[at.MEAN + c]
    if shape == 1.0 and i[e + at.SIZE] == 1:
        lasts *= exponential(i, SERVICE)
    elif shape > 0.0:
        lasts *= gamma(i, SERVICE, shape * i[e + at.SIZE]) / shape
    else:
        lasts *= i[e + at.SIZE]
    i[e + at.STATE] = at.SERVED
    if f[at.INTERRUPT + c] > 0.0:
        cut = exponential(i, SERVICE) / f[at.INTERRUPT + c]
        if cut < lasts:
            lasts = cut
            i[e + at.STATE] = at.CUT_SHORT
    f[at.THINGS + who * at.THING_FLOATS + at.LENGTH] = lasts
    push(f, i, f[at.NOW] + lasts, who * at.KINDS + at.END)


@compiled
def _end(f, i, who):
    """End a service: its worker is free, and the work goes where its class goes next."""
    e = at.WORKS + who * at.THING_INTS
    c = i[e + at.CLASS]
    n = i[at.NODE + c]
    _account(f, i, n)
    i[at.BUSY + n] -= 1
    cut = i[e + at.STATE] == at.CUT_SHORT
    f[at.MONTH_DONE + i[at.THIS_MONTH] * at.NODES + n] += i[e + at.SIZE]
    _go_on(f, i, who, cut)
    if i[at.KIND + n] == at.POOL:
        _start(f, i, n)


@compiled
def _go_on(f, i, who, cut):
    """Send work on from its class, with what it brings into being beside it."""
    e, g = at.WORKS + who * at.THING_INTS, at.THINGS + who * at.THING_FLOATS
    c = i[e + at.CLASS]
    _leave(f, i, who)
    if i[at.MILESTONE + c] == 1 and f[at.COHORT_FROM] <= f[g + at.BORN] < f[at.COHORT_TO]:
        f[at.OF_STANDARD] += 1.0
        i[at.REACHED + _bin(f[at.NOW] - f[g + at.BORN])] += 1
    to = i[at.CUT_TO + c]
    if not cut:
        i[at.DONE + c] += 1
        for k in range(at.SPAWNS):
            chance = f[at.SPAWN_CHANCE + k * at.CLASSES + c]
            if chance > 0.0 and (chance >= 1.0 or uniform(i, SERVICE) < chance):
                _enter(f, i, _make(f, i, 1), i[at.SPAWN + k * at.CLASSES + c])
        k, dice = 0, 1.0
        if f[at.CUM + c] < 1.0:
            dice = uniform(i, SERVICE)
        while f[at.CUM + k * at.CLASSES + c] < dice:
            k += 1
        to = i[at.NEXT + k * at.CLASSES + c]
    if to < 0:
        _unmake(i, who)
    else:
        _enter(f, i, who, to)


@inlined
def _leave(f, i, who):
    """Count how long somebody was in the place of their class, who leaves it now."""
    c = i[at.WORKS + who * at.THING_INTS + at.CLASS]
    i[at.PRESENT + c] -= 1
    f[at.STAYED + c] += f[at.NOW] - max(f[at.THINGS + who * at.THING_FLOATS + at.JOINED], f[at.WARM_AT])


@compiled
def _quit(f, i, who):
    """Let somebody go whose patience ended, if they wait still for what they waited for then."""
    e, g = at.WORKS + who * at.THING_INTS, at.THINGS + who * at.THING_FLOATS
    if i[e + at.STATE] != at.WAITING or f[g + at.QUITS] != f[at.NOW]:
        return
    c = i[e + at.CLASS]
    _step_out(f, i, who)
    _leave(f, i, who)
    i[at.QUITTED + c] += 1
    if i[at.QUIT_TO + c] < 0:
        _unmake(i, who)
    else:
        _enter(f, i, who, i[at.QUIT_TO + c])


@compiled
def _sit(f, i, n):
    """Hold a sitting: so many cases at most are heard, and each goes on at once."""
    heard = 0
    while i[at.LINE + n] > 0 and (i[at.LIMIT + n] == 0 or heard < i[at.LIMIT + n]):
        who = _first(f, i, n, 1_000_000)
        _begin_with(f, i, who)
        f[at.MONTH_DONE + i[at.THIS_MONTH] * at.NODES + n] += 1
        _go_on(f, i, who, False)
        heard += 1
    push(f, i, f[at.NOW] + f[at.PERIOD + n], n * at.KINDS + at.SITTING)


@inlined
def _note_month(f, i, n):
    month = i[at.THIS_MONTH] * at.NODES + n
    f[at.MONTH_QUEUE + month] = i[at.LINE + n]
    f[at.MONTH_BUSY + month], f[at.MONTH_STAFF + month] = f[at.BUSY_AREA + n], f[at.STAFF_AREA + n]


# ---- days and months ----------------------------------------------------------------------------------------------


@compiled
def _new_day(f, i):
    """Take who is there today from the roster; who began something yesterday finishes it."""
    day = i[at.TODAY] % i[at.ROSTERED]
    i[at.TODAY] += 1
    for n in range(i[at.N_NODES]):
        if i[at.KIND + n] == at.POOL:
            _account(f, i, n)
            i[at.SERVERS + n] = i[at.ROSTER + day * at.NODES + n]
            _start(f, i, n)
    push(f, i, f[at.NOW] + f[at.DAY_LENGTH], at.DAY)


@compiled
def _new_month(f, i):
    """Note who waits at the end of a month, and the work until then; the last month that there is room for takes what comes after."""
    for n in range(i[at.N_NODES]):
        _account(f, i, n)
        _note_month(f, i, n)
    i[at.THIS_MONTH] = min(i[at.THIS_MONTH] + 1, at.MONTHS - 1)
    push(f, i, f[at.NOW] + f[at.MONTH_LENGTH], at.MONTH)
