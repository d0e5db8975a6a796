"""The desk's lists, in the order of its day: what came in first, then what rules put together for reading."""

from fourfold.cases.queries.desk import MOST_LATE
from fourfold.web.components.shell import Link
from fourfold.web.jinja import url
from fourfold.words import Sentence, counted, sentence, words

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


#: What of the desk stands in a day, where not all that say danger now are read, and where they are.
ONLY = words(
    {
        True: "only the newest 20 stand here, the newest thousand and the oldest sixty of those that say danger now, and those "
        "that may name an open case",
        False: "only the newest 20 stand here, those that say danger now, and those that may name an open case",
    }
)


def late_and_more(late: int) -> Sentence:
    """Return how many of the reports that do not stand in a day wait past their time."""
    many = counted(min(late, MOST_LATE), "is past its time", "are past their time")
    return sentence("more than {1}", many) if late > MOST_LATE else many


def find_somebody(late: int) -> Sentence:
    """Return that somebody is to be found for so many reports that wait past their time; of many it is not counted how many."""
    reports = counted(min(late, MOST_LATE), "report")
    more = sentence("Find somebody for more than {1} at the desk", reports)
    return more if late > MOST_LATE else sentence("Find somebody for {1} at the desk", reports)
