"""The desk's strip: the few acts that an allegation joins, with the days between them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.rhythm import counted, days_between, days_of
from fourfold.web.components.charts.room import Room
from fourfold.web.components.charts.scales import TimeAxis, day_and_month, day_and_time
from fourfold.web.components.charts.terms import StripAct, Svg
from fourfold.web.translation import composed
from fourfold.words import words

WIDTH, HEIGHT, LINE = 780.0, 112.0, 54.0
NARROW = 320.0
EDGE = 46.0
SHOWN_AT_MOST = 60
HEAD = words(("When", "Recorded as", "Standing", "Seriousness", "Days since the act before"))


def act_strip(acts: Sequence[StripAct], *, narrow: bool = False) -> Svg:
    """Draw acts on one line of time, oldest left; words stand where they have room, the table has them all.

    More than 60 acts keep the newest 60 in the picture, and the description says so.
    """
    ordered = sorted(acts, key=lambda act: (act.at, act.label))
    shown = ordered[-SHOWN_AT_MOST:]
    width = NARROW if narrow else WIDTH
    title = composed("Acts over time")
    return Svg(
        pen.drawing(
            width=width,
            height=HEIGHT,
            title=title,
            description=described(ordered, len(shown)),
            parts=drawn(shown, width),
            classes="ff-drawing--narrow" if narrow else "ff-drawing--strip",
        ),
        title,
        described(ordered, len(shown)),
        tuple(map(pen.said, HEAD)),
        rows(ordered),
        frozenset({3, 4}),
    )


def described(acts: Sequence[StripAct], shown: int) -> str:
    """Say how many acts, over how long, with how many breaches."""
    if not acts:
        return composed("No act is on record yet.")
    days = days_between(acts[0].at, acts[-1].at)
    breaches = sum(act.breach for act in acts)
    said = composed(
        "{1} from {2} to {3} ({4}), {5}.",
        counted(len(acts), "act"),
        day_and_month(acts[0].at, year=True),
        day_and_month(acts[-1].at, year=True),
        counted(days, "day"),
        counted(breaches, "breach", f"{breaches}") if breaches else composed("no breaches"),
    )
    return said if shown == len(acts) else f"{said} {composed('The picture shows the newest {1}.', shown)}"


def rows(acts: Sequence[StripAct]) -> tuple[tuple[str, ...], ...]:
    """Return the table, newest first."""
    since = [""] * bool(acts) + [f"{days_between(a.at, b.at):,}" for a, b in pairwise(acts)]
    return tuple(
        (
            day_and_time(act.at, time_known=act.time_known),
            pen.said(act.label),
            standing(act),
            composed("{1} of 3", act.seriousness),
            days,
        )
        for act, days in reversed(list(zip(acts, since, strict=True)))
    )


def standing(act: StripAct) -> str:
    said = [composed("Breach")] if act.breach else []
    return "; ".join(said + ([] if act.confirmed else [composed("Not confirmed")])) or composed("Confirmed")


def drawn(acts: Sequence[StripAct], width: float) -> Iterator[str]:
    """Draw the line, the marks, and the words that have room; the newest act's words come first."""
    yield pen.line(10, LINE, width - 10, LINE, stroke=ink.RULE, stroke_width=1.5)
    if not acts:
        yield pen.text(width / 2, LINE - 10, composed("No act is on record yet"), text_anchor="middle", fill=ink.INK_2)
        return
    axis = TimeAxis(acts[0].at, acts[-1].at, EDGE, width - EDGE)
    room = Room(width)
    for act in reversed(acts):
        yield from named(act, axis, room, width)
    for earlier, later in pairwise(acts):
        yield days_named(earlier, later, axis, room)
    for act in sorted(acts, key=lambda act: -act.seriousness):
        yield mark(act, axis.place(act.at))


def named(act: StripAct, axis: TimeAxis, room: Room, width: float) -> Iterator[str]:
    """Write what an act was recorded as above its mark and its day below, kept inside the picture."""
    x = axis.place(act.at)
    for said, y, weight in ((act.label, 20.0, None), (day_and_month(act.at), 96.0, "bold")):
        half = pen.width_of(said, bold=bool(weight)) / 2
        yield room.words(min(max(x, half), width - half), y, said, "middle", font_weight=weight)


def days_named(earlier: StripAct, later: StripAct, axis: TimeAxis, room: Room) -> str:
    """Write the days between two acts over their line where it is long enough."""
    x1, x2 = axis.place(earlier.at) + 14, axis.place(later.at) - 14
    said = days_of(days_between(earlier.at, later.at))
    if pen.width_of(said) > x2 - x1:
        return ""
    return room.words((x1 + x2) / 2, LINE - 8, said, "middle", fill=ink.INK_2)


def mark(act: StripAct, x: float) -> str:
    """Draw one act: size is seriousness, hollow is not confirmed, an outer ring is a breach."""
    radius = ink.RADIUS[act.seriousness]
    parts = [pen.title(f"{day_and_time(act.at, time_known=act.time_known)}: {pen.said(act.label)}. {standing(act)}.")]
    if act.breach:
        parts.append(pen.circle(x, LINE, radius + 5, fill=ink.PAPER, stroke=ink.DANGER, stroke_width=2.5))
    fill = ink.NIGHT if act.confirmed else ink.PAPER
    edge = ink.PAPER if act.confirmed else ink.NIGHT
    parts.append(pen.circle(x, LINE, radius, fill=fill, stroke=edge, stroke_width=2))
    return pen.element("g", "".join(parts))
