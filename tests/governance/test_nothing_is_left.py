"""Of a case with a canary in every column, none is left anywhere once it was disposed of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from fourfold.access import queries as access_queries
from fourfold.access.models import Staff
from fourfold.audit.models import BatchRow
from fourfold.cases.models import Case, TransferAsked
from fourfold.governance.models import Disposed, Gone
from fourfold.governance.services import disposing
from fourfold.governance.verification import whole_log
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation
from fourfold.panel.models import Item
from tests.cases.builders import known, triaged
from tests.cast import NOW, Cast, vouched
from tests.intake import feeds
from tests.web.worlds import world_without

pytestmark = pytest.mark.django_db


def signed(case: Case) -> dict[str, Any]:
    """Return what the list with the keys would say of a case."""
    who = Staff.objects.first()
    stone = Disposed(
        pk=case.pk, reference=case.reference, site=case.site, rule="group-3", schedule_sha256="0" * 64, asked_by=who.pk,
        asked_at=NOW, signed_by=who.pk, disposed_at=NOW, counts={}, commitment="",
    )  # fmt: skip
    return disposing._said(stone)


def found(words: set[str]) -> dict[str, set[str]]:
    """Return in which columns of which tables one of these words stands."""
    hits: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values():
            for name, value in row.items():
                said = str(value)
                if "CNRY" in said and (here := {word for word in words if word in said}):
                    hits.setdefault(f"{model._meta.label_lower}.{name}", set()).update(here)
    return hits


@pytest.mark.parametrize("number", [1, 2])
def test_no_canary_of_the_case_stands_in_any_table(number: int) -> None:
    with world_without(3, 4, 6) as world:
        words = {word for word, one in world.canaries.given.items() if one.case == number}
        others = {word for word, one in world.canaries.given.items() if one.case != number}
        before, beside = found(words), found(others)
        assert len(before) > 150, "else this looks for nothing"
        case = Case._base_manager.get(pk=world.cases[number].case.pk)
        actor = access_queries.actor_of(
            Staff.objects.first(), at=NOW, session="test", strength="queued", purpose="casework"
        )
        pages = {str(key) for model in (Item, TransferAsked) for key in disposing.reach_of(case).rows.get(model, ())}
        assert pages, "else of none of them is asked whether its page is shut to whoever began to write there"
        assert disposing._again(actor, case, signed(case), NOW)
        assert pages <= set(map(str, Gone.objects.values_list("pk", flat=True)))
        connection.check_constraints()
        assert found(words) == {}
        assert found(others) == beside, "what is of other cases stays, all of it"


@pytest.fixture
def case(cast: Cast, tmp_path: Path) -> Case:
    """A case of one of two reports that a feed brought together."""
    vouched(cast)
    path = tmp_path / "feed.csv"
    path.write_text(feeds.text_of([feeds.row("1"), feeds.row("2")]))
    intake.import_file(actor=cast.analyst, path=path, mapping=feeds.small(), site="northmoor", at=NOW)
    told = Allegation._base_manager.order_by("row_number").first()
    known(cast, told)
    return triaged(cast, told, at=NOW)


def again(cast: Cast, case: Case) -> None:
    assert disposing._again(cast.administrator, case, signed(case), NOW)


def test_the_batch_of_an_import_is_still_proved_without_the_row_that_went(cast: Cast, case: Case) -> None:
    assert whole_log().clean
    again(cast, case)
    assert Allegation._base_manager.count() == 1
    assert whole_log().findings == ()
    Allegation._base_manager.update(words="Somebody edited this.")
    assert [one.kind for one in whole_log().findings] == ["row"]


def test_a_row_that_was_removed_by_hand_is_missed_though_another_was_disposed_of(cast: Cast, case: Case) -> None:
    again(cast, case)
    (left,) = Allegation._base_manager.all()
    (leaf,) = BatchRow.objects.filter(kind__startswith="leaf:allegations")
    with transaction.atomic(), connection.cursor() as cursor:
        for table in (
            "cases_namesound",
            "cases_summary",
            "cases_toldkey",
            "intake_furtherperson",
            "intake_personknownby",
        ):
            cursor.execute(f"DELETE FROM {table}")
    Allegation._base_manager.all()._raw_delete("default")
    BatchRow.objects.create(entry=leaf.entry, place=10_000, kind=leaf.kind, row=left.pk, digest=leaf.digest)
    assert {one.kind for one in whole_log().findings} >= {"batch"}, "a digest put beside the entry by hand shows"
    BatchRow.objects.filter(place=10_000).delete()
    assert any("2 rows were kept" in one.meaning for one in whole_log().findings)
