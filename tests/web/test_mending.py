"""Mending rows that wait: in the browser, and in a workbook that is taken away and sent back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from fourfold.access import services as access
from fourfold.access.terms import NotFound
from fourfold.gateways import workbooks
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation, FileDoubt, FileLook, ImportRun, Quarantined, StoppedFile, Version
from fourfold.intake.services.receiving import MOST_REFERRED
from fourfold.intake.terms import CannotImport, Channel
from fourfold.web.worklist import today
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.governance.builders import walled_victim
from tests.intake.feeds import HEADER, feed, row, small, text_of
from tests.intake.test_exchanged_alone import RECORD
from tests.intake.test_exchanged_alone import told as exchanged
from tests.intake.test_importing import proven, southmere_analyst
from tests.intake.test_roles_hold import HEADER as PEOPLE
from tests.intake.test_roles_hold import another_analyst, bring, mapping, one
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
WRONG = [
    row("1"),
    row("2", Told="31/02/2026"),
    row("3", Class="9Z"),
    row("4", Name="Ann\udce9"),
    row("1", Story="other"),
]

GOOD = [row(f"good-{number}") for number in range(30)]


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


@pytest.fixture
def waiting(cast: Cast, tmp_path: Path) -> dict[int, Quarantined]:
    """Rows that wait, by the row of the file: a date, a code, a byte, and a reference used twice."""
    lines = "\n".join(",".join(cells) for cells in (HEADER, *WRONG, *GOOD))
    path = feed(tmp_path, lines.encode("utf-8", "surrogateescape"), "june.csv")
    intake.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    return {one.row_number: one for one in Quarantined.objects.all()}


def typed(held: Quarantined, **cells: str) -> dict[str, str]:
    """Return the form of a row as a browser sends it, with some cells mended."""
    values = {**held.raw, **cells}
    return {"once": f"key-{held.pk}-{len(cells)}", **{f"cell-{n}": values[name] for n, name in enumerate(HEADER)}}


def mend(client: Client, held: Quarantined, **cells: str) -> tuple[int, str]:
    """Send the form of a row; return the status and the page."""
    answer = client.post(f"/imports/quarantine/{held.pk}/mend/", typed(held, **cells), follow=True)
    return answer.redirect_chain[0][1] if answer.redirect_chain else answer.status_code, answer.content.decode()


def test_a_row_mended_in_the_browser_is_kept_and_settled(
    waiting: dict[int, Quarantined], signed_in: SignIn, cast: Cast
) -> None:
    held, client = waiting[3], signed_in("analyst")
    page = client.get(f"/imports/quarantine/{held.pk}/mend/").content.decode()
    assert "There is no such date as “31/02/2026”" in page
    assert "This cell could not be read." in page
    assert mend(client, held, Told="28/02/2026", When="")[0] == 303
    kept = Allegation.objects.unscoped("test").get(reference="2")
    assert kept.original["Told"] == "28/02/2026"
    after = Quarantined.objects.get(pk=held.pk)
    assert (after.resolution, after.resolved_by) == ("mended and read again", cast.analyst.staff)
    assert after.raw["Told"] == "31/02/2026", "what came is kept beside what was made of it"
    assert kept.run.file_name == "mended: june.csv"
    assert proven()


def test_a_row_that_is_still_wrong_says_why_at_its_field_and_keeps_what_was_typed(
    waiting: dict[int, Quarantined], signed_in: SignIn
) -> None:
    status, page = mend(signed_in("analyst"), waiting[4], Class="8X", Story="typed anew")
    assert status == 422
    assert "does not know the code “8X”" in page
    assert "typed anew" in page
    assert not Allegation.objects.unscoped("test").filter(reference="3").exists()


def test_a_byte_that_is_no_letter_must_be_written_anew(waiting: dict[int, Quarantined], signed_in: SignIn) -> None:
    client = signed_in("analyst")
    status, page = mend(client, waiting[5])
    assert (status, "“Name” has not changed" in page) == (422, True)
    assert mend(client, waiting[5], Name="Anné")[0] == 303
    assert Allegation.objects.unscoped("test").get(reference="4").victim_name == "Anné"


def test_words_of_which_the_beginning_alone_was_kept_are_written_whole(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    """A corrected date made the first 500 letters of a long account all that was ever kept of it."""
    story = "He waits at the gate. " * 150
    path = feed(tmp_path, [row("1", Told="?", Story=story)])
    intake.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    held, client, day = Quarantined.objects.get(), signed_in("analyst"), {"Told": "23/11/2026 10:00"}
    status, page = mend(client, held, **day, Story=held.raw["Story"]["beginning"])
    assert (status, "Only the beginning of “Story” was kept" in page) == (422, True)
    assert mend(client, held, **day, Story=story, Class="8R")[0] == 303
    assert Allegation.objects.unscoped("test").get().words.strip() == story.strip()


def test_a_reference_used_twice_may_be_a_later_version_or_another_crime(
    waiting: dict[int, Quarantined], signed_in: SignIn
) -> None:
    client = signed_in("analyst")
    assert mend(client, waiting[6])[0] == 303, "the same crime, told again"
    assert Version.objects.unscoped("test").get().words == "other"
    assert "Settled" in client.get(f"/imports/quarantine/{waiting[6].pk}/mend/").content.decode()


def test_a_row_is_mended_once(waiting: dict[int, Quarantined], signed_in: SignIn) -> None:
    client = signed_in("analyst")
    for _ in range(2):
        mend(client, waiting[3], Told="28/02/2026", When="")
    assert Allegation.objects.unscoped("test").filter(reference="2").count() == 1
    form = {**typed(waiting[3], Told="27/02/2026", When=""), "once": "another"}
    answer = client.post(f"/imports/quarantine/{waiting[3].pk}/mend/", form)
    assert "already settled this row" in answer.content.decode()


# ---- whoever mends a row is who told it


def kept_of(client: Client, held: Quarantined, **cells: str) -> str:
    """Mend a row and return the identifier of the allegation that it became."""
    assert mend(client, held, **cells)[0] == 303
    return str(Allegation.objects.unscoped("test").get(reference=cells["Ref"]).pk)


def test_whoever_mends_a_row_does_not_see_by_the_desk_whom_it_concerns(
    waiting: dict[int, Quarantined], cast: Cast, signed_in: SignIn
) -> None:
    nora = walled_victim(cast)
    access.set_wall(actor=cast.governance, files=[nora.pk], staff=cast.analyst.staff, reason="a cousin", at=NOW)
    client, other = signed_in("analyst"), signed_in("coordinator")
    hers = kept_of(client, waiting[3], Told="23/11/2026 11:00", When="", Name="Nora Quill", Ref="hers")
    strangers = kept_of(client, waiting[5], Name="Edna Furlong", Born="08/08/1980", Ref="nobody")
    for allegation in (hers, strangers):
        assert client.get(f"/desk/{allegation}/").status_code == 404
        assert client.get(f"/api/allegations/{allegation}").status_code == 404
        assert allegation not in client.get("/desk/").content.decode()
        assert other.get(f"/desk/{allegation}/").status_code == 200, "a colleague takes it from there"
    alarm = signed_in("governance").get("/oversight/walls/").content.decode()
    assert "has made" not in alarm, "the one is behind a wall, the other is not"
    again = signed_in("analyst")
    kept_of(again, waiting[4], Class="8R", Name="Nora Quill", Ref="hers again")
    alarm = signed_in("governance").get("/oversight/walls/").content.decode()
    assert f"{cast.analyst.name} has made 2 referrals, corrections" in alarm


def test_a_person_written_otherwise_counts_as_a_referral_does(
    waiting: dict[int, Quarantined], cast: Cast, signed_in: SignIn
) -> None:
    client, (_, most, _) = signed_in("analyst"), MOST_REFERRED[0]
    for _ in range(most - 1):
        told(cast.analyst, channel=Channel.REFERRAL)
    kept_of(client, waiting[3], Told="23/11/2026 11:00", When="", Name="Nora Quill", Ref="guess")
    status, page = mend(client, waiting[5], Name="Edna Furlong", Ref="another")
    assert (status, f"referred or changed {most} reports in an hour" in page) == (422, True)
    assert client.post("/refer/", {"words": "He waits.", "victim_name": "Nora Quill"}).status_code == 422
    assert mend(client, waiting[4], Class="8R")[0] == 303, "what only sorts a report is no guess"


@pytest.mark.parametrize(
    "written", [{"Story": "Nora Quill was followed."}, {"Ref": "FF-1"}], ids=("words", "reference")
)
def test_words_and_a_reference_count_as_a_person_does(
    waiting: dict[int, Quarantined], cast: Cast, signed_in: SignIn, written: dict[str, str]
) -> None:
    client, (_, most, _) = signed_in("analyst"), MOST_REFERRED[0]
    for _ in range(most - 1):
        told(cast.analyst, channel=Channel.REFERRAL)
    assert mend(client, waiting[4], Class="8R", **written)[0] == 303
    status, page = mend(client, waiting[3], Told="23/11/2026 11:00", When="", **written)
    assert (status, f"referred or changed {most} reports in an hour" in page) == (422, True)
    assert client.post("/refer/", {"words": "Somebody waits.", "victim_name": "Nora Quill"}).status_code == 422
    assert mend(client, waiting[3], Told="23/11/2026 11:00", When="")[0] == 303


# ---- in a workbook


def taken(client: Client, run: ImportRun) -> list[list[str]]:
    """Take the workbook away and return its rows."""
    answer = client.get(f"/imports/{run.pk}/waiting/workbook/")
    assert answer["Content-Disposition"] == 'attachment; filename="rows-that-wait.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content)).active
    return [[str(cell.value or "") for cell in cells] for cells in sheet.iter_rows()]


def sent_back(client: Client, run: ImportRun, rows: list[list[str]]) -> str:
    """Send a workbook back and return the page."""
    content = workbooks.written(rows[0], rows[1:], name="x")
    file = SimpleUploadedFile("mended.xlsx", content)
    answer = client.post(f"/imports/{run.pk}/waiting/mended/", {"file": file, "once": str(len(content))})
    return answer.content.decode()


def test_rows_mended_in_a_workbook_are_kept_and_the_others_say_why(
    waiting: dict[int, Quarantined], signed_in: SignIn
) -> None:
    client, run = signed_in("analyst"), ImportRun.objects.get()
    rows = taken(client, run)
    assert rows[0] == ["Row held back", "Row", "Why it is held back", *HEADER]
    assert [one[1] for one in rows[1:]] == ["3", "4", "5", "6"]
    of = {name: number for number, name in enumerate(rows[0])}
    rows[1][of["Told"]], rows[1][of["When"]] = "2026-02-28", ""
    rows[2][of["Class"]] = "8Q"
    page = sent_back(client, run, rows)
    assert "3 rows kept</strong>, 1 row still held back" in page
    assert "“Name” has not changed" in page
    assert Quarantined.objects.filter(resolved_at=None).count() == 1
    assert proven()


def test_a_row_that_exchanges_people_is_let_in_by_itself_and_by_no_workbook_that_leaves_it(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    """Who sent a workbook back with a few rows corrected let in all the others of it, and nothing said so."""
    bring(cast, tmp_path, RECORD, "before.csv")
    run_id = bring(cast, tmp_path, [exchanged("4", "Carl", "Bea")], "later.csv").run
    client, run, held = signed_in("analyst"), ImportRun.objects.get(pk=run_id), Quarantined.objects.get()
    page = sent_back(client, run, taken(client, run))
    assert "0 rows kept</strong>, 1 row still held back" in page
    assert "Nothing in this row has changed" in page
    address = f"/imports/quarantine/{held.pk}/mend/"
    assert "change nothing and read it again" in client.get(address).content.decode()
    cells = {f"cell-{n}": held.raw[name] for n, name in enumerate(PEOPLE)}
    assert client.post(address, {"once": "as it is", **cells})["Location"] == f"/imports/{run.pk}/waiting/"
    held.refresh_from_db()
    assert held.resolution == "let in as it came"
    assert proven()


def test_nothing_in_the_workbook_is_a_formula(cast: Cast, signed_in: SignIn, tmp_path: Path) -> None:
    path = feed(tmp_path, [row("1", Told="?", Story='=HYPERLINK("http://x")', Name="+44")])
    intake.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    answer = signed_in("analyst").get(f"/imports/{ImportRun.objects.get().pk}/waiting/workbook/")
    book = load_workbook(io.BytesIO(answer.content))
    assert len(book.sheetnames) == 1
    assert {cell.data_type for cells in book.active.iter_rows() for cell in cells} <= {"s", "n", "inlineStr"}
    assert not [cell for cells in book.active.iter_rows() for cell in cells if cell.data_type == "f"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "Choose the workbook"), (b"Ref,Told\n", "not a workbook"), (b"PK\x03\x04", "not a workbook")],
)
def test_what_is_no_workbook_is_refused_in_words(
    waiting: dict[int, Quarantined], signed_in: SignIn, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile("x.xlsx", content)
    answer = signed_in("analyst").post(f"/imports/{ImportRun.objects.get().pk}/waiting/mended/", {"file": file})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_workbook_of_other_columns_or_without_its_keys_is_refused(
    waiting: dict[int, Quarantined], signed_in: SignIn
) -> None:
    client, run = signed_in("analyst"), ImportRun.objects.get()
    rows = taken(client, run)
    assert "not the columns" in sent_back(client, run, [one[:-1] for one in rows])
    rows[1][0] = "lost"
    assert "Row 2 of the workbook has no entry" in sent_back(client, run, rows)


# ---- whose it is, and what it costs


@pytest.mark.parametrize("path", ["waiting/", "waiting/workbook/", "waiting/mended/"])
def test_rows_that_wait_are_nobody_elses(
    waiting: dict[int, Quarantined], signed_in: SignIn, cast: Cast, path: str
) -> None:
    run, held = ImportRun.objects.get(), waiting[3]
    for name in ("coordinator", "olu"):
        assert signed_in(name).get(f"/imports/{run.pk}/{path}").status_code == 403
    southmere_analyst(cast)
    other = signed_in("analyst_of_southmere")
    assert other.get(f"/imports/{run.pk}/{path}").status_code == 404
    assert mend(other, held, Told="28/02/2026", When="")[0] == 404
    with pytest.raises(NotFound):
        intake.mend_rows(actor=cast.actor("analyst_of_southmere"), mended=[intake.Mended(held.pk, {})], at=NOW)
    assert Quarantined.objects.filter(resolved_at=None).count() == 4


def test_the_list_of_cells_is_paged_and_costs_a_known_number_of_statements(
    cast: Cast, signed_in: SignIn, tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = feed(tmp_path, [row(str(number), Told="?") for number in range(120)])
    intake.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    client, address = signed_in("analyst"), f"/imports/{ImportRun.objects.get().pk}/waiting/"
    client.get(address)
    with django_assert_num_queries(9):  # who reads 2, the import 1, its rows 1, the log 5
        page = client.get(address).content.decode()
    assert page.count("Correct row ") == 50
    last = Quarantined.objects.get(row_number=51)
    assert client.get(f"{address}?after={last.pk}").content.decode().count("Correct row ") == 50


def test_a_stopped_file_is_let_through_by_two_people_on_the_page_of_what_waits(
    cast: Cast, tmp_path: Path, signed_in: SignIn
) -> None:
    later = feed(tmp_path, text_of([one(1, S_phone=one(1)[5])], PEOPLE), "later.csv")
    brought = {"actor": cast.analyst, "mapping": mapping(), "site": "northmoor", "at": NOW}
    intake.import_file(path=feed(tmp_path, text_of([one(1)], PEOPLE)), **brought)
    with pytest.raises(CannotImport, match="row 2"):
        intake.import_file(path=later, **brought)
    address = f"/imports/stopped/{StoppedFile.objects.get().pk}/"
    row = f"{address}rows/{FileDoubt.objects.get().pk}/"
    assert row in signed_in("coordinator").get(address).content.decode()
    assert "What is to become of row 2?" in signed_in("coordinator").get(row).content.decode()
    assert signed_in("coordinator").get(row.replace(row[-8:], "0000000/")).status_code == 404
    for each in (address, row):
        assert signed_in("olu").get(each).status_code in (403, 404)
    assert signed_in("officer").get(address).status_code == 403
    rows = [row for row in today(cast.coordinator, NOW).every if row.kind == "files_stopped"]
    assert [row.what for row in rows] == ["Look at a file that was stopped: later.csv, 1 report"]
    for number, name in enumerate(("analyst", "coordinator", "coordinator", another_analyst(cast))):
        client = signed_in(name)
        page = client.get("/imports/quarantine/").content.decode()
        assert "later.csv" in page
        assert "1 report in it" in page
        assert "The telephone number that was the victim’s comes as the suspect’s." in page
        assert one(1)[5] not in page + client.get(address).content.decode()
        said = {"once": f"key-{number}", "said": f"{name}: the records office says it is right."}
        client.post(*((row, said | {"verdict": "keep"}) if name == "another" else (address, said)))
    page = client.get("/imports/quarantine/").content.decode()
    assert "Two people have looked at each reason." in page
    assert "Import the same file again, under" in page
    assert FileLook.objects.count() == 2, "the same person twice is one look, and who brought it in has none"
    rows = [row for row in today(cast.analyst, NOW).every if row.kind == "files_stopped"]
    assert [row.what for row in rows] == ["Import a file again that two people have looked at: later.csv, 1 report"]
    assert intake.import_file(path=later, **brought).revised == 1
    assert "later.csv" not in client.get("/imports/quarantine/").content.decode()
    assert not [row for row in today(cast.analyst, NOW).every if row.kind == "files_stopped"]
    assert proven()
