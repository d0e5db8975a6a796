"""Where each number of a running network stands in the engine's two arrays: a name here, an offset in the loop.

Everything of a network and of its state lies in one array of floats and one of integers, and the engine's small functions
get both as plain arguments: compiled so, an event costs some tens of nanoseconds, where a named tuple of many arrays cost ten
to twenty times as much for the same numbers.
"""

from __future__ import annotations

from typing import Final

#: The most of each that a network may have.
CLASSES: Final = 48
NODES: Final = 16
SOURCES: Final = 8
MONTHS: Final = 40
DAYS: Final = 840
HOURS: Final = 168
ROUTES: Final = 4
SPAWNS: Final = 2
STAGES: Final = 12
#: So many things of work may be inside at one time, and so many events ahead; a run that needs more ends and says so.
MOST_INSIDE: Final = 60_000
AHEAD: Final = 2 * MOST_INSIDE

#: Waits are counted by the hour up to 80 hours (ten working days of eight), by 8 hours to 1,520 hours, then as "longer".
FINE: Final = 80
COARSE: Final = 8
BINS: Final = 262

#: What an event is: the end of a service, lost patience, a sweep of a source, a sitting, a new day, a new month.
END: Final = 0
QUIT: Final = 1
SWEEP: Final = 2
SITTING: Final = 3
DAY: Final = 4
MONTH: Final = 5
WARM: Final = 6
KINDS: Final = 8

#: What a place of work is: people who serve, time that passes for everybody at once, a meeting.
POOL: Final = 0
DELAY: Final = 1
MEETING: Final = 2

#: Where a thing of work is: nowhere, in a queue, being served, being served and going to be interrupted.
NOWHERE: Final = 0
WAITING: Final = 1
SERVED: Final = 2
CUT_SHORT: Final = 3

# ---- floats: of the whole -----------------------------------------------------------------------------------------
NOW: Final = 0
ARRIVES: Final = 1
ENDS: Final = 2
WARM_AT: Final = 3
DAY_LENGTH: Final = 4
MONTH_LENGTH: Final = 5
MASS_LEFT: Final = 6
COHORT_FROM: Final = 7
COHORT_TO: Final = 8
OF_STANDARD: Final = 11
# ---- floats: a row for each class ---------------------------------------------------------------------------------
MEAN: Final = 16
SHAPE: Final = MEAN + CLASSES
PATIENCE: Final = SHAPE + CLASSES
INTERRUPT: Final = PATIENCE + CLASSES
ENTERS: Final = INTERRUPT + CLASSES
EACH_HOUR: Final = ENTERS + CLASSES
TO_COME: Final = EACH_HOUR + CLASSES
WAITED: Final = TO_COME + CLASSES
SQUARED: Final = WAITED + CLASSES
STAYED: Final = SQUARED + CLASSES
CUM: Final = STAYED + CLASSES
SPAWN_CHANCE: Final = CUM + ROUTES * CLASSES
# ---- floats: a row for each node ----------------------------------------------------------------------------------
SINCE: Final = SPAWN_CHANCE + SPAWNS * CLASSES
QUEUE_AREA: Final = SINCE + NODES
BUSY_AREA: Final = QUEUE_AREA + NODES
STAFF_AREA: Final = BUSY_AREA + NODES
PERIOD: Final = STAFF_AREA + NODES
PHASE: Final = PERIOD + NODES
# ---- floats: sources, the week, the months ------------------------------------------------------------------------
SOURCE_RATE: Final = PHASE + NODES
SOURCE_PERIOD: Final = SOURCE_RATE + SOURCES
PROFILE: Final = SOURCE_PERIOD + SOURCES
MONTH_QUEUE: Final = PROFILE + HOURS
MONTH_BUSY: Final = MONTH_QUEUE + MONTHS * NODES
MONTH_STAFF: Final = MONTH_BUSY + MONTHS * NODES
MONTH_DONE: Final = MONTH_STAFF + MONTHS * NODES
FLOATS: Final = MONTH_DONE + MONTHS * NODES
WHEN: Final = FLOATS
THINGS: Final = WHEN + AHEAD
#: One thing of work: when it came into the whole, joined its queue, how long its service takes, when its patience ends.
BORN: Final = 0
JOINED: Final = 1
LENGTH: Final = 2
QUITS: Final = 3
THING_FLOATS: Final = 4

# ---- integers: of the whole ---------------------------------------------------------------------------------------
HEAP: Final = 0
FREE: Final = 1
FRESH: Final = 2
N_CLASSES: Final = 4
N_NODES: Final = 5
N_SOURCES: Final = 6
WEEK_HOURS: Final = 7
HOUR: Final = 8
FULL: Final = 9
BY_BIRTH: Final = 10
EVENTS: Final = 11
TODAY: Final = 12
ROSTERED: Final = 13
THIS_MONTH: Final = 14
CREATED: Final = 15
GONE: Final = 16
# ---- integers: a row for each class -------------------------------------------------------------------------------
NODE: Final = 32
PRIORITY: Final = NODE + CLASSES
SPARE: Final = PRIORITY + CLASSES
CUT_TO: Final = SPARE + CLASSES
QUIT_TO: Final = CUT_TO + CLASSES
HEAD: Final = QUIT_TO + CLASSES
TAIL: Final = HEAD + CLASSES
QUEUED: Final = TAIL + CLASSES
PRESENT: Final = QUEUED + CLASSES
JOINS: Final = PRESENT + CLASSES
BEGUN: Final = JOINS + CLASSES
DONE: Final = BEGUN + CLASSES
QUITTED: Final = DONE + CLASSES
TURNED: Final = QUITTED + CLASSES
STAGE: Final = TURNED + CLASSES
MILESTONE: Final = STAGE + CLASSES
SOURCE_OF: Final = MILESTONE + CLASSES
INITIAL: Final = SOURCE_OF + CLASSES
NEXT: Final = INITIAL + CLASSES
SPAWN: Final = NEXT + ROUTES * CLASSES
# ---- integers: a row for each node --------------------------------------------------------------------------------
KIND: Final = SPAWN + SPAWNS * CLASSES
SERVERS: Final = KIND + NODES
BUSY: Final = SERVERS + NODES
LINE: Final = BUSY + NODES
LIMIT: Final = LINE + NODES
N_HERE: Final = LIMIT + NODES
HERE: Final = N_HERE + NODES
SOURCE_CLASS: Final = HERE + NODES * CLASSES
ROSTER: Final = SOURCE_CLASS + SOURCES
COUNTS: Final = ROSTER + DAYS * NODES
REACHED: Final = COUNTS + STAGES * BINS
DICE: Final = REACHED + BINS
INTS: Final = DICE + 4
WHAT: Final = INTS
WORKS: Final = WHAT + AHEAD
#: One thing of work: its class, where it is, its neighbours in the queue, and of how many pieces it is.
CLASS: Final = 0
STATE: Final = 1
AFTER: Final = 2
BEFORE: Final = 3
SIZE: Final = 4
THING_INTS: Final = 5

# ---- the roster ----------------------------------------------------------------------------------------------------
#: A row for each profession: posts, the place they serve at by the hour (or -1), the place where each holds so many at a time (or
#: -1), how many that is, and the days until the last post is filled for the first time.
POSTS, BY_HOUR, BY_SLOT, SLOTS, START_UP = 0, 1, 2, 3, 4
#: Of everybody: chance of a week on leave, of falling ill on a day, of getting well, of leaving on a day; days until refilled.
LEAVE, ILL, WELL, GOES, REFILL = 0, 1, 2, 3, 4
