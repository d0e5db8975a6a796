"""Where each number of a running network stands in the engine's two arrays: a name here, an offset in the loop.

Everything of a network and of its state lies in one array of floats and one of integers, and the engine's small functions
get both as plain arguments: compiled so, an event costs some tens of nanoseconds, where a named tuple of many arrays cost ten
to twenty times as much for the same numbers.
"""

from __future__ import annotations

from typing import Final

from fourfold.rollout.capacity.terms import DAY as HOURS_A_DAY
from fourfold.rollout.capacity.terms import MONTH as HOURS_A_MONTH

#: The most of each that a network may have.
CLASSES: Final = 32
NODES: Final = 8
SOURCES: Final = 4
MONTHS: Final = 40
DAYS: Final = int(MONTHS * HOURS_A_MONTH / HOURS_A_DAY) + 1  # as many as `play` has in so many months
HOURS: Final = 168
PROFESSIONS: Final = 8
ROUTES: Final = 4
SPAWNS: Final = 2
STAGES: Final = 8
#: So many things of work may be inside at one time; a run that needs more ends and says so.
MOST_INSIDE: Final = 60_000
#: Into so many parts the time to be played is cut, for two years some two hours each.
PARTS: Final = 4_096

#: Waits are counted by the hour up to 80 hours (ten working days of eight), by 8 hours to 1,520 hours, then as "longer".
FINE: Final = 80
COARSE: Final = 8
BINS: Final = 262

#: What comes round stands before the things of work, each at a place of its own: a sweep of each source, a sitting of each place,
#: a new day, a new month, and once the end of warming up. To a thing of work comes the end of a service, or of its patience.
SWEEP: Final = 0
SITTING: Final = SWEEP + SOURCES
DAY: Final = SITTING + NODES
MONTH: Final = DAY + 1
WARM: Final = MONTH + 1
FIRST_THING: Final = 32

#: What a place of work is: people who serve, time that passes for everybody at once, a meeting.
POOL: Final = 0
DELAY: Final = 1
MEETING: Final = 2

#: Where a thing of work is: nowhere, in a queue, being served, being served and going to be interrupted.
NOWHERE: Final = 0
WAITING: Final = 1
SERVED: Final = 2
CUT_SHORT: Final = 3
#: Noted to come into being later, out of a delay that was drawn whole.
COMING: Final = 4

#: How a source is swept: each period, those there counted; the same, those in delays known ahead; only when something came up.
BY_PRESENT: Final = 0
AHEAD: Final = 1
ONLY_RATE: Final = 2

# ---- the roster ----------------------------------------------------------------------------------------------------
#: A row for each profession: posts, the place they serve at by the hour (or -1), the place where each holds so many at a time (or
#: -1), how many that is, and the days until the last post is filled for the first time.
POSTS, BY_HOUR, BY_SLOT, SLOTS, START_UP = 0, 1, 2, 3, 4
#: Of everybody: the rates of a week on leave, of falling ill on a day, of getting well, of leaving on a day; days until refilled.
LEAVE, ILL, WELL, GOES, REFILL = 0, 1, 2, 3, 4
POST_FLOATS: Final = 5

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
PARTS_EACH: Final = 9
OF_STANDARD: Final = 11
# ---- floats: a row for each class ---------------------------------------------------------------------------------
MEAN: Final = 16
SHAPE: Final = MEAN + CLASSES
#: What a gamma law of that shape is drawn with, where it is at least one.
GAMMA_D: Final = SHAPE + CLASSES
GAMMA_C: Final = GAMMA_D + CLASSES
PATIENCE: Final = GAMMA_C + CLASSES
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
#: The time that people waited, were at work and were there is kept without what those who are there now add to it: see `tally`.
QUEUE_AREA: Final = SPAWN_CHANCE + SPAWNS * CLASSES
BUSY_AREA: Final = QUEUE_AREA + NODES
STAFF_AREA: Final = BUSY_AREA + NODES
PERIOD: Final = STAFF_AREA + NODES
PHASE: Final = PERIOD + NODES
# ---- floats: sources, the week, the months ------------------------------------------------------------------------
SOURCE_RATE: Final = PHASE + NODES
SOURCE_PERIOD: Final = SOURCE_RATE + SOURCES
SOURCE_LEFT: Final = SOURCE_PERIOD + SOURCES
PROFILE: Final = SOURCE_LEFT + SOURCES
MONTH_QUEUE: Final = PROFILE + HOURS
MONTH_BUSY: Final = MONTH_QUEUE + MONTHS * NODES
MONTH_STAFF: Final = MONTH_BUSY + MONTHS * NODES
MONTH_DONE: Final = MONTH_STAFF + MONTHS * NODES
TEAM: Final = MONTH_DONE + MONTHS * NODES
EVERYBODY: Final = TEAM + PROFESSIONS * POST_FLOATS
#: A row for each source: by how much what falls due changes from sweep to sweep, for whoever is in a delay.
SWEEPS: Final = DAYS + 3
DUES: Final = EVERYBODY + POST_FLOATS
FLOATS: Final = DUES + SOURCES * SWEEPS
THINGS: Final = (FLOATS + 7) // 8 * 8
#: One thing of work: when it came into the whole, joined its queue, and when something happens to it next.
BORN: Final = 0
JOINED: Final = 1
DUE: Final = 2
THING_FLOATS: Final = 4

# ---- integers: of the whole ---------------------------------------------------------------------------------------
PART: Final = 0
FREE: Final = 1
FRESH: Final = 2
NEXT_UP: Final = 3
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
N_PROFESSIONS: Final = 17
OF_WEEK: Final = 18
#: Whether delays are drawn whole; how many demands are played, and how many months of each are told.
WHOLE: Final = 19
DRAWS: Final = 20
MONTHS_TOLD: Final = 21
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
AHEAD_OF: Final = SOURCE_OF + CLASSES
INITIAL: Final = AHEAD_OF + CLASSES
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
SOURCE_KIND: Final = SOURCE_CLASS + SOURCES
SOURCE_FROM: Final = SOURCE_KIND + SOURCES
SOURCE_TO: Final = SOURCE_FROM + SOURCES
ENTERED: Final = SOURCE_TO + SOURCES
COUNTS: Final = ENTERED + CLASSES
REACHED: Final = COUNTS + STAGES * BINS
DICE: Final = REACHED + BINS
INTS: Final = DICE + 4
#: What the engine writes itself before it reads it: who is there on each day, place by place, what is to come, and the things of work.
ROSTER: Final = INTS
AGENDA: Final = ROSTER + (DAYS + 1) * NODES
WORKS: Final = (AGENDA + PARTS + 7) // 8 * 8
#: One thing of work: its class, where it is, its neighbours in the queue, of how many pieces it is, and to whom something happens next
#: after it; as long as a line of the processor's memory.
CLASS: Final = 0
STATE: Final = 1
AFTER: Final = 2
BEFORE: Final = 3
SIZE: Final = 4
LATER: Final = 5
THING_INTS: Final = 8

# ---- what is told of each demand: floats; and of all together: integers ------------------------------------------
TOLD_STANDARD: Final = BINS
TOLD_FULL: Final = BINS + 1
TOLD_MONTHS: Final = BINS + 2
ALL_EVENTS: Final = STAGES * BINS
