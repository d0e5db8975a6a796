"""The picture of a pattern: who was done what, when, how bad, under which order, and where nothing is known."""

from fourfold.web.components.charts import pen
from fourfold.web.components.charts.scene import described, scene_of, table_head, table_rows
from fourfold.web.components.charts.terms import Pattern, Svg
from fourfold.web.components.charts.timeline_narrow import draw_narrow
from fourfold.web.components.charts.timeline_wide import draw_wide
from fourfold.web.translation import composed


def pattern_timelines(pattern: Pattern) -> tuple[Svg, Svg]:
    """Draw the pattern of acts of one case, wide and narrow.

    Wide (1,200 units): time runs right, lanes below each other. Narrow (320 units): time runs down, newest first.
    Above 400 acts the marks become columns that count acts by lane and month (or longer, where months are thin);
    the table then has a row for each month and kind.
    """
    scene = scene_of(pattern)
    title, description = composed("Pattern of acts over time"), described(scene)
    facts = table_head(scene), table_rows(scene), frozenset({2, 3, 4} if scene.crowded else {4})

    def drawn(width: float, height: float, parts: list[str], size: str) -> Svg:
        about = {"title": title, "description": description, "classes": f"ff-drawing--{size}"}
        return Svg(pen.drawing(width=width, height=height, parts=parts, **about), title, description, *facts)

    return drawn(*draw_wide(scene), "wide"), drawn(*draw_narrow(scene), "narrow")
