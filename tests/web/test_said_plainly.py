"""What a page or a file leaves unsaid, says in the trade's words, or says of one field where several are wrong."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from fourfold.access.terms import RelationKind
from fourfold.evaluation import plans, services
from fourfold.feeds import rules
from fourfold.gateways import workbooks
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.intake.services import sorting
from fourfold.stats.disclosure import Released
from fourfold.web.components import cells
from tests.cases.builders import open_case, told
from tests.cast import NOW, Cast, assign
from tests.evaluation.test_releases import QUICK
from tests.intake.feeds import SMALL
from tests.web.conftest import SignIn
from tests.web.test_courses import looked

pytestmark = pytest.mark.django_db


def test_a_request_to_an_advocate_names_every_field_that_is_missing_at_once(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, at=NOW - timedelta(days=9))
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW)
    address = f"/cases/{case.reference}/disclosures/ask/"
    answer = signed_in("officer").post(address, {"once": "a", "sought": "What was said of the flat"})
    assert answer.status_code == 422
    named = set(
        re.findall(r'href="#([\w-]+)"', answer.content.decode().split("There is a problem")[1].split("</div>")[0])
    )
    assert {"enquiry", "necessity", "tried", "authorised_by"} <= named
    assert any(each.startswith("expires_on") for each in named)
    assert "sought" not in named


def test_what_a_file_by_month_leaves_empty_is_explained_beside_it(cast: Cast, signed_in: SignIn) -> None:
    for hours in range(13):
        told(cast.analyst, at=NOW - timedelta(hours=hours), system="crimes")
    told(cast.analyst, at=NOW, system="calls")
    looked(cast)
    content = signed_in("analyst").get("/desk/mis-recorded/by-month/file/").content.decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    empty = [row for row in rows if "" in [row[name] for name in row if name != "note"]]
    assert empty
    for row in empty:
        assert row["note"].endswith("an empty cell is a count that was under 10, 0 included")


def test_a_workbook_keeps_its_head_in_sight_and_has_columns_that_can_be_read() -> None:
    content = workbooks.written(
        ("Row", "Why it is held back"), [("3", "There is no such date.")], name="Rows held back"
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert sheet.sheet_format.baseColWidth == 24


@pytest.mark.parametrize(
    ("column", "left"),
    [
        (
            "Born",
            [
                "taken so (Name: the victim’s).",
                "as they came: Told, Weapon.",
                "The words of Story are read as written.",
            ],
        ),
        (
            "Weapon",
            [
                "taken so (Name: the victim’s; Born: the victim’s).",
                "“Born” is 12",
                "as they came: Told.",
                "The words of Story",
            ],
        ),
        (
            "Story",
            ["taken so (Name: the victim’s; Born: the victim’s).", "“Born” is 12", "as they came: Told, Weapon."],
        ),
    ],
)
def test_what_somebody_said_of_a_column_is_not_asked_again(column: str, left: list[str]) -> None:
    """The column was corrected on its page and stood among what is to be decided as before."""
    doubts = [
        "Nothing says whose these are, and they are taken so (Name: the victim’s; Born: the victim’s). Move them.",
        "Every day in “Born” is 12 or less.",
        "Read by nothing and kept only as they came: Told, Weapon.",
        "The words of Story are read as written.",
    ]
    made = rules.doubts_of(rules.moved(toml_of(SMALL, doubts), column, "columns.ignore"))
    assert len(made) == len(left)
    assert all(part in said for part, said in zip(left, made, strict=True)), made


def test_a_reference_that_stands_twice_says_what_may_have_caused_it() -> None:
    row = type("Row", (), {"keyed": True, "reference": "9/26"})()
    said = sorting._stands_twice(row, 3, same=False).reason
    assert (
        "also in row 3 with other content: two crimes were given one reference, or one of the rows is an older state"
        in said
    )
    assert said.endswith("Correct one of the rows, or leave out the older.")


def test_a_registered_plan_is_read_without_the_trade_s_words(cast: Cast, signed_in: SignIn) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=QUICK, at=NOW)
    shown = signed_in("lead").get(f"/evaluation/plans/{question.pk}/").content.decode()
    names = re.findall(r'summary-list__key">([^<]+)<', shown)
    for bare in ("Intercurrent", "Least certainty", "Multiplicity", "Sensitivity", "Strategy", "Variable", "Summary"):
        assert bare not in names
    assert "What may happen in between (intercurrent events)" in names
    assert "Certainty, of 4, from which a number is carried to another area" in names
    assert "stricter the more comparisons there are (Holm)" in shown
    assert set(plans.SAID) >= {*plans.SENSITIVITY, *plans.MULTIPLICITY}


def test_the_quality_board_s_chart_is_named_with_one_colon_on_a_phone(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast, at=NOW - timedelta(days=9))
    page = signed_in("coordinator").get("/unit/quality/").content.decode()
    labels = re.findall(r'data-label="([^"]*)"', page)
    assert "0 to 100%, the standard dashed" in labels
    assert [label for label in labels if ":" in label] == []


def test_a_count_of_thousands_is_written_like_every_other_number() -> None:
    assert str(Released(1135)) == "1,135"


def test_no_template_of_a_roll_out_names_the_cells_of_a_stacked_table_by_hand() -> None:
    folder = Path(cells.__file__).parents[1] / "templates" / "rollout"
    for template in folder.glob("*.html"):
        for table in re.findall(r"<table\b.*?</table>", template.read_text(), re.DOTALL):
            if cells.STACKS in table.partition(">")[0]:
                assert "data-label=" not in table, template.name


def test_a_receipt_repeats_what_was_answered_and_says_what_it_does_not_repeat(cast: Cast, signed_in: SignIn) -> None:
    """Under "What was received" the weapon, the relationship and the place were left out without a word."""
    client = signed_in("officer")
    sent = {
        "words": "Waited outside again.", "weapon": "no", "place": "Mill Lane", "victim_name": "Owain Quilltree",
        "victim_phone": "07700 900345", "subject_name": "Mara Fennelby", "subject_relationship": "former colleague",
        "former_partner": "no", "behaviours": ["loiters"], "once": "receipt",
    }  # fmt: skip
    kept = client.post("/refer/", sent)
    assert kept.status_code == 303, kept.content.decode()
    shown = " ".join(re.sub(r"<[^>]+>", " ", client.get(kept["Location"]).content.decode()).split())
    for said in ("Relationship former colleague", "Weapon used or threatened no", "Former partner no"):
        assert said in shown
    assert "07700" not in shown
    assert "Telephones, addresses, days of birth and accounts that were given are kept as well." in shown
