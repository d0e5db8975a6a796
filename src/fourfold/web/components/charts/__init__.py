"""Drawings as pure functions: values in, an `Svg` out (safe markup, title, description and the same facts as a table).

    from fourfold.web.components.charts import Act, Lane, Pattern, pattern_timelines

Words of ours are said in the language of the page when they are drawn; names and what somebody typed never are.
Nothing here knows a model or a clock; equal values draw equal pictures in one language.
"""

from types import ModuleType as _Module

from fourfold.web.components.charts.act_strip import act_strip
from fourfold.web.components.charts.forest_plot import forest_plot
from fourfold.web.components.charts.link_chart import link_chart
from fourfold.web.components.charts.measures import measure_chart
from fourfold.web.components.charts.pattern_timeline import pattern_timelines
from fourfold.web.components.charts.rhythm import pattern_finding
from fourfold.web.components.charts.small import evidence_bar, interval_row, movement, panel_views, sparkline
from fourfold.web.components.charts.survival_curves import survival_curves
from fourfold.web.components.charts.terms import (
    CROWDED_ABOVE,
    LEVEL_NAMES,
    Act,
    Band,
    ChartError,
    Curve,
    CurvePoint,
    Forest,
    Interval,
    Lane,
    LevelStep,
    Links,
    PanelView,
    Pattern,
    Reading,
    Scale,
    Severity,
    SiteEffect,
    StripAct,
    Survival,
    Svg,
    Tie,
)

__all__ = [name for name, one in vars().items() if not (name[0] == "_" or isinstance(one, _Module))]
