"""The lanes of every picture of a pattern, worst first."""

from __future__ import annotations

from fourfold.web.components import charts

LANES = (
    charts.Lane("attacks", "Attacks"),
    charts.Lane("threatens", "Threatens"),
    charts.Lane("follows", "Follows"),
    charts.Lane("watches", "Watches"),
    charts.Lane("loiters", "Loiters"),
    charts.Lane("contacts", "Contacts"),
    charts.Lane("publishes", "Publishes"),
    charts.Lane("monitors", "Monitors"),
    charts.Lane("interferes", "Interferes"),
    charts.Lane("through_others", "Through others", "Others"),
)
_RANK = {lane.key: rank for rank, lane in enumerate(LANES)}


def lane_of(kinds: tuple[str, ...]) -> str:
    """Return the worst of the lanes that an act's kinds stand in."""
    return min(kinds, key=lambda kind: _RANK.get(kind, len(LANES)), default="other")
