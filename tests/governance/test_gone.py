"""What names a file without a foreign key is refused by the database once the file went with a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from fourfold.cases.models import StateSet
from fourfold.drafts import services as drafts
from fourfold.drafts.models import Draft
from fourfold.governance.models import Disposed, Gone
from fourfold.governance.queries.disposing import disposal, reach_of
from fourfold.intake.models import Allegation
from fourfold.people.models import SafeContact
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.governance.test_nothing_is_left import signed

pytestmark = pytest.mark.django_db

#: Columns that hold a key without a foreign key, of which none is a file's: people, and rows of the same table or of the same case.
OTHERS = {
    *("staff", "owner", "owner_before", "owner_after", "lead", "chair", "contact", "given_by", "set_by", "stopped_by"),
    *("audit.entry.actor", "audit.entry.file", "audit.entry.about_id", "audit.batchrow.row"),
    *("audit.receipt.actor", "audit.receipt.about_id"),  # the log, which says of each row that it is gone
    "access.staff.person",
    "access.wall.came_with",
    "access.webhooknotice.cause",  # a step of the order that `about` names
    "assessment.draft.chain",
    "cases.possiblecourse.whole",
    "duties.duty.about",  # its case is a foreign key
    "feeds.filework.run",
    *("governance.pack.pdf", "governance.pack.docx", "governance.packmadeagain.pdf", "governance.packmadeagain.docx"),
    "rollout.recommendation.result",
}


def bare() -> set[tuple[type[models.Model], str]]:
    """Return the columns of every table that hold a key of another row, without a foreign key to it."""
    return {
        (model, column.attname)
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.concrete_fields
        if isinstance(column, models.UUIDField) and not column.primary_key
    }


def names_a_file(model: type[models.Model], name: str) -> bool:
    whole = f"{model._meta.label_lower}.{name}"
    return not (name in OTHERS or whole in OTHERS or name.endswith("_by"))


def filled(model: type[models.Model], name: str, key: Any) -> models.Model:
    """Return a new row of a table whose one column holds a key, and every other one something."""
    row = Allegation._base_manager.get() if model is Allegation else model()  # whose values it checks
    if isinstance(row._meta.pk, models.UUIDField):
        row.pk = uuid4()
    if isinstance(row, Allegation):
        row.reference = uuid4().hex[:12]
    told = {models.DateTimeField: NOW, models.DateField: NOW.date(), models.JSONField: []}
    for column in model._meta.concrete_fields:
        kind = type(column)
        if isinstance(column, models.ForeignKey | models.UUIDField):
            if not column.primary_key:
                setattr(row, column.attname, None if column.null else uuid4())
        elif getattr(row, column.attname) is None and not column.null:
            setattr(row, column.attname, told.get(kind, 0))
    setattr(row, name, key)
    return row


def kept(row: models.Model) -> str:
    """Try to keep a row as a statement by hand would, and take it back; return in which words it was refused."""
    try:
        with transaction.atomic():
            row.save_base(raw=True, force_insert=True)
            transaction.set_rollback(True)
    except IntegrityError as fault:
        return str(fault)
    return ""


@pytest.fixture
def gone(cast: Cast) -> Gone:
    said: dict[str, Any] = {**signed(open_case(cast)), "id": uuid4(), "commitment": "0" * 64, "reference": "FF-GONE234"}
    stone = Disposed(**{name: value for name, value in said.items() if name not in ("epoch", "mac")})
    stone.save(force_insert=True)
    return Gone.objects.create(id=stone.pk, stone=stone)


def test_every_column_that_may_name_a_file_without_a_foreign_key_is_refused_one_that_is_gone(gone: Gone) -> None:
    columns = sorted(((model, name) for model, name in bare() if names_a_file(model, name)), key=str)
    assert len(columns) > 18
    let = {
        f"{model._meta.label_lower}.{name}"
        for model, name in columns
        if "disposed of" not in kept(filled(model, name, gone.pk))
    }
    assert let == set(), "guard it in a migration as governance/0009 does, or say above that it names no file"
    stopped = {
        f"{model._meta.label_lower}.{name}"
        for model, name in columns
        if "disposed of" in kept(filled(model, name, uuid4()))
    }
    assert stopped == set()


def test_a_row_that_is_there_is_not_turned_to_a_file_that_is_gone(gone: Gone) -> None:
    for model, name in bare():
        if names_a_file(model, name) and model is not Allegation:
            row = filled(model, name, uuid4())
            row.save_base(raw=True, force_insert=True)
            with pytest.raises(IntegrityError, match="disposed of"), transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**{name: gone.pk})
            model._base_manager.filter(pk=row.pk)._raw_delete("default")


def test_a_row_that_names_what_is_gone_since_before_may_still_be_changed_otherwise(cast: Cast) -> None:
    """A victim who stays keeps what they agreed to in the case that went."""
    case = open_case(cast)
    told = {"case_file": uuid4(), "victim_id": case.victim_id}
    row = filled(SafeContact, "case_file", told["case_file"])
    row.victim_id = told["victim_id"]
    row.save_base(raw=True, force_insert=True)
    said: dict[str, Any] = {**signed(case), "id": told["case_file"], "commitment": "0" * 64}
    stone = Disposed(**{name: value for name, value in said.items() if name not in ("epoch", "mac")})
    stone.save(force_insert=True)
    Gone.objects.create(id=stone.pk, stone=stone)
    row.save_base(raw=True, force_update=True)
    assert SafeContact._base_manager.get().case_file == stone.pk


def test_what_the_register_finds_by_a_bare_column_is_guarded() -> None:
    for kind in ("goes", "tells", "needs"):
        for entry in disposal()[kind]:
            for label in entry["tables"]:
                model = apps.get_model(label)
                plain = {(model, name) for name in entry["by"] if "__" not in name} & bare()
                assert all(names_a_file(*one) for one in plain if one[1] != "cause"), label


def test_drafts_go_of_pages_of_every_row_and_none_of_a_case_whose_reference_begins_alike(cast: Cast) -> None:
    case = open_case(cast)
    row = next(iter(reach_of(case).rows[StateSet]))  # as an item: its page names no file
    goes = {f"/cases/{case.reference}/comments/", f"/panel/items/{row}/", f"/desk/together/{case.subject_id}/"}
    for page in (*goes, f"/cases/{case.reference}AB/comments/", f"/panel/items/{uuid4()}/"):
        drafts.keep_draft(actor=cast.officer, page=page, typed={"words": ["Half a word"]}, at=NOW)
    found = reach_of(case).rows[Draft]
    assert {each.page for each in Draft.objects.filter(pk__in=found)} == goes


@pytest.mark.parametrize("page", ["/cases/FF-GONE234/comments/", "/people/subjects/{}/"])
def test_no_draft_is_kept_of_a_page_of_what_is_gone(cast: Cast, gone: Gone, page: str) -> None:
    said = {"actor": cast.officer, "typed": {"words": ["Half a word"]}, "at": NOW + timedelta(days=1)}
    with pytest.raises(IntegrityError, match="disposed of"), transaction.atomic():
        drafts.keep_draft(page=page.format(gone.pk), **said)
    for other in ("FF-GONE235", "FF-GONE2345"):  # references had five letters once, and have seven
        drafts.keep_draft(page=f"/cases/{other}/comments/", **said)
    assert Draft.objects.count() == 2
