"""A force's file brought in through the browser: chosen, decided, checked, imported, without the command line."""

from __future__ import annotations

import csv
import fcntl
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from fourfold import journey
from fourfold.access.models import Membership
from fourfold.audit import queries as audit_queries
from fourfold.cases.models import PossibleCourse, Summary
from fourfold.cases.services import summaries
from fourfold.cli.main import app
from fourfold.demo import feed
from fourfold.feeds import queries, rules
from fourfold.feeds import services as feeds
from fourfold.feeds.models import BroughtFile, FileWork
from fourfold.feeds.terms import LASTS, InvalidFeed
from fourfold.gateways import feed_store
from fourfold.intake.models import Allegation, ImportRun, Quarantined
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.journey import feed_work
from tests.cast import NOW, Cast
from tests.intake.feeds import SMALL, row, text_of
from tests.intake.test_importing import southmere_analyst
from tests.intake.test_roles_hold import another_analyst
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
FILE = text_of(
    [
        *(row(f"A-{number}", Name=f"Anna {name}") for number, name in enumerate(("Karlsen", "Lund", "Moe"))),
        row("A-9", Told="31/02/2026"),
    ]
)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(
        settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat(), "data_dir": tmp_path})
    )


THEIRS = {
    "Force": "06",
    "Victim forename": "Anna",
    "Victim surname": "Karlsen",
    "Victim address": "4 Mill Lane, NM1 4QZ",
    "Suspect forename": "Carl",
    "Suspect surname": "Dahl",
    "Suspect phone": "07700 900777",
    "Suspect address": "9 Harbour Street, NM1 4QA",
}


def bring(client: Client, reading: str = "draft", content: str = FILE) -> str:
    """Send a file; return the address of its page."""
    sent = SimpleUploadedFile("november.csv", content.encode())
    answer = client.post("/imports/files/new/", {"file": sent, "reading": reading, "once": f"k{len(content)}{reading}"})
    assert answer.status_code == 303, answer.content.decode()
    return str(answer["Location"])


def worked() -> int:
    """Do all work that waits; return how many pieces there were."""
    return sum(1 for _ in iter(lambda: journey.work_done(clock=lambda: NOW), False))


def test_an_analyst_brings_a_file_in_without_the_command_line(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is drafted beside the page; each doubt is decided; it is checked; it is imported; the rest waits to be mended."""
    client = signed_in("analyst")
    here = bring(client)
    waiting = client.get(here)
    assert "It waits for its turn" in waiting.content.decode()
    assert waiting["Refresh"] == "3"
    assert "No process works on it now" in waiting.content.decode()
    with feed_store.the_only_worker(settings.FOURFOLD.feeds_dir):
        assert "You can leave it: the work goes on" in client.get(here).content.decode(), "only where somebody works"
    assert worked() == 1
    assert "to decide" in client.get(here).content.decode()

    reading = client.get(f"{here}reading/").content.decode()
    assert "Anna Karlsen" in reading
    assert "Told" in reading
    too_early = client.post(f"{here}check/", {"once": "a"})
    assert too_early.status_code == 422
    assert "Decide first what is in doubt" in too_early.content.decode()
    told = re.search(r"reading/(\d+)/\">Change<span[^>]*> what Name is", reading)
    assert told is not None
    stale = client.post(f"{here}reading/{told[1]}/", {"to": "victim.name", "once": "s", "version": "0" * 64})
    assert "(Name: the victim’s; Born: the victim’s)" in reading, "it asks whose they are"
    assert "another window" in stale.content.decode()
    moved = client.post(f"{here}reading/{told[1]}/", {"to": "victim.name", "once": "b", **seen()})
    assert moved.status_code == 303, moved.content.decode()
    asked = client.get(f"{here}reading/").content.decode().split("To decide")[1]
    assert "taken so (Born: the victim’s)" in asked, "what was said on the column's page is not asked again"
    ticked = [str(number) for number, _ in enumerate(rules.doubts_of(_mapping()))]
    assert ticked, "what is a guess is said"
    keys = re.compile(r"\b(system is|free_text|timezone|class\.by|file\.\w+)\b|\[\[?\w+\]")
    assert not [doubt for doubt in rules.doubts_of(_mapping()) if keys.search(doubt)], "in words, not in keys"
    decided = {"mapping": _mapping(), "decided": ticked, "once": "c", **seen()}
    assert client.post(f"{here}reading/", decided).status_code == 303
    mended = client.post(f"{here}reading/", {"mapping": toml_of(SMALL), "once": "cc", **seen()})
    assert mended.status_code == 303, "whoever knows the keys writes them"
    assert "This is not TOML" in client.post(f"{here}reading/", {"mapping": "= 1", "once": "ccc"}).content.decode()

    assert client.post(f"{here}check/", {"once": "d"}).status_code == 303
    assert client.post(f"{here}import/", {"once": "e"}).status_code == 422, "while it is checked"
    assert worked() == 1
    checked = client.get(here).content.decode()
    assert "4 rows. 3 can be kept" in checked
    assert "no such date" in checked
    assert not Allegation.objects.unscoped("a test").exists()

    assert client.post(f"{here}import/", {"once": "f"}).status_code == 303
    while_it_looks = list[str]()

    def looking(work: UUID) -> bool:
        while_it_looks.append(client.get(here).content.decode())
        return False

    monkeypatch.setattr(feed_work, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(queries, "is_to_stop", looking)
    assert worked() == 1
    kept = "4 rows read, 1 of them held back. The file is read to its end, and its rows are kept."
    stages = (f"{kept} They are being made searchable", f"{kept} Looking now for reports")
    for stage in stages:
        assert any(stage in page for page in while_it_looks), f"{stage} is said while it lasts"
    assert all("Stop it" in page for page in while_it_looks)
    done = client.get(here).content.decode()
    assert "4 rows read." in done
    assert "1 row held back" in done
    assert f"?run={ImportRun.objects.get().pk}" in done, "the rows held back are offered"
    assert "the file itself is gone" in done
    run = ImportRun.objects.get()
    assert run.started_by == BroughtFile.objects.get().brought_by
    assert run.file_name == "november.csv"
    assert Allegation.objects.unscoped("a test").count() == 3
    assert Summary.objects.unscoped("a test").count() == 3, "and they can be searched"
    assert Quarantined.objects.filter(run=run).count() == 1
    assert not list(settings.FOURFOLD.feeds_dir.rglob("november.csv"))

    again = client.get("/imports/files/new/").content.decode()
    assert "As november.csv was read on" in again, "the next file of this feed needs no decision"


@pytest.mark.parametrize("lets_go", [True, False])
def test_an_import_that_waits_for_another_says_so_and_can_be_stopped(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, lets_go: bool
) -> None:
    client = signed_in("analyst")
    here = bring(client)
    worked()
    client.post(f"{here}reading/", {"mapping": toml_of(SMALL), "once": "a", **seen()})
    client.post(f"{here}check/", {"once": "b"})
    worked()
    lock = settings.FOURFOLD.data_dir / "running" / f"{BroughtFile.objects.get().site}.lock"
    lock.parent.mkdir(exist_ok=True)
    client.post(f"{here}import/", {"once": "c"})
    asks, pages = queries.is_to_stop, list[str]()

    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        def ends_the_waiting(work: UUID) -> bool:
            if not pages:
                pages.append(client.get(here).content.decode())
                if lets_go:
                    fcntl.flock(held, fcntl.LOCK_UN)
                else:
                    client.post(f"{here}stop/", {"once": "d"})
            return asks(work)

        monkeypatch.setattr(feed_work, "LOOK_EVERY", 0.0)
        monkeypatch.setattr(queries, "is_to_stop", ends_the_waiting)
        assert worked() == 1

    assert "It waits for its turn" in pages[0]
    assert "Stop it" in pages[0]
    ended = unescape(client.get(here).content.decode())
    assert ("4 rows read" in ended) is lets_go
    assert ("It was stopped." in ended) is not lets_go
    assert Allegation.objects.unscoped("a test").count() == (3 if lets_go else 0)


@pytest.mark.parametrize(("stage", "searchable"), [("being made searchable", 2), ("Looking now for", 3)])
def test_an_import_that_is_stopped_once_its_rows_are_kept_leaves_the_rest_to_the_night(
    stage: str, searchable: int, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("analyst")
    here = bring(client, "example_force")
    client.post(f"{here}reading/", {"mapping": toml_of(SMALL), "once": "a", **seen()})
    client.post(f"{here}check/", {"once": "b"})
    assert worked() == 1
    asks = queries.is_to_stop

    def stopped_there(work: UUID) -> bool:
        page = client.get(here).content.decode()
        if stage in page and "It is being stopped" not in page:
            assert "If you stop it now, all rows stay" in page
            assert client.post(f"{here}stop/", {"once": "d"}).status_code == 303
            assert "It is being stopped" in client.get(here).content.decode()
        return asks(work)

    monkeypatch.setattr(feed_work, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(summaries, "BATCH", 2)
    monkeypatch.setattr(queries, "is_to_stop", stopped_there)
    client.post(f"{here}import/", {"once": "c"})
    assert worked() == 1

    ended = unescape(client.get(here).content.decode())
    assert "4 rows read" in ended
    assert feed_work.LEFT in ended
    assert "The import did not finish" not in ended, "its rows are kept, and the file is not asked for again"
    assert Allegation.objects.unscoped("a test").count() == 3
    assert Summary.objects.unscoped("a test").count() == searchable
    assert "Anna Moe" in client.get("/desk/").content.decode(), "the desk has what came"
    assert not PossibleCourse.objects.unscoped("a test").exists()

    night = CliRunner().invoke(app, ["look"])
    assert night.exit_code == 0, night.output
    assert Summary.objects.unscoped("a test").count() == 3
    assert PossibleCourse.objects.unscoped("a test").exists(), "one subject with three victims"


def seen() -> dict[str, str]:
    """Return what the page carries of the mapping that it shows."""
    return {"version": BroughtFile.objects.get().readings.order_by("-number")[0].mapping_sha256}


def _mapping() -> str:
    text: str = BroughtFile.objects.get().readings.order_by("-number")[0].mapping_text
    return text


def test_a_check_says_that_an_import_would_stop_and_what_would_wait(signed_in: SignIn) -> None:
    """What the check promises is what the import does: victim and suspect exchanged stop it, and one address waits."""
    client, stops = signed_in("analyst"), "An import would stop at row 2 and keep nothing. The telephone number"

    def carried(number: int, *, imports: bool, **cells: str) -> str:
        file = io.StringIO()
        out = csv.DictWriter(file, feed.COLUMNS, restval="")
        out.writeheader()
        out.writerow(feed.act(f"90{number}", NOW, "8R", "Calls all night" + "!" * number) | THEIRS | cells)
        here = bring(client, "example_force", file.getvalue())
        for step in ("check", "import")[: 1 + imports]:
            assert client.post(f"{here}{step}/", {"once": f"{step}{number}{sorted(cells)}"}).status_code == 303
            assert worked() == 1
        return unescape(client.get(here).content.decode())

    assert "1 accepted" in carried(1, imports=True)
    crossed = {"Victim phone": THEIRS["Suspect phone"], "Suspect phone": ""}
    said = carried(2, imports=False, **crossed)
    assert stops in said
    assert said.index(stops) < said.index("If two people let it through:") < said.index("1 can be kept")
    assert THEIRS["Suspect phone"] not in said
    stopped = carried(3, imports=True, **crossed, Location="Northmoor")
    assert "The file was stopped at row 2" in stopped
    assert "The import did not finish" in stopped
    assert "What was imported" not in stopped
    assert "/imports/quarantine/" in stopped
    moved = {"Victim address": THEIRS["Suspect address"], "Suspect address": ""}
    said = carried(4, imports=True, **moved)
    assert "The first of them is row 2: The address that was the suspect’s comes as the victim’s" in said
    said = carried(5, imports=False, **moved)
    assert "1 would wait: victim and suspect mixed up" in said
    assert "row 2: The address that was the suspect’s comes as the victim’s" in said
    assert "0 can be kept" in said
    assert Allegation.objects.unscoped("a test").count() == 1


def test_files_that_programs_spoilt_are_held_or_refused_in_words_with_nothing_half_there(signed_in: SignIn) -> None:
    client = signed_in("analyst")

    def carried(name: str, acts: list[dict[str, str]], whole: str = "{}") -> str:
        file = io.StringIO()
        out = csv.DictWriter(file, feed.COLUMNS, restval="")
        out.writeheader()
        out.writerows(acts)
        here = bring(client, "example_force", whole.format(file.getvalue()))
        for step in ("check", "import"):
            client.post(f"{here}{step}/", {"once": f"{step}{name}"})
            worked()
        return unescape(client.get(here).content.decode())

    def kept() -> int:
        return Allegation.objects.unscoped("a test").count()

    people = [THEIRS | {"Victim surname": f"Karlsen{n}", "Suspect surname": f"Dahl{n}"} for n in range(9)]
    acts = [feed.act(f"91{n}", NOW, "8R", f"Calls all night {n}") | theirs for n, theirs in enumerate(people)]
    reference = next(column for column in feed.COLUMNS if acts[0].get(column) == "910")
    assert "web page" in carried("page", acts, "<html><body><table><tr><td>{}</td></tr></table></body></html>")
    carried("shortened", [{**act, reference: f"2.6{n}001E+11"} for n, act in enumerate(acts)])
    unseen = carried("unseen", [{**act, reference: f"91{n}\u200b"} for n, act in enumerate(acts)])
    assert "The file is utf-8, not cp1252. Change the encoding in the mapping to utf-8." in unseen
    carried(
        "serial", [{**act, reference: f"92{n}", **dict.fromkeys(when_of(act), "46349.4")} for n, act in enumerate(acts)]
    )
    assert kept() == 0
    assert Quarantined.objects.count() == 18
    assert "9 accepted" in carried("right", acts)
    parts = [column.removeprefix("Victim ") for column in feed.COLUMNS if column.startswith("Victim ")]
    both = [part for part in parts if f"Suspect {part}" in feed.COLUMNS]
    turned = [{f"{a} {part}": act.get(f"{b} {part}", "") for part in both for a, b in PAIR} for act in acts]
    exchanged = [
        {**act, **turn, reference: f"93{n:03}"} for n, (act, turn) in enumerate(zip(acts, turned, strict=True))
    ]
    assert "The file was stopped at row 2" in carried("exchanged", exchanged)
    assert kept() == 9


PAIR = (("Victim", "Suspect"), ("Suspect", "Victim"))


def when_of(act: dict[str, str]) -> list[str]:
    """Return the columns of an act that hold a moment."""
    return [column for column, cell in act.items() if re.match(r"\d\d/\d\d/\d{4} ", cell)]


def test_a_layout_that_changed_is_said_with_the_way_to_mend_it(signed_in: SignIn) -> None:
    client = signed_in("analyst")
    here = bring(client, "example_force", "Crime no,Day\r\n1,24/11/2026\r\n")
    assert client.post(f"{here}check/", {"once": "c"}).status_code == 303
    assert worked() == 1
    said = unescape(client.get(here).content.decode())
    assert "is not in the file" in said
    assert "choose “Propose how to read it”" in said


def test_nobody_else_opens_a_file_or_does_anything_with_it(signed_in: SignIn, cast: Cast) -> None:
    """It is full of people, and a wall may stand around one of them: whoever brought it has it anyway, nobody else has."""
    here = bring(signed_in("analyst"), "example_force")
    southmere_analyst(cast)
    for who, turned_away in ((another_analyst(cast), 404), ("analyst_of_southmere", 404), ("officer", 403)):
        other = signed_in(who)
        for door in ("", "reading/", "reading/0/", "check/", "import/", "throw-away/"):
            assert other.get(here + door).status_code == turned_away, (who, door)
        for door in ("reading/", "reading/0/", "check/", "import/", "stop/", "throw-away/"):
            assert other.post(here + door, {"once": door}).status_code == turned_away, (who, door)
        listed = other.get("/imports/files/").content.decode()
        assert ("november.csv" in listed, here in listed) == (who == "another", False)


def test_work_outlives_whoever_did_it_and_ends_for_whoever_lost_the_right(signed_in: SignIn, cast: Cast) -> None:
    """A process that was killed leaves its work to the next; a right that was lost meanwhile ends it in words; a stop as well."""
    client = signed_in("analyst")
    here = bring(client, "example_force")
    client.post(f"{here}reading/", {"mapping": toml_of(SMALL), "once": "a", **seen()})
    client.post(f"{here}check/", {"once": "b"})
    FileWork.objects.update(begun_at=NOW, read=1)  # and then it was killed
    assert worked() == 1
    client.post(f"{here}import/", {"once": "c"})
    with pytest.raises(InvalidFeed, match="being done"):
        feeds.throw_away(actor=cast.analyst, brought=BroughtFile.objects.get().pk, at=NOW)
    assert client.post(f"{here}stop/", {"once": "d"}).status_code == 303
    assert "It is being stopped" in client.get(here).content.decode()
    assert worked() == 1
    assert "It was stopped" in client.get(here).content.decode()
    client.post(f"{here}import/", {"once": "e"})
    with pytest.raises(InvalidFeed, match="being done"):
        feeds.decide_reading(
            actor=cast.analyst, brought=BroughtFile.objects.get().pk, mapping=toml_of(SMALL), seen="", at=NOW
        )
    Membership.objects.filter(staff=cast.analyst.staff).update(until_at=NOW)
    assert worked() == 1
    assert "Your role does not include" in FileWork.objects.order_by("-number")[0].refused
    assert not ImportRun.objects.exists()
    assert worked() == 0
    assert audit_queries.verify().clean


def test_a_second_worker_ends_in_words_and_begins_nothing_twice(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fourfold.cli.work.migrate", lambda: None)
    monkeypatch.setattr(
        "django.db.close_old_connections", lambda: None
    )  # on PostgreSQL it ends this test's transaction
    bring(signed_in("analyst"))
    with feed_store.the_only_worker(settings.FOURFOLD.feeds_dir) as alone:
        said = CliRunner().invoke(app, ["work", "--once"])
        assert (alone, said.exit_code) == (True, 2)
        assert "Another process does this work already. Nothing was begun twice." in said.output
        assert FileWork.objects.get().begun_at is None
    assert CliRunner().invoke(app, ["work", "--once"]).exit_code == 0
    assert FileWork.objects.get().finished_at is not None


def test_a_file_goes_by_itself(signed_in: SignIn, cast: Cast) -> None:
    here = bring(signed_in("analyst"))
    stray = settings.FOURFOLD.feeds_dir / str(uuid4())  # whoever brought it was killed before a row knew it
    stray.mkdir()
    feeds.throw_old_away(actor=cast.analyst, at=datetime.now(UTC))
    assert stray.exists(), "it may be on its way"
    assert feeds.throw_old_away(actor=cast.analyst, at=datetime.now(UTC) + LASTS + timedelta(days=400)) == 1
    assert not list(settings.FOURFOLD.feeds_dir.iterdir())
    assert worked() == 0
    assert signed_in("analyst").get(here).status_code == 404


@pytest.mark.parametrize(
    ("column", "to", "there", "gone"),
    [
        ("Name", "subject.name", 'name = ["Name"]', "[victim]\nname"),
        ("Born", "columns.ignore", 'ignore = ["Born"]', "victim.birth"),
        ("Weapon", "", "", "[weapon]"),
        ("Story", "place.parts", 'parts = ["{Story}"]', "[words]"),
    ],
)
def test_a_column_is_one_thing_and_nothing_else(column: str, to: str, there: str, gone: str) -> None:
    """What said how its values are read goes with it, and everything else stays."""
    made = rules.moved(toml_of(SMALL), column, to)
    assert there in made
    assert gone not in made
    assert 'columns = ["Ref"]' in made
    with pytest.raises(InvalidFeed, match="told"):
        rules.moved(toml_of(SMALL), "Told", "")


def test_more_files_and_more_work_cost_no_more_statements(signed_in: SignIn) -> None:
    client = signed_in("analyst")
    first = bring(client, "example_force")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as few:
            for address in ("/imports/files/", first, f"{first}reading/"):
                assert client.get(address).status_code == 200
        counts.append(len(few))
        for number in range(3):
            bring(client, "example_force", text_of([row(f"B-{number}")] * (number + 2)))
    assert counts[0] == counts[1]


def test_rows_held_back_are_offered_only_where_there_are_some(signed_in: SignIn) -> None:
    client = signed_in("analyst")
    here = bring(client, "example_force")
    client.post(f"{here}reading/", {"mapping": toml_of(SMALL), "once": "a", **seen()})
    for step in ("check", "import"):
        client.post(f"{here}{step}/", {"once": step})
        worked()
    assert "Rows of this file that are held back" in client.get(here).content.decode()
    FileWork.objects.update(held=0)
    assert "held back</a>" not in client.get(here).content.decode()
