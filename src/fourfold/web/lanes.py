"""The lanes of every picture of a pattern, worst first."""

from fourfold.web.components import charts
from fourfold.words import Word

LANES = (
    charts.Lane("attacks", Word("Attacks")),
    charts.Lane("threatens", Word("Threatens")),
    charts.Lane("follows", Word("Follows")),
    charts.Lane("watches", Word("Watches")),
    charts.Lane("loiters", Word("Loiters")),
    charts.Lane("contacts", Word("Contacts")),
    charts.Lane("publishes", Word("Publishes")),
    charts.Lane("monitors", Word("Monitors")),
    charts.Lane("interferes", Word("Interferes")),
    charts.Lane("through_others", Word("Through others"), Word("Others")),
)
_RANK = {lane.key: rank for rank, lane in enumerate(LANES)}


def lanes_of(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lanes that an act's kinds stand in, the worst first."""
    return tuple(sorted(dict.fromkeys(kinds), key=lambda kind: _RANK.get(kind, len(LANES)))) or ("other",)
