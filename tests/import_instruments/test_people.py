"""`fourfold instruments` with people: two who approve, one who withdraws, and whoever may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from typer.testing import CliRunner, Result

from fourfold.assessment.models import BringingApproved, LicenceRecorded, ListBrought, PackBrought
from fourfold.assessment.queries.previews import with_lists
from fourfold.cli.instrument_lists import app
from fourfold.governance.verification import whole_log
from tests.assessment.library import EXACT, FREE, LICENSED, WORDS, on_the_shelf, pack, questionnaire
from tests.cast import NOW, Cast, give_account, vouched

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))
    on_the_shelf(monkeypatch)
    for name in ("coordinator", "clinician", "chair", "governance", "officer", "olu"):
        give_account(cast, name, "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")


def typed(*words: str, by: str = "") -> Result:
    """Type `fourfold instruments …`, as one of the cast where one is named."""
    person = ("--as", f"{by}@demo.invalid") if by else ()
    return CliRunner().invoke(app, [*words, *person])


def file(folder: Path, raw: bytes, name: str = "pack.toml") -> str:
    """Write a file and return its name."""
    (folder / name).write_bytes(raw)
    return str(folder / name)


def license_it(folder: Path, by: str = "governance", **changes: str) -> Result:
    """Put a licence on record."""
    said = {
        "licensor": "Invented House",
        "reference": "IH-7",
        "granted-on": "2026-01-01",
        "expires-on": "2027-01-31",
        "review-on": "2026-12-31",
        "evidence": file(folder, b"a letter", "letter.pdf"),
        **changes,
    }
    return typed("licence", LICENSED, *(word for name, value in said.items() for word in (f"--{name}", value)), by=by)


def test_from_a_pack_to_a_form_in_use_and_out_of_it(cast: Cast, tmp_path: Path) -> None:
    brought = typed("pack", file(tmp_path, pack(LICENSED)), by="coordinator")
    assert (brought.exit_code, "inactive: No licence is on record" in brought.stdout) == (0, True)
    assert license_it(tmp_path).exit_code == 0
    first = typed("approve", LICENSED, by="clinician")
    assert "waits for approval" in first.stdout
    again = typed("approve", LICENSED, by="clinician")
    assert (again.exit_code, "already approved it" in again.stderr) == (2, True)
    assert "is active" in typed("approve", LICENSED, "--words", "Compared.", by="chair").stdout
    assert typed("approve", LICENSED, by="governance").exit_code == 2
    out = typed("withdraw", LICENSED, "--reason", "The owner asked.", by="governance")
    assert "It was withdrawn" in out.stdout
    assert BringingApproved.objects.count() == 2
    vouched(cast)
    assert whole_log().clean


def test_free_wording_is_active_at_once_and_again_adds_nothing(tmp_path: Path) -> None:
    path = file(tmp_path, pack(FREE))
    dry = json.loads(typed("pack", path, "--dry-run", "--json", by="coordinator").stdout)
    assert (dry["added"], dry["state"], PackBrought.objects.count()) == (False, "active", 0)
    told = json.loads(typed("pack", path, "--json", by="coordinator").stdout)
    assert (told["added"], told["state"], told["site"]) == (True, "active", "northmoor")
    assert "was there already" in typed("pack", path, by="clinician").stdout
    changed = typed("pack", file(tmp_path, pack(FREE, items={**WORDS, "spoon": "Forks?"})), by="clinician")
    assert "Forks?" in changed.stdout, "the difference is shown"


def test_wording_that_is_not_exact_is_refused(tmp_path: Path) -> None:
    done = typed("pack", file(tmp_path, pack(EXACT, items={**WORDS, "spoon": "Spoon?"})), by="coordinator")
    assert (done.exit_code, "not the exact text" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "by", "code"),
    [
        (("pack", "PACK"), "officer", 3),
        (("import", "FORM"), "officer", 3),
        (("pack", "PACK", "--site", "northmoor"), "olu", 3),
        (("import", "FORM", "--site", "northmoor"), "olu", 3),
        (("list", "--site", "northmoor"), "olu", 2),
        (("show", LICENSED, "--site", "northmoor"), "olu", 2),
        (("approve", LICENSED), "coordinator", 3),
        (("approve", LICENSED, "--site", "northmoor"), "olu", 2),
        (("withdraw", LICENSED, "--reason", "Mine."), "coordinator", 3),
        (("withdraw", LICENSED, "--reason", "Mine.", "--site", "northmoor"), "olu", 2),
    ],
)
def test_who_may_not_is_turned_away(tmp_path: Path, words: tuple[str, ...], by: str, code: int) -> None:
    typed("pack", file(tmp_path, pack(LICENSED)), by="coordinator")
    files = {"PACK": file(tmp_path, pack(FREE)), "FORM": file(tmp_path, questionnaire(), "garden.json")}
    done = typed(*(files.get(word, word) for word in words), by=by)
    assert done.exit_code == code, done.output
    assert PackBrought.objects.count() == 1


def test_a_licence_that_cannot_stand_is_said_with_the_field(tmp_path: Path) -> None:
    wrong = license_it(tmp_path, **{"expires-on": "2025-01-01"})
    assert (wrong.exit_code, "ends before it begins" in wrong.stderr) == (2, True)
    assert license_it(tmp_path, by="officer").exit_code == 3
    assert license_it(tmp_path, evidence=str(tmp_path / "nothing.pdf")).exit_code == 2
    assert LicenceRecorded.objects.count() == 0


def test_a_wrong_word_on_who_fills_it_in_is_undone_by_withdrawing(tmp_path: Path) -> None:
    path = file(tmp_path, questionnaire(), "garden.json")
    first = typed("import", path, "--by", "victim", by="coordinator")
    assert (first.exit_code, "Taken as" in first.stdout) == (0, False)
    plain = typed("import", path, by="coordinator")
    assert (plain.exit_code, "Taken as" in plain.stdout) == (0, False), "nothing is taken: it is here"
    assert "It is filled in by the victim" in plain.stdout
    other = typed("import", path, "--json", "--by", "about-subject", by="coordinator")
    told = json.loads(other.stdout)
    assert (other.exit_code, told["added"], told["by"]) == (1, False, None)
    assert "filled in by the victim" in told["reasons"][0]["message"]
    assert "withdraw it. Then import the file again" in told["reasons"][0]["message"]
    assert json.loads(typed("import", path, "--json", by="coordinator").stdout)["by"] == "victim"
    assert typed("withdraw", "garden", "--reason", "A slip.", by="chair").exit_code == 0
    told = json.loads(typed("import", path, "--json", "--by", "about-subject", by="coordinator").stdout)
    assert (told["added"], told["by"], told["instrument"]) == (True, "about-subject", "garden-2")
    again = json.loads(typed("import", path, "--json", "--by", "about-subject", by="coordinator").stdout)
    assert (again["added"], again["by"]) == (False, "about-subject")


def test_the_robot_of_the_site_brings_in_and_approves_nothing(tmp_path: Path) -> None:
    done = typed("import", file(tmp_path, questionnaire(), "garden.json"), "--site", "northmoor")
    assert done.exit_code == 0, done.output
    assert typed("approve", "garden", "--site", "northmoor").exit_code == 2, "an approval names its person"


def test_a_failure_while_keeping_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("fourfold.assessment.services.import_definition", broken)
    done = typed("import", file(tmp_path, questionnaire(), "garden.json"), "--json", by="coordinator")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["outcome"]) == (1, "refused")
    assert "a failure of ours (RecursionError)" in told["reasons"][0]["message"]


def test_of_two_lists_with_one_address_the_one_that_came_last_counts_also_when_it_was_there_before(
    tmp_path: Path,
) -> None:
    """Listed are red and blue, then red alone, then both again; and once more, which adds nothing."""
    both, one = ([{"code": code, "display": code} for code in codes] for codes in (("red", "blue"), ("red",)))
    url = "https://lists.example/ValueSet/colours"
    for concepts, there in ((both, "is kept"), (one, "is kept"), (both, "is kept"), (both, "is here already")):
        listed = {
            "resourceType": "ValueSet",
            "url": url,
            "compose": {"include": [{"system": "urn:c", "concept": concepts}]},
        }
        said = typed("lists", file(tmp_path, json.dumps(listed).encode(), "colours.json"), by="coordinator")
        assert (said.exit_code, said.stdout) == (0, f"{url}: {len(concepts)} answers; {there}\n"), said.output
    assert list(ListBrought.objects.order_by("turn").values_list("answers", flat=True)) == [2, 1, 2]
    asked = json.dumps({"resourceType": "Questionnaire", "item": [{"linkId": "q", "answerValueSet": url}]}).encode()
    put_in, _ = with_lists("northmoor", asked, at=NOW)
    assert b"blue" in put_in
    assert typed("lists", file(tmp_path, json.dumps(listed).encode()), by="officer").exit_code == 3
    gone = typed("withdraw-list", url, "--reason", "Out of date.", by="chair")
    assert gone.stdout == f"{url} is out of use. Its answers stand in no form.\n", gone.output
    assert typed("withdraw-list", url, "--reason", "Again.", by="chair").exit_code == 2, "it is out of use"
    assert with_lists("northmoor", asked, at=NOW) == (asked, ()), "no older list of the address comes back"
