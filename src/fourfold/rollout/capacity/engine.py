"""A network of queues, event by event, compiled: what waits where, for how long, served by whom.

One thing of work has a class; a class has a place, a length of service, a priority, a patience, and where it goes next.
`network.simulate` packs a network into the arrays (`layout`), calls `run`, and reads the answers back; `readable.simulate` does
the same work in SimPy, for those who want to read how it works.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity import tally
from fourfold.rollout.capacity.agenda import clear, next_up, note, strike, take_up
from fourfold.rollout.capacity.chance import ARRIVAL, SERVICE, exponential, how_long, poisson, uniform
from fourfold.rollout.capacity.compiling import compiled, entered, inlined
from fourfold.rollout.capacity.delays import live
from fourfold.rollout.capacity.roster import fill


@entered
def run(f, i, packed, set_up, asked, dice, told, counted):
    """Play what is packed once for each demand that is asked: a factor on what comes in, and one on what comes up beside it."""
    for k in range(set_up[at.DRAWS]):
        for n in range(at.FLOATS):
            f[n] = packed[n]
        for n in range(at.INTS):
            i[n] = set_up[n]
        for hour in range(i[at.WEEK_HOURS]):
            f[at.PROFILE + hour] *= asked[2 * k]
        for s in range(i[at.N_SOURCES]):
            f[at.SOURCE_RATE + s] *= asked[2 * k + 1]
        for n in range(3):
            i[at.DICE + n] = dice[3 * k + n]
        _play(f, i)
        _tell(f, i, k, told, counted)


@inlined
def _tell(f, i, k, told, counted):
    """Keep what one demand came to beside that of the others, and add up what is told of all together."""
    row = k * (at.TOLD_MONTHS + 4 * i[at.MONTHS_TOLD] * i[at.N_NODES])
    for n in range(at.BINS):
        told[row + n] = i[at.REACHED + n]
    told[row + at.TOLD_STANDARD], told[row + at.TOLD_FULL] = f[at.OF_STANDARD], i[at.FULL]
    row += at.TOLD_MONTHS
    for kept in range(4):
        for month in range(i[at.MONTHS_TOLD]):
            for n in range(i[at.N_NODES]):
                told[row] = f[at.MONTH_QUEUE + (kept * at.MONTHS + month) * at.NODES + n]
                row += 1
    for n in range(at.STAGES * at.BINS):
        counted[n] += i[at.COUNTS + n]
    counted[at.ALL_EVENTS] += i[at.EVENTS]


@compiled
def _play(f, i):
    """Play the network from its first event to its end."""
    _begin(f, i)
    while i[at.FULL] == 0:
        who = next_up(f, i)
        due = f[at.THINGS + who * at.THING_FLOATS + at.DUE] if who >= 0 else f[at.ENDS]
        if f[at.ARRIVES] <= due and f[at.ARRIVES] < f[at.ENDS]:
            f[at.NOW] = f[at.ARRIVES]
            _arrive(f, i)
        elif who >= 0:
            f[at.NOW] = due
            take_up(i)
            _happen(f, i, who)
        else:
            break
        i[at.EVENTS] += 1
    _close(f, i)


@inlined
def _happen(f, i, who):
    if who >= at.FIRST_THING:
        state = i[at.WORKS + who * at.THING_INTS + at.STATE]
        if state == at.WAITING:
            _quit(f, i, who)
        elif state == at.COMING:
            tally.create(f, i, who)
            _enter(f, i, who, i[at.WORKS + who * at.THING_INTS + at.CLASS])
        else:
            _end(f, i, who)
    elif who < at.SITTING:
        _sweep(f, i, who - at.SWEEP)
    elif who < at.DAY:
        _sit(f, i, who - at.SITTING)
    elif who == at.DAY:
        _new_day(f, i)
    elif who == at.MONTH:
        _new_month(f, i)
    else:
        tally.forget(f, i)


# ---- beginning and end --------------------------------------------------------------------------------------------


@compiled
def _begin(f, i):
    clear(f, i)
    i[at.FRESH] = at.FIRST_THING
    f[at.MASS_LEFT] = f[at.PROFILE]
    _next_arrival(f, i)
    if f[at.WARM_AT] > 0.0:
        note(f, i, at.WARM, f[at.WARM_AT])
    if i[at.ROSTERED] > 0:
        fill(f, i)
        note(f, i, at.DAY, 0.0)
    if f[at.MONTH_LENGTH] > 0.0:
        note(f, i, at.MONTH, f[at.MONTH_LENGTH])
    for s in range(i[at.N_SOURCES]):
        _sweep_next(f, i, s)
    for n in range(i[at.N_NODES]):
        if i[at.KIND + n] == at.MEETING:
            note(f, i, at.SITTING + n, f[at.PHASE + n])
    for c in range(i[at.N_CLASSES]):
        for _ in range(i[at.INITIAL + c]):
            _enter(f, i, tally.make(f, i, 1), c)


@compiled
def _close(f, i):
    """Bring every area up to the end, and count those who wait still, or have waited beyond the standard."""
    f[at.NOW] = f[at.ENDS] if i[at.FULL] == 0 else f[at.NOW]
    for n in range(i[at.N_NODES]):
        tally.note_month(f, i, n)
        tally.add_those_there(f, i, n, 1.0)
    for who in range(at.FIRST_THING, i[at.FRESH]):
        e, g = at.WORKS + who * at.THING_INTS, at.THINGS + who * at.THING_FLOATS
        if i[e + at.STATE] == at.NOWHERE or i[e + at.STATE] == at.COMING:
            continue
        c = i[e + at.CLASS]
        f[at.STAYED + c] += f[at.NOW] - max(f[g + at.JOINED], f[at.WARM_AT])
        if i[e + at.STATE] == at.WAITING and i[at.STAGE + c] >= 0 and f[g + at.JOINED] >= f[at.WARM_AT]:
            i[at.COUNTS + i[at.STAGE + c] * at.BINS + tally.bin_of(f[at.NOW] - f[g + at.JOINED])] += i[e + at.SIZE]
        if f[at.TO_COME + c] > 0.0 and f[at.COHORT_FROM] <= f[g + at.BORN] < f[at.COHORT_TO]:
            f[at.OF_STANDARD] += f[at.TO_COME + c]


# ---- coming in ----------------------------------------------------------------------------------------------------


@inlined
def _next_arrival(f, i):
    """Set when the next thing of work comes: chance of one rate through the hours of the week, each with its own mass."""
    if f[at.ENTERS] <= 0.0:
        f[at.ARRIVES] = math.inf
        return
    need = exponential(i, ARRIVAL)
    while need > f[at.MASS_LEFT]:
        need -= f[at.MASS_LEFT]
        i[at.HOUR] += 1
        i[at.OF_WEEK] = i[at.OF_WEEK] + 1 if i[at.OF_WEEK] + 1 < i[at.WEEK_HOURS] else 0
        f[at.MASS_LEFT] = f[at.PROFILE + i[at.OF_WEEK]]
        if i[at.HOUR] > f[at.ENDS]:
            f[at.ARRIVES] = math.inf
            return
    f[at.MASS_LEFT] -= need
    f[at.ARRIVES] = i[at.HOUR] + 1.0 - f[at.MASS_LEFT] / f[at.PROFILE + i[at.OF_WEEK]]


@inlined
def _arrive(f, i):
    dice, k = uniform(i, ARRIVAL), 0
    while f[at.ENTERS + k] < dice:
        k += 1
    _enter(f, i, tally.make(f, i, 1), i[at.ENTERED + k])
    _next_arrival(f, i)


@compiled
def _enter(f, i, who, c):
    """Let a thing of work join the place of class `c`; a full place turns it away."""
    n = i[at.NODE + c]
    e, g = at.WORKS + who * at.THING_INTS, at.THINGS + who * at.THING_FLOATS
    if i[at.KIND + n] == at.POOL and 0 < i[at.LIMIT + n] <= i[at.LINE + n] + i[at.BUSY + n]:
        i[at.TURNED + c] += 1
        tally.unmake(i, who)
        return
    if i[at.KIND + n] == at.DELAY and i[at.WHOLE] == 1:
        tally.occupy(f, i, n)
        live(f, i, who, c)
        return
    i[e + at.CLASS] = c
    f[g + at.JOINED] = f[at.NOW]
    i[at.JOINS + c] += 1
    i[at.PRESENT + c] += 1
    if i[at.KIND + n] == at.DELAY:
        tally.occupy(f, i, n)
        _serve(f, i, who)
        return
    free = i[at.SERVERS + n] - i[at.BUSY + n]
    if i[at.KIND + n] == at.POOL and i[at.LINE + n] == 0 and free > i[at.SPARE + c]:
        tally.count_wait(f, i, who, c)
        tally.occupy(f, i, n)
        _serve(f, i, who)
        return
    _line_up(f, i, who, c)
    if f[at.PATIENCE + c] > 0.0:
        note(f, i, who, f[at.NOW] + exponential(i, SERVICE) / f[at.PATIENCE + c])
    if i[at.KIND + n] == at.POOL and free > 0:
        _start(f, i, n)


@compiled
def _sweep(f, i, s):
    """Make one piece of work of all that came up since the last sweep: reports by the hour of the week, or reviews due."""
    period = f[at.SOURCE_PERIOD + s]
    if i[at.SOURCE_KIND + s] == at.ONLY_RATE:
        count = 1 + poisson(i, SERVICE, f[at.SOURCE_LEFT + s])
    else:
        mean = 0.0
        for hour in range(int(f[at.NOW] - period + 0.5), int(f[at.NOW] + 0.5) if f[at.SOURCE_RATE + s] > 0.0 else 0):
            mean += f[at.SOURCE_RATE + s] * f[at.PROFILE + hour % i[at.WEEK_HOURS]]
        if i[at.SOURCE_KIND + s] == at.AHEAD:
            sweep = at.DUES + s * at.SWEEPS + int(f[at.NOW] / period + 0.5)
            f[sweep] += f[sweep - 1]
            mean += f[sweep]
        for c in range(i[at.SOURCE_FROM + s], i[at.SOURCE_TO + s]):
            if i[at.SOURCE_OF + c] == s:
                mean += i[at.PRESENT + c] * f[at.EACH_HOUR + c] * period
        count = poisson(i, SERVICE, mean)
    if count > 0:
        _enter(f, i, tally.make(f, i, count), i[at.SOURCE_CLASS + s])
    _sweep_next(f, i, s)


@compiled
def _sweep_next(f, i, s):
    """Note the next sweep: of a source that nobody's presence feeds, the next that finds something, its first piece drawn here."""
    period = f[at.SOURCE_PERIOD + s]
    time, left = f[at.NOW] + period, 0.0
    if i[at.SOURCE_KIND + s] == at.ONLY_RATE:
        hours, hour = int(period), int(f[at.NOW] + 0.5) % i[at.WEEK_HOURS]
        left, time = -exponential(i, SERVICE), f[at.NOW]
        while left < 0.0 and time < f[at.ENDS]:
            for _ in range(hours):
                left += f[at.SOURCE_RATE + s] * f[at.PROFILE + hour]
                hour = hour + 1 if hour + 1 < i[at.WEEK_HOURS] else 0
            time += period
        f[at.SOURCE_LEFT + s] = max(left, 0.0)
    note(f, i, at.SWEEP + s, time)


# ---- waiting and being served -------------------------------------------------------------------------------------


@inlined
def _line_up(f, i, who, c):
    """Put a thing of work at its place in the queue of its class: last, or before those who came into the whole later."""
    e, n = at.WORKS + who * at.THING_INTS, i[at.NODE + c]
    f[at.QUEUE_AREA + n] -= f[at.NOW]
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
    f[at.QUEUE_AREA + i[at.NODE + c]] += f[at.NOW]
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
        if best >= 0 and i[at.PRIORITY + c] > rank:  # they stand in the order of their priority
            break
        came = f[at.THINGS + who * at.THING_FLOATS + by]
        if best < 0 or came < since:
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
        tally.occupy(f, i, n)
        _serve(f, i, who)


@inlined
def _begin_with(f, i, who):
    """Take the next one from the queue, and count how long it waited."""
    c = i[at.WORKS + who * at.THING_INTS + at.CLASS]
    if f[at.PATIENCE + c] > 0.0:
        strike(f, i, who)
    _step_out(f, i, who)
    tally.count_wait(f, i, who, c)


@compiled
def _serve(f, i, who):
    """Draw how long it takes, or when it is cut short, and note the end."""
    e = at.WORKS + who * at.THING_INTS
    c = i[e + at.CLASS]
    lasts = how_long(f, i, who, c)
    i[e + at.STATE] = at.SERVED
    if f[at.INTERRUPT + c] > 0.0:
        cut = exponential(i, SERVICE) / f[at.INTERRUPT + c]
        if cut < lasts:
            lasts = cut
            i[e + at.STATE] = at.CUT_SHORT
    note(f, i, who, f[at.NOW] + lasts)


@inlined
def _end(f, i, who):
    """End a service: its worker is free, and the work goes where its class goes next."""
    e = at.WORKS + who * at.THING_INTS
    c = i[e + at.CLASS]
    n = i[at.NODE + c]
    tally.release(f, i, n)
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
    tally.count_leaving(f, i, who)
    if i[at.MILESTONE + c] == 1 and f[at.COHORT_FROM] <= f[g + at.BORN] < f[at.COHORT_TO]:
        f[at.OF_STANDARD] += 1.0
        i[at.REACHED + tally.bin_of(f[at.NOW] - f[g + at.BORN])] += 1
    to = i[at.CUT_TO + c]
    if not cut:
        i[at.DONE + c] += 1
        for k in range(at.SPAWNS):
            chance = f[at.SPAWN_CHANCE + k * at.CLASSES + c]
            if chance > 0.0 and (chance >= 1.0 or uniform(i, SERVICE) < chance):
                _enter(f, i, tally.make(f, i, 1), i[at.SPAWN + k * at.CLASSES + c])
        k, dice = 0, 1.0
        if f[at.CUM + c] < 1.0:
            dice = uniform(i, SERVICE)
        while f[at.CUM + k * at.CLASSES + c] < dice:
            k += 1
        to = i[at.NEXT + k * at.CLASSES + c]
    if to < 0:
        tally.unmake(i, who)
    else:
        _enter(f, i, who, to)


@compiled
def _quit(f, i, who):
    """Let somebody go whose patience ended."""
    c = i[at.WORKS + who * at.THING_INTS + at.CLASS]
    _step_out(f, i, who)
    tally.count_leaving(f, i, who)
    i[at.QUITTED + c] += 1
    if i[at.QUIT_TO + c] < 0:
        tally.unmake(i, who)
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
    note(f, i, at.SITTING + n, f[at.NOW] + f[at.PERIOD + n])


# ---- days and months ----------------------------------------------------------------------------------------------


@compiled
def _new_day(f, i):
    """Take who is there today from the roster; who began something yesterday finishes it."""
    day = i[at.TODAY] % i[at.ROSTERED]
    i[at.TODAY] += 1
    for n in range(i[at.N_NODES]):
        servers = i[at.ROSTER + day * at.NODES + n]
        if i[at.KIND + n] == at.POOL and servers != i[at.SERVERS + n]:
            f[at.STAFF_AREA + n] += f[at.NOW] * max(i[at.SERVERS + n], i[at.BUSY + n])
            i[at.SERVERS + n] = servers
            f[at.STAFF_AREA + n] -= f[at.NOW] * max(servers, i[at.BUSY + n])
            _start(f, i, n)
    note(f, i, at.DAY, f[at.NOW] + f[at.DAY_LENGTH])


@compiled
def _new_month(f, i):
    """Note who waits at the end of a month, and the work until then; the last month that there is room for takes what comes after."""
    for n in range(i[at.N_NODES]):
        tally.note_month(f, i, n)
    i[at.THIS_MONTH] = min(i[at.THIS_MONTH] + 1, at.MONTHS - 1)
    note(f, i, at.MONTH, f[at.NOW] + f[at.MONTH_LENGTH])
