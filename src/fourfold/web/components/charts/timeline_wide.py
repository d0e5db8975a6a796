"""The wide picture of a pattern: time runs to the right, lanes lie below each other, worst at the top."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.rhythm import Burst, Gap, counted
from fourfold.web.components.charts.room import Room
from fourfold.web.components.charts.scales import TimeAxis, day_and_month, time_ticks
from fourfold.web.components.charts.scene import Pile, Scene, act_said, pile_step, piles, runs
from fourfold.web.components.charts.terms import LEVEL_NAMES, Act, Band, LevelStep
from fourfold.web.translation import composed

WIDTH = 1200.0
LEFT, RIGHT = 164.0, 1040.0
LEVEL_TOP, LEVEL_ROW = 34.0, 17.0
BANDS_TOP, BAND_ROW, BAND_ROWS_AT_MOST = 122.0, 22.0, 5
LANE_ROW, LANES_AIR = 38.0, 56.0
MARGIN = RIGHT + 14
NAMED_BREACHES = 4
BREACH_ROOM = 32.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where everything of one scene stands."""

    scene: Scene
    axis: TimeAxis
    rows: tuple[int, ...]
    room: Room

    @property
    def lanes_top(self) -> float:
        return BANDS_TOP + BAND_ROW * max(self.rows, default=0) + LANES_AIR

    def lane(self, position: int) -> float:
        return self.lanes_top + LANE_ROW * position

    @property
    def lanes_end(self) -> float:
        return self.lane(max(len(self.scene.lanes) - 1, 0)) + 20

    @property
    def height(self) -> float:
        return self.lanes_end + 84


def frame_of(scene: Scene) -> Frame:
    axis = TimeAxis(scene.since, scene.until, LEFT, RIGHT)
    return Frame(scene, axis, band_rows(scene.bands, axis), Room(WIDTH))


def draw_wide(scene: Scene) -> tuple[float, float, list[str]]:
    """Return the picture's width, height and parts, the ground first and the words last."""
    frame = frame_of(scene)
    marks = [*draw_piles(frame)] if scene.crowded else [*draw_acts(frame)]
    parts = [
        *draw_grid(frame),
        *draw_bands(frame),
        *draw_levels(frame),
        *draw_lanes(frame),
        *draw_gaps(frame),
        *draw_breach_words(frame),
        *marks,
        *draw_today(frame),
    ]
    return WIDTH, frame.height, parts


def draw_grid(frame: Frame) -> Iterator[str]:
    """Draw a faint line at each tick and its name under the lanes."""
    for tick in time_ticks(frame.axis, 62):
        x = frame.axis.place(tick.at)
        yield pen.line(x, LEVEL_TOP - 8, x, frame.lanes_end, stroke=ink.GRID)
        if x < RIGHT - 20:
            yield pen.text(x + 3, frame.lanes_end + 16, tick.name, fill=ink.INK_2)


def draw_lanes(frame: Frame) -> Iterator[str]:
    """Draw each lane's line, name and count; the worst kind with acts is named in bold."""
    worst = next((n for n, (_, acts) in enumerate(frame.scene.lanes) if acts), None)
    for position, (lane, acts) in enumerate(frame.scene.lanes):
        y = frame.lane(position)
        weight = "bold" if position == worst else None
        yield pen.line(LEFT, y, RIGHT, y, stroke=ink.RULE)
        room = LEFT - 18 - pen.width_of(f"{acts:,}")
        yield pen.text(0, y + 4.5, pen.fit(lane.name, room, bold=bool(weight)), font_weight=weight)
        yield pen.text(LEFT - 10, y + 4.5, f"{acts:,}", text_anchor="end", fill=ink.INK_2)
    if not frame.scene.acts:
        centre = (LEFT + RIGHT) / 2
        y = (frame.lanes_top + frame.lanes_end) / 2
        yield pen.halo(centre, y, composed("No act is on record in this time"), text_anchor="middle", fill=ink.INK_2)


# --- Level ------------------------------------------------------------------------------------------------------


def level_height(level: int) -> float:
    return LEVEL_TOP + LEVEL_ROW * (4 - level)


def draw_levels(frame: Frame) -> Iterator[str]:
    """Draw the level as a step line; no line means not assessed."""
    yield pen.text(0, LEVEL_TOP + 4.5, composed("Level"), font_weight="bold")
    for level, name in LEVEL_NAMES.items():
        y = level_height(level)
        yield pen.text(LEFT - 10, y + 4.5, name, text_anchor="end", fill=ink.INK_2)
        yield pen.line(LEFT, y, RIGHT, y, stroke=ink.GRID)
    spans = level_spans(frame)
    for step, x1, x2 in spans:
        if step.level:
            frame.room.take(x1, level_height(step.level) - 3, x2 - x1, 6)
    yield from draw_unassessed(frame, spans)
    for number, (step, x1, x2) in enumerate(spans):
        before = spans[number - 1][0].level if number else None
        yield from draw_level(frame, step, before, (x1, x2))


def level_spans(frame: Frame) -> list[tuple[LevelStep, float, float]]:
    """Return each step with the places where its line begins and ends."""
    levels, today = frame.scene.levels, frame.axis.place(frame.scene.pattern.today)
    starts = [frame.axis.place(step.at) for step in levels]
    return list(zip(levels, starts, [*starts, today][1:], strict=True))


def draw_unassessed(frame: Frame, spans: Sequence[tuple[LevelStep, float, float]]) -> Iterator[str]:
    """Say "not assessed" before the first level, and wherever a level was withdrawn."""
    known = frame.scene.pattern.levels_known
    said = composed("not assessed") if known else composed("the level is not shown here")
    first = spans[0][1] if spans else RIGHT
    holes = [(LEFT, first), *[(x1, x2) for step, x1, x2 in spans if step.level is None]]
    for x1, x2 in holes:
        if x2 - x1 > pen.width_of(said) + 8:
            yield frame.room.words(x1 + 4, level_height(1) - 5, said, fill=ink.INK_2)


def draw_level(frame: Frame, step: LevelStep, before: int | None, ends: tuple[float, float]) -> Iterator[str]:
    """Draw one step: a riser from the level before, its line, and who set it and when."""
    if step.level is None:
        return
    x1, x2 = ends
    y, colour = level_height(step.level), ink.LEVEL_LINE[step.level]
    if before and before != step.level:
        yield pen.line(x1, level_height(before), x1, y, stroke=ink.LEVEL_LINE[max(before, step.level)], stroke_width=2)
    by = f"{pen.said(step.by)}, " if step.by else ""
    said = f"{pen.said(LEVEL_NAMES[step.level])}: {by}{day_and_month(step.at)}"
    yield pen.element("g", pen.title(said) + pen.rect(x1, y - 2.5, x2 - x1, 5, fill=colour))
    above = pen.width_of(said) <= x2 - x1 - 6
    named = frame.room.words(x1 + 4, y - 6, said) if above else ""
    yield named or frame.room.words(x1 - 7, y + 4.5, said, anchor="end")


# --- Orders and custody -----------------------------------------------------------------------------------------


def band_rows(bands: Sequence[Band], axis: TimeAxis) -> tuple[int, ...]:
    """Return a row for each band, so that bars in one row never touch; custody needs none and gets the first."""
    ends: list[float] = []
    rows = []
    for band in bands:
        if band.kind == "custody":
            rows.append(0)
            continue
        x1, x2 = axis.place(band.starts), axis.place(band.ends or axis.until)
        row = next((n for n, end in enumerate(ends) if end + 6 <= x1), len(ends))
        row = min(row, BAND_ROWS_AT_MOST - 1)
        ends[row : row + 1] = [x2]
        rows.append(row)
    return tuple(rows)


def draw_bands(frame: Frame) -> Iterator[str]:
    """Draw orders and bail as bars with a light band through all lanes, then custody, hatched, over them."""
    yield pen.text(0, BANDS_TOP + 4.5, composed("In force"), font_weight="bold")
    placed = list(zip(frame.scene.bands, frame.rows, strict=True))
    if not placed:
        known = frame.scene.pattern.bands_known
        said = (
            composed("no order, bail or custody on record")
            if known
            else composed("orders, bail and custody are not shown here")
        )
        yield pen.text(LEFT + 4, BANDS_TOP + 4.5, said, fill=ink.INK_2)
    for band, row in placed:
        if band.kind == "order":
            x1, x2 = order_ends(frame, band)
            frame.room.take(x1, BANDS_TOP + BAND_ROW * row - 2.5, x2 - x1, 5)
    for band, row in placed:
        if band.kind == "order":
            yield from draw_order(frame, band, BANDS_TOP + BAND_ROW * row)
    for band, _ in placed:
        if band.kind == "custody":
            yield from draw_custody(frame, band)


def draw_order(frame: Frame, band: Band, y: float) -> Iterator[str]:
    """Draw one order: overlapping bands darken; one that still runs ends in an arrow and its last day."""
    x1, x2 = order_ends(frame, band)
    yield pen.rect(x1, y, x2 - x1, frame.lanes_end - y, fill=ink.ORDER, opacity=0.12)
    yield pen.element("g", pen.title(band_words(band)) + pen.rect(x1, y - 2.5, max(x2 - x1, 2), 5, fill=ink.ORDER))
    if runs(band, frame.scene.pattern.today):
        yield pen.path([(RIGHT, y - 6), (RIGHT + 9, y), (RIGHT, y + 6)], closed=True, fill=ink.ORDER)
        yield from draw_running_words(frame, band, x1, y)
        return
    inside = pen.width_of(band.name) <= x2 - x1 + 40
    named = frame.room.words(x1 + 3, y + 17, band.name) if inside else ""
    yield named or frame.room.words(x2 + 5, y + 4.5, band.name)


def order_ends(frame: Frame, band: Band) -> tuple[float, float]:
    """Return where an order's bar begins and ends; one that still runs reaches the margin."""
    running = runs(band, frame.scene.pattern.today)
    x2 = RIGHT if running else frame.axis.place(band.ends or frame.axis.until)
    return frame.axis.place(band.starts), x2


def draw_running_words(frame: Frame, band: Band, x: float, y: float) -> Iterator[str]:
    """Name an order that runs: in the margin, or at its bar where the margin holds only its end, never cut off."""
    room, said = WIDTH - MARGIN, band_words(band)
    if pen.width_of(said) > room:
        named = frame.room.words(x - 6, y + 4.5, band.name, "end") or frame.room.words(x + 3, y + 17, band.name)
        short = pen.fit(band.name, room - pen.width_of(f", {band_end(band)}"))
        said = band_end(band) if named else f"{short}, {band_end(band)}"
        yield named
    yield frame.room.words(MARGIN, y + 4.5, said)


def band_words(band: Band) -> str:
    """Return "Bail, to 9 Dec", or "Bail, no end"."""
    return f"{pen.said(band.name)}, {band_end(band)}"


def band_end(band: Band) -> str:
    """Return "to 9 Dec", or "no end" where none is known."""
    return composed("to {1}", day_and_month(band.ends)) if band.ends else composed("no end")


def draw_custody(frame: Frame, band: Band) -> Iterator[str]:
    """Draw one time in custody, hatched from the bars to the last lane."""
    x1, x2 = frame.axis.place(band.starts), frame.axis.place(band.ends or frame.axis.until)
    since = day_and_month(band.starts)
    until = composed("{1} to {2}", since, day_and_month(band.ends)) if band.ends else composed("since {1}", since)
    said = f"{pen.said(band.name)}, {until}"
    top = BANDS_TOP - 4
    yield pen.element("g", pen.title(said) + pen.hatch(x1, top, max(x2 - x1, 3), frame.lanes_end - top))
    yield frame.room.words(x1 - 6, BANDS_TOP + 4.5, said, anchor="end") or frame.room.words(
        x2 + 6, BANDS_TOP + 40, said
    )


# --- Acts -------------------------------------------------------------------------------------------------------


def draw_acts(frame: Frame) -> Iterator[str]:
    """Draw every act as a circle, the serious ones first, so that a small one is never hidden; a stroke marks its other kinds."""
    for act in frame.scene.acts:
        for also in frame.scene.also_of(act):
            x, y = frame.axis.place(act.at), frame.lane(also)
            yield pen.line(x, y - 6, x, y + 6, stroke=ink.NIGHT, stroke_width=2)
    placed = zip(frame.scene.acts, frame.scene.lane_positions(), strict=True)
    for act, lane in sorted(placed, key=lambda pair: -pair[0].seriousness):
        x, y = frame.axis.place(act.at), frame.lane(lane)
        yield mark(act, x, y, ink.RADIUS[act.seriousness], act_said(act, frame.scene.kinds_of(act)))


def mark(act: Act, x: float, y: float, radius: float, said: str) -> str:
    """Return one act's mark: filled when confirmed, hollow when not yet, in an outer ring when a breach."""
    parts = [pen.title(said)]
    if act.breach:
        parts.append(pen.circle(x, y, radius + 4.5, fill=ink.PAPER, stroke=ink.DANGER, stroke_width=2.5))
    if act.confirmed:
        parts.append(pen.circle(x, y, radius, fill=ink.NIGHT, stroke=ink.PAPER, stroke_width=1.5))
    else:
        parts.append(pen.circle(x, y, radius - 1, fill=ink.PAPER, stroke=ink.NIGHT, stroke_width=2))
    return pen.element("g", "".join(parts))


def draw_piles(frame: Frame) -> Iterator[str]:
    """Draw columns that stand on their lane: filled for confirmed acts, hollow above them for the rest."""
    found = piles(frame.scene, pile_step(frame.axis))
    tallest = max(pile.acts for pile in found)
    for pile in found:
        x1, x2 = frame.axis.place(pile.starts), frame.axis.place(pile.ends)
        yield pile_mark(frame, pile, (x1, x2), 30 / tallest)


def pile_mark(frame: Frame, pile: Pile, ends: tuple[float, float], per_act: float) -> str:
    """Return one column; a breach in its time is a ring at its foot."""
    x, width = ends[0] + 0.5, max(ends[1] - ends[0] - 1, 1.5)
    y, full, hollow = frame.lane(pile.lane), pile.confirmed * per_act, pile.unconfirmed * per_act
    lane = frame.scene.lanes[pile.lane][0].name
    said = composed(
        "{1}, from {2}: {3} acts, {4} not yet confirmed, {5} breaches",
        lane,
        day_and_month(pile.starts, year=True),
        *(f"{number:,}" for number in (pile.acts, pile.unconfirmed, pile.breaches)),
    )
    parts = [pen.title(said)]
    if pile.confirmed:
        parts.append(pen.rect(x, y - max(full, 1), width, max(full, 1), fill=ink.NIGHT))
    if pile.unconfirmed:
        top = y - full - max(hollow, 1)
        parts.append(pen.rect(x, top, width, max(hollow, 1), fill=ink.PAPER, stroke=ink.NIGHT))
    if pile.breaches:
        parts.append(pen.circle(x + width / 2, y + 5, 3, fill=ink.PAPER, stroke=ink.DANGER, stroke_width=2))
    return pen.element("g", "".join(parts))


def draw_breach_words(frame: Frame) -> Iterator[str]:
    """Lead from the newest breaches to their words in the right margin; the others say theirs on hover."""
    if frame.scene.crowded:
        return
    placed = list(zip(frame.scene.acts, frame.scene.lane_positions(), strict=True))
    named = [pair for pair in placed if pair[0].breach][-NAMED_BREACHES:]
    bands_end = BANDS_TOP + BAND_ROW * max(frame.rows, default=0) + 12
    floor = bands_end + 12
    for act, lane in sorted(named, key=lambda pair: (pair[1], -pair[0].at.timestamp())):
        y = max(breach_height(frame, act, lane), floor)
        floor = y + BREACH_ROOM
        yield from draw_breach(frame, act, lane, y)


def breach_height(frame: Frame, act: Act, lane: int) -> float:
    """Return the lane's height where nothing lies to the right of the act, else one between the lanes."""
    later = any(
        other.at > act.at and position == lane
        for other, position in zip(frame.scene.acts, frame.scene.lane_positions(), strict=True)
    )
    return frame.lane(lane) + (LANE_ROW / 2 + 2 if later else 0)


def draw_breach(frame: Frame, act: Act, lane: int, y: float) -> Iterator[str]:
    """Draw one leader with its words: what was breached, then the note, or the day."""
    x = frame.axis.place(act.at)
    corners = [(x, frame.lane(lane)), (x, y), (RIGHT + 10, y)]
    yield pen.path(corners, fill="none", stroke=ink.DANGER, stroke_width=1.5)
    room = WIDTH - MARGIN
    said = pen.fit(composed("breach, {1}", act.breach), room, bold=True)
    yield frame.room.words(MARGIN, y - 3, said, fill=ink.DANGER, font_weight="bold")
    yield frame.room.words(MARGIN, y + 12, pen.fit(act.note or day_and_month(act.at), room))


# --- Rhythm and today -------------------------------------------------------------------------------------------


def draw_gaps(frame: Frame) -> Iterator[str]:
    """Draw each long gap between two dashed rules with its length and reason; brackets name the rhythm between."""
    y = frame.lanes_end + 34
    yield pen.text(0, y + 4.5, composed("Days between acts"), font_weight="bold")
    for gap in frame.scene.gaps:
        yield from draw_gap(frame, gap, y)
    for burst in frame.scene.bursts:
        yield from draw_burst(frame, burst, y)


def draw_gap(frame: Frame, gap: Gap, y: float) -> Iterator[str]:
    """Draw one gap; where it is too narrow for its words it keeps its days, or only its rules."""
    x1, x2 = frame.axis.place(gap.starts) + 11, frame.axis.place(gap.ends) - 11
    for x in (x1, x2):
        yield pen.line(x, frame.lanes_top - 22, x, y + 10, stroke=ink.INK_2, stroke_dasharray="5 4")
    centre = (x1 + x2) / 2
    days, none = counted(gap.days, "day", f"{gap.days}"), composed("no known act")
    lines = [(days, "bold", None), (none, None, None), (gap.reason, None, "italic")]
    for number, (said, weight, style) in enumerate(lines):
        if number and pen.width_of(none) > x2 - x1 + 24:
            break
        yield frame.room.words(
            centre, y + 4 + number * 16, said, anchor="middle", font_weight=weight, font_style=style, fill=ink.INK
        )


def draw_burst(frame: Frame, burst: Burst, y: float) -> Iterator[str]:
    """Draw a bracket under a burst with its median days between acts; nothing under a single act."""
    x1, x2 = frame.axis.place(burst.starts), frame.axis.place(burst.ends)
    if burst.typical is None or x2 - x1 < 8:
        return
    corners = [(x1, y - 4), (x1, y + 2), (x2, y + 2), (x2, y - 4)]
    yield pen.path(corners, fill="none", stroke=ink.NIGHT, stroke_width=2)
    if pen.width_of(burst.says) <= x2 - x1 + 16:
        yield frame.room.words((x1 + x2) / 2, y + 20, burst.says, anchor="middle")


def draw_today(frame: Frame) -> Iterator[str]:
    x = frame.axis.place(frame.scene.pattern.today)
    yield pen.line(x, LEVEL_TOP - 16, x, frame.lanes_end, stroke=ink.INK, stroke_width=1.5, stroke_dasharray="2 3")
    said = composed("today, {1}", day_and_month(frame.scene.pattern.today))
    yield pen.text(x, 12, said, text_anchor="middle", font_weight="bold")
