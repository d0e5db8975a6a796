"""The link chart: who told, who is said to have done it, and to whom; as thick as there are acts.

Acts are counted on the ties, so that ten thousand draw as fast and read as well as ten. Three columns, read from left
to right; what has no room is one knot that says how many it stands for, and the table names them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import log2

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.rhythm import counted
from fourfold.web.components.charts.scales import day_and_month
from fourfold.web.components.charts.terms import Links, Svg, Tie
from fourfold.web.translation import composed
from fourfold.words import Word, words

WIDTH, NARROW = 900.0, 320.0
TOP, ROW, BOX = 34.0, 46.0, 30.0
SHOWN_AT_MOST = 9
REST = Word("and others")
HEADS = words(("Told by", "Said to have done it", "Done to"))
HEAD = words(("From", "To", "Acts", "First", "Last", "Breaches"))


def link_chart(links: Links, *, narrow: bool = False) -> Svg:
    """Draw the ties between those who told, the subjects and the victims; the table has a row for each tie.

    At most nine knots stand in a column, those with the most acts; the others are drawn as one.
    """
    drawn = fitted(links)
    width = NARROW if narrow else WIDTH
    columns = knots(drawn)
    height = TOP + ROW * max((len(column) for column in columns), default=1) + 8
    title, said = composed("Who, by whom, to whom"), described(links)
    markup = pen.drawing(
        width=width,
        height=height,
        title=title,
        description=said,
        parts=_drawn(drawn, columns, width),
        classes="ff-drawing--narrow" if narrow else "ff-drawing--wide",
    )
    return Svg(markup, title, said, tuple(map(pen.said, HEAD)), _rows(links), frozenset({2, 5}))


def knots(links: Links) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the names in the three columns, those with the most acts first."""
    told = _by_acts((tie.source, tie) for tie in links.told)
    subjects = _by_acts([*((tie.target, tie) for tie in links.told), *((tie.source, tie) for tie in links.done)])
    victims = _by_acts((tie.target, tie) for tie in links.done)
    return told, subjects, victims


def _by_acts(named: object) -> tuple[str, ...]:
    weight: dict[str, int] = {}
    for name, tie in named:  # type: ignore[attr-defined]
        weight[name] = weight.get(name, 0) + tie.acts
    return tuple(sorted(weight, key=lambda name: (name == REST, -weight[name], name)))


def fitted(links: Links) -> Links:
    """Return the links with no more knots in a column than have room; those with the fewest acts become one."""
    told, subjects, victims = (_shown(column) for column in knots(links))
    return Links(
        told=_merged(
            replace(tie, source=told.get(tie.source, REST), target=subjects.get(tie.target, REST)) for tie in links.told
        ),
        done=_merged(
            replace(tie, source=subjects.get(tie.source, REST), target=victims.get(tie.target, REST))
            for tie in links.done
        ),
    )


def _shown(column: Sequence[str]) -> dict[str, str]:
    kept = column if len(column) <= SHOWN_AT_MOST else column[: SHOWN_AT_MOST - 1]
    return {name: name for name in kept}


def _merged(ties: Iterator[Tie]) -> tuple[Tie, ...]:
    found: dict[tuple[str, str], Tie] = {}
    for tie in ties:
        key = (tie.source, tie.target)
        found[key] = tie if key not in found else _sum(found[key], tie)
    return tuple(found.values())


def _sum(one: Tie, other: Tie) -> Tie:
    return replace(
        one,
        acts=one.acts + other.acts,
        breaches=one.breaches + other.breaches,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        near=one.near and other.near,
    )


def described(links: Links) -> str:
    told, subjects, victims = knots(links)
    if not links.done:
        return composed("No act is on record yet.")
    acts = sum(tie.acts for tie in links.done)
    strongest = max(links.done, key=lambda tie: (tie.acts, tie.source, tie.target))
    whole = composed(
        "{1}, told by {2}, {3}, {4}.",
        counted(acts, "act"),
        counted(len(told), "source"),
        counted(len(subjects), "subject"),
        counted(len(victims), "person concerned"),
    )
    most = composed("Most: {1} to {2}, {3}.", strongest.source, strongest.target, counted(strongest.acts, "act"))
    return f"{whole} {most}"


def _rows(links: Links) -> tuple[tuple[str, ...], ...]:
    ties = sorted((*links.told, *links.done), key=lambda tie: (-tie.acts, tie.source, tie.target))
    return tuple(
        (
            pen.said(tie.source),
            composed("{1} (near the victim)", tie.target) if tie.near else pen.said(tie.target),
            f"{tie.acts:,}",
            day_and_month(tie.first, year=True),
            day_and_month(tie.last, year=True),
            f"{tie.breaches:,}",
        )
        for tie in ties
    )


# ---- drawing -------------------------------------------------------------------------------------------------------


def _drawn(links: Links, columns: Sequence[Sequence[str]], width: float) -> Iterator[str]:
    if not links.done:
        yield pen.text(width / 2, TOP + 14, composed("No act is on record yet"), text_anchor="middle", fill=ink.INK_2)
        return
    box = width * (0.24 if width > NARROW else 0.28)
    lefts = (0.0, (width - box) / 2, width - box)
    places = [
        {name: TOP + ROW * (row + (max(map(len, columns)) - len(column)) / 2) for row, name in enumerate(column)}
        for column in columns
    ]
    for left, head in zip(lefts, HEADS, strict=True):
        yield pen.text(left, 16, pen.fit(head, box), fill=ink.INK_2)
    for side, ties in ((0, links.told), (1, links.done)):
        ends = (lefts[side] + box, lefts[side + 1])
        for tie in sorted(ties, key=_order):
            yield _tie(tie, ends, (places[side][tie.source], places[side + 1][tie.target]))
    for side, ties in ((0, links.told), (1, links.done)):
        ends = (lefts[side] + box, lefts[side + 1])
        for tie in sorted(ties, key=_order):
            yield _number(tie, ends, (places[side][tie.source], places[side + 1][tie.target]))
    for left, column in zip(lefts, places, strict=True):
        for name, y in column.items():
            yield _knot(name, left, y, box)


def _order(tie: Tie) -> tuple[int, str, str]:
    """Draw thin ties first, in an order that does not depend on how they came."""
    return tie.acts, tie.source, tie.target


def _tie(tie: Tie, xs: tuple[float, float], ys: tuple[float, float]) -> str:
    """Draw one tie; one to somebody near the victim is dashed, one with breaches is red. Thickness grows with the acts."""
    acts, breaches = counted(tie.acts, "act"), counted(tie.breaches, "breach", "breaches")
    said = composed("{1} to {2}: {3}, {4}", tie.source, tie.target, acts, breaches)
    colour = ink.DANGER if tie.breaches else ink.NIGHT
    stroke = 1.5 + min(log2(tie.acts), 9) * 0.9
    dashes = "6 4" if tie.near else None
    middle = BOX / 2
    shape = pen.line(
        *(xs[0], ys[0] + middle, xs[1], ys[1] + middle),
        stroke=colour,
        stroke_width=stroke,
        stroke_dasharray=dashes,
        opacity=0.75,
    )
    return pen.element("g", pen.title(said) + shape)


def _number(tie: Tie, xs: tuple[float, float], ys: tuple[float, float]) -> str:
    """Write the number of acts on a tie, nearer to the end where fewer ties meet."""
    share = 0.5
    x, y = xs[0] + (xs[1] - xs[0]) * share, ys[0] + (ys[1] - ys[0]) * share
    return pen.halo(x, y + BOX / 2 + 4.5, f"{tie.acts:,}", text_anchor="middle", font_weight="bold")


def _knot(name: str, left: float, y: float, box: float) -> str:
    frame = pen.rect(left, y, box, BOX, fill=ink.PAPER, stroke=ink.NIGHT, stroke_width=1.5, rx=3)
    words = pen.text(left + 8, y + BOX / 2 + 4.5, pen.fit(name, box - 14))
    return pen.element("g", pen.title(name) + frame + words)
