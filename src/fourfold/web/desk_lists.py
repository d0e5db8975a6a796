"""The desk's lists, in the order of its day: what came in first, then what rules put together for reading."""

from fourfold.web.components.shell import Link
from fourfold.web.jinja import url
from fourfold.words import words

LISTS = words(
    (
        ("New allegations", "desk:list"),
        ("Possibly mis-recorded", "desk:mis_recorded"),
        ("Serial", "desk:serial"),
        ("Escalating", "desk:escalating"),
        ("Gone quiet", "desk:quiet"),
    )
)


def desk_links(current: str) -> tuple[Link, ...]:
    """Return the links to the desk's lists, for the navigation below their heading."""
    return tuple(Link(text, url(name), current=name == current) for text, name in LISTS)
