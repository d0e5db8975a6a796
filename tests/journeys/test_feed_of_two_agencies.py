"""An analyst brings the exports of two agencies in, each in a layout that is new here, with nothing but the browser."""

from __future__ import annotations

from typing import Any

import pytest

from fourfold import journey
from fourfold.feeds import services as feeds
from fourfold.intake.models import Allegation, Quarantined
from tests.journeys.conftest import too_wide, violations
from tests.journeys.counting import Walker
from tests.journeys.small_site import World
from tests.journeys.windows import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
NAMES = [
    "Tom Hale",
    "Ann Marsh",
    "Joy Lund",
    "Max Reed",
    "Ida Crane",
    "Carl Dahl",
    "Liv Moe",
    "Per Vik",
    "Eva Strand",
    "Ole Berg",
]
POLICE = "Crime No,Reported Date,Occurred Date,Offence,MO,Victim Name,Victim DOB,Suspect Name\n" + "".join(
    f"NM/10{n:02}/26,{'31/02' if n == 9 else f'{10 + n}/11'}/2026 10:00,{n + 1:02}/11/2026 21:30,{'8R' if n % 2 else '8Q'},"
    f"Waited outside the office on the evening of day {n},{name},1{n}/05/1985,Sam Cole{'abcdefghij'[n]}\n"
    for n, name in enumerate(NAMES)
)
#: Another agency separates with semicolons, writes dates as computers do, and has words of its own for its columns.
HOUSING = """\
Incident;DateTime Created;Category;Narrative;Complainant;Complainant DOB;Accused
H-77;2026-11-21T08:15;8Q;Stood at the bus stop every morning;Kit Lowe;1988-07-02;Ned Frost
H-78;2026-11-20T19:40;8R;Sent parcels that nobody ordered;Una Hart;1979-01-30;Roy Pike
"""


def looks(analyst: Walker) -> None:
    """In a wide window and in a narrow one: nothing that axe finds, nothing that is cut off."""
    for window in (WIDE, PHONE):
        analyst.page.set_viewport_size(window)
        assert (violations(analyst.page), too_wide(analyst.page)) == ([], 0), analyst.page.url
    analyst.page.set_viewport_size(WIDE)


def brings(analyst: Walker, world: World, name: str, text: str) -> None:
    """Bring a file whose layout is new; it is drafted while the analyst looks at the list; open what was drafted."""
    analyst.follows("Feeds", within="body").follows("Files to import").presses("Bring a file")
    sent: Any = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    analyst.page.locator("main input[type=file]").set_input_files(sent)
    analyst.chooses(reading="draft").presses("Bring this file").reads("It waits for its turn")
    works(analyst, world, name)
    analyst.reads("questions to decide", "Nothing is read before you have decided").presses("Decide how it is read")


def works(analyst: Walker, world: World, name: str) -> None:
    """Leave the page, as it says that one may, while the worker does what was asked; come back to the file."""
    analyst.follows("Files to import", within="body")
    assert journey.work_done(clock=lambda: world.now)
    analyst.follows(name)


def decides(analyst: Walker, *questions: str, system: str) -> None:
    """Answer each question that is open, and no other; the first asks for the name of the system."""
    asked = analyst.page.locator("main .govuk-checkboxes__item").all()
    assert [each.inner_text().strip() for each in asked] == [
        "The references are kept as those of a system called “our-rms”: write its name. Times are read as London's.",
        *questions,
    ]
    for number in range(len(asked)):
        analyst.chooses(decided=str(number))
    analyst.unfolds("The mapping itself")
    mapping = analyst.page.locator("textarea[name=mapping]").input_value()
    analyst.writes(mapping=mapping.replace('"our-rms"', f'"{system}"')).presses("Save")


def asks(analyst: Walker, world: World, name: str, what: str) -> None:
    """Ask for a check or an import, say that it is meant, and come back when it is done."""
    analyst.presses(what).presses(what)
    works(analyst, world, name)


def kept() -> int:
    return Allegation.objects.unscoped("a test").count()


def test_an_analyst_brings_two_agencies_files_in_and_mends_the_row_that_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst, tell, name = world.people("analyst"), feeds.tell_progress, "northmoor-police.csv"
    under_way: list[str] = []

    def tells(**words: Any) -> None:
        """Look at the file's page when the worker has said how far it is, and go away again."""
        tell(**words)
        under_way.append(analyst.follows(name).said)
        analyst.follows("Files to import", within="body")

    monkeypatch.setattr(feeds, "tell_progress", tells)

    # The police's: what each column is read as stands beside its first rows, and what is in doubt is decided.
    brings(analyst, world, name, POLICE)
    analyst.reads("Suspect Name Sam Colea Sam Coleb", "The subject’s name")
    looks(analyst)
    days = "Every day in “Occurred Date” is 12 or less: day and month may be swapped. It is read day first."
    decides(analyst, days, "The words of MO are read as written by a person.", system="northmoor-rms")
    asks(analyst, world, name, "Check it")
    analyst.reads("10 rows. 9 can be kept", "1 would wait: no such date", "row 11, column “Reported Date”")
    assert kept() == 0, "nothing is kept by a check"
    asks(analyst, world, name, "Import it")
    assert "Importing the file. 10 rows read, 1 of them held back." in under_way[-1]
    analyst.reads("9 accepted", "1 row held back", "the file itself is gone")
    assert kept() == 9

    # The row with a date that there is not waits until the analyst has corrected it, on the page.
    analyst.follows("Rows of this file that are held back").reads("There is no such date as “31/02/2026 10:00”.")
    looks(analyst)
    analyst.follows("Correct row 11").reads("This cell could not be read.")
    looks(analyst)
    analyst.writes(cell__1="20/11/2026 10:00").presses("Read this row again")
    assert (kept(), Quarantined.objects.filter(resolved_at__isnull=True).count()) == (10, 0)

    # The other agency's: no column looks like a reference, and the analyst says which it is.
    name = "housing.csv"
    brings(analyst, world, name, HOUSING)
    analyst.reads("Incident H-77 H-78 Read by nothing")
    analyst.follows("Change what Incident is read as").picks("to", "the reference of the crime").presses("Save")
    analyst.reads("Incident H-77 H-78 The reference of the crime")
    written = "The words of Narrative are read as written by a person."
    decides(analyst, written, system="housing")
    asks(analyst, world, name, "Check it")
    analyst.reads("2 rows. 2 can be kept")
    asks(analyst, world, name, "Import it")
    analyst.reads("2 rows read.", "2 accepted", "0 rows held back")
    assert kept() == 12
