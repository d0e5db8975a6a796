"""The same picture for a phone: time runs down, newest first; lanes are columns; the level is a strip that widens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.rhythm import Gap, counted
from fourfold.web.components.charts.scales import TimeAxis, time_ticks
from fourfold.web.components.charts.scene import Pile, Scene, act_said, pile_step, piles
from fourfold.web.components.charts.terms import LEVEL_NAMES, Band
from fourfold.web.components.charts.timeline_wide import band_words, mark
from fourfold.web.translation import composed

WIDTH = 320.0
STRIP, STRIP_STEP = 48.0, 4.0
LEFT, RIGHT = 82.0, 318.0
TOP = 66.0
PER_DAY, SHORTEST, TALLEST = 2.4, 300.0, 1000.0
RADIUS = {1: 4.0, 2: 6.0, 3: 8.0}
SMALL = 11.0
SOFT_HYPHEN = "\u00ad"
TICK_AIR = 20.0


@dataclass(frozen=True, slots=True)
class Column:
    """Where everything of one scene stands on a phone."""

    scene: Scene
    axis: TimeAxis

    @property
    def bottom(self) -> float:
        return self.axis.start

    @property
    def lane_width(self) -> float:
        return (RIGHT - LEFT) / max(len(self.scene.lanes), 1)

    def lane(self, position: int) -> float:
        return LEFT + self.lane_width * (position + 0.5)

    def foot(self, position: int) -> float:
        """Return where a lane's bars begin."""
        return LEFT + self.lane_width * position + 5


def draw_narrow(scene: Scene) -> tuple[float, float, list[str]]:
    days = (scene.until - scene.since) / timedelta(days=1)
    tall = min(max(days * PER_DAY, SHORTEST), TALLEST)
    column = Column(scene, TimeAxis(scene.since, scene.until, TOP + tall, TOP))
    marks = [*draw_piles(column)] if scene.crowded else [*draw_acts(column)]
    parts = [
        *draw_heads(column),
        *draw_months(column),
        *draw_bands(column),
        *draw_lanes(column),
        *draw_levels(column),
        *draw_gaps(column),
        *marks,
        *draw_today(column),
    ]
    return WIDTH, TOP + tall + 8, parts


def draw_heads(column: Column) -> Iterator[str]:
    """Name each column and count its acts."""
    yield pen.text(STRIP, 42, composed("Level"), font_size=SMALL, font_weight="bold")
    for position, (lane, acts) in enumerate(column.scene.lanes):
        x = column.lane(position)
        for row, word in enumerate(short_lines(pen.said(lane.short or lane.name), column.lane_width - 2)):
            yield pen.text(x, 14 + 13 * row, word, text_anchor="middle", font_size=SMALL)
        yield pen.text(x, 54, f"{acts:,}", text_anchor="middle", font_size=SMALL, fill=ink.INK_2)


def short_lines(said: str, room: float) -> tuple[str, ...]:
    """Break a name into at most two lines for a narrow column; a word that is too long is hyphenated."""
    lines: list[str] = []
    for word in said.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and pen.width_of(joined, SMALL) <= room:
            lines[-1] = joined
        else:
            lines.extend(hyphenated(word, room))
    if len(lines) > 2:
        lines[1] = lines[1].rstrip("-") + "…"
    return tuple(lines[:2])


def hyphenated(word: str, room: float) -> list[str]:
    """Break one word where the room ends, at a soft hyphen (U+00AD) if the word has one."""
    syllables = word.split(SOFT_HYPHEN)
    whole = "".join(syllables)
    if pen.width_of(whole, SMALL) <= room:
        return [whole]
    cut = len(syllables[0]) if len(syllables) > 1 else longest_piece(whole, room)
    return [f"{whole[:cut]}-", whole[cut:]]


def longest_piece(word: str, room: float) -> int:
    """Return how many letters of a word fit with a hyphen behind them, two at least."""
    fitting = (n for n in range(len(word) - 2, 2, -1) if pen.width_of(word[:n] + "-", SMALL) <= room)
    return next(fitting, 2)


def draw_months(column: Column) -> Iterator[str]:
    """Draw the months (or days) down the left side, where they do not touch the word "today"."""
    today = column.axis.place(column.scene.pattern.today)
    for tick in time_ticks(column.axis, 34):
        y = column.axis.place(tick.at)
        yield pen.line(STRIP - 4, y, RIGHT, y, stroke=ink.GRID)
        if abs(y - today) < TICK_AIR or y > column.bottom - 4:
            continue
        name, _, year = tick.name.partition(" ")
        if not year.isdigit():
            name, year = tick.name, ""
        yield pen.text(0, y + 4, name, font_size=SMALL, fill=ink.INK_2)
        if year and y + 16 < column.bottom:
            yield pen.text(0, y + 16, year, font_size=SMALL, fill=ink.INK_2)


def draw_lanes(column: Column) -> Iterator[str]:
    """Draw each lane's line: through the middle for circles, at the foot of the bars."""
    for position in range(len(column.scene.lanes)):
        x = column.foot(position) if column.scene.crowded else column.lane(position)
        yield pen.line(x, TOP, x, column.bottom, stroke=ink.RULE)
    if not column.scene.acts:
        y = (TOP + column.bottom) / 2
        said = composed("No act is on record in this time")
        yield pen.halo((LEFT + RIGHT) / 2, y, said, text_anchor="middle", font_size=12)


def draw_levels(column: Column) -> Iterator[str]:
    """Draw the level as a strip: wider is higher; none is not assessed."""
    levels, today = column.scene.levels, column.axis.place(column.scene.pattern.today)
    starts = [column.axis.place(step.at) for step in levels]
    for step, y1, y2 in zip(levels, starts, [*starts, today][1:], strict=True):
        if step.level:
            yield draw_level(step.level, step.by, y1, y2)


def draw_level(level: int, by: str, y1: float, y2: float) -> str:
    """Draw one step of the strip from y1 (older) up to y2."""
    named = pen.said(LEVEL_NAMES[level])
    said = f"{named}, {pen.said(by)}" if by else named
    bar = pen.rect(STRIP, y2, STRIP_STEP * (level + 1), y1 - y2, fill=ink.LEVEL_LINE[level])
    return pen.element("g", pen.title(said) + bar)


def draw_bands(column: Column) -> Iterator[str]:
    """Draw orders as light bands with a blue edge, custody hatched over them."""
    orders = [band for band in column.scene.bands if band.kind == "order"]
    for number, band in enumerate(orders):
        y1, y2 = band_ends(column, band)
        edge = LEFT - 4 - 5 * (number % 2)
        ground = pen.rect(LEFT, y2, RIGHT - LEFT, y1 - y2, fill=ink.ORDER, opacity=0.12)
        bar = pen.rect(edge, y2, 4, max(y1 - y2, 2), fill=ink.ORDER)
        yield pen.element("g", pen.title(band_words(band)) + ground + bar)
    for band in column.scene.bands:
        if band.kind == "custody":
            y1, y2 = band_ends(column, band)
            drawn = pen.title(band_words(band)) + pen.hatch(LEFT, y2, RIGHT - LEFT, max(y1 - y2, 3))
            yield pen.element("g", drawn)
            yield pen.rect(RIGHT - 60, (y1 + y2) / 2 - 7, 58, 14, fill=ink.PAPER)
            yield pen.text(RIGHT - 5, (y1 + y2) / 2 + 4, composed("in custody"), font_size=SMALL, text_anchor="end")


def band_ends(column: Column, band: Band) -> tuple[float, float]:
    """Return where a band begins (lower) and ends (higher); one that runs ends today."""
    ends = min(band.ends or column.scene.pattern.today, column.scene.until)
    return column.axis.place(band.starts), column.axis.place(ends)


def draw_acts(column: Column) -> Iterator[str]:
    """Draw every act as a circle, serious ones first; a stroke marks its other kinds."""
    for act in column.scene.acts:
        for also in column.scene.also_of(act):
            x, y = column.lane(also), column.axis.place(act.at)
            yield pen.line(x - 6, y, x + 6, y, stroke=ink.NIGHT, stroke_width=2)
    placed = zip(column.scene.acts, column.scene.lane_positions(), strict=True)
    for act, lane in sorted(placed, key=lambda pair: -pair[0].seriousness):
        said = act_said(act, column.scene.kinds_of(act))
        yield mark(act, column.lane(lane), column.axis.place(act.at), RADIUS[act.seriousness], said)


def draw_piles(column: Column) -> Iterator[str]:
    """Draw bars that lie on their lane when single acts would hide each other."""
    found = piles(column.scene, pile_step(column.axis))
    per_act = (column.lane_width - 8) / max(pile.acts for pile in found)
    for pile in found:
        yield draw_pile(column, pile, per_act)


def draw_pile(column: Column, pile: Pile, per_act: float) -> str:
    """Draw one bar: filled for confirmed acts, hollow for the rest, ringed for a breach."""
    y1, y2 = column.axis.place(pile.starts), column.axis.place(pile.ends)
    x, tall = column.foot(pile.lane), max(y1 - y2 - 1, 1.5)
    full = max(pile.confirmed * per_act, 1 if pile.confirmed else 0)
    parts = [pen.rect(x, y2 + 0.5, full, tall, fill=ink.NIGHT)]
    if pile.unconfirmed:
        width = max(pile.unconfirmed * per_act, 1)
        parts.append(pen.rect(x + full, y2 + 0.5, width, tall, fill=ink.PAPER, stroke=ink.NIGHT))
    if pile.breaches:
        parts.append(pen.circle(x - 3, (y1 + y2) / 2, 2.5, fill=ink.PAPER, stroke=ink.DANGER, stroke_width=1.5))
    return "".join(parts)


def draw_gaps(column: Column) -> Iterator[str]:
    """Draw each long gap between two dashed rules, and its words where they have room."""
    for gap in column.scene.gaps:
        y1, y2 = column.axis.place(gap.starts) - 9, column.axis.place(gap.ends) + 9
        for y in (y1, y2):
            yield pen.line(STRIP + 24, y, RIGHT, y, stroke=ink.INK_2, stroke_dasharray="5 4")
        yield from draw_gap_words(gap, (y1 + y2) / 2, y1 - y2)


def draw_gap_words(gap: Gap, middle: float, room: float) -> Iterator[str]:
    """Write one gap's words in its middle: two lines, one, or none."""
    centre = (LEFT + RIGHT) / 2
    said = composed("{1}, no known act", counted(gap.days, "day", f"{gap.days}"))
    if room >= 34:
        yield pen.halo(centre, middle - 2, said, text_anchor="middle", font_weight="bold", font_size=12)
        yield pen.halo(centre, middle + 12, gap.reason, text_anchor="middle", font_size=12)
    elif room >= 14:
        yield pen.halo(centre, middle + 4, said, text_anchor="middle", font_size=SMALL)


def draw_today(column: Column) -> Iterator[str]:
    y = column.axis.place(column.scene.pattern.today)
    yield pen.line(STRIP, y, RIGHT, y, stroke=ink.INK, stroke_width=1.5, stroke_dasharray="2 3")
    yield pen.text(0, y + 4, composed("today"), font_size=SMALL, font_weight="bold")
