"""The picture of a pattern: who was done what, when, how bad, under which order, and where nothing is known."""

from fourfold.web.components.charts import pen
from fourfold.web.components.charts.scene import described, scene_of, table_head, table_rows
from fourfold.web.components.charts.terms import Pattern, Svg
from fourfold.web.components.charts.timeline_narrow import draw_narrow
from fourfold.web.components.charts.timeline_wide import draw_wide
from fourfold.web.translation import composed


def pattern_timeline(pattern: Pattern, *, narrow: bool = False) -> Svg:
    """Draw the pattern of acts of one case.

    Wide (1,200 units): time runs right, lanes below each other. Narrow (320 units): time runs down, newest first.
    Above 400 acts the marks become columns that count acts by lane and month (or longer, where months are thin);
    the table then has a row for each month and kind.
    """
    scene = scene_of(pattern)
    width, height, parts = draw_narrow(scene) if narrow else draw_wide(scene)
    title = composed("Pattern of acts over time")
    description = described(scene)
    size = "narrow" if narrow else "wide"
    markup = pen.drawing(
        width=width, height=height, title=title, description=description, parts=parts, classes=f"ff-drawing--{size}"
    )
    numeric = frozenset({2, 3, 4}) if scene.crowded else frozenset({4})
    return Svg(markup, title, description, table_head(scene), table_rows(scene), numeric)
