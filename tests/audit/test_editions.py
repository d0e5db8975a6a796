"""A column that comes later changes no digest that was sealed before it, and no committed column goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps

from fourfold.access.models import Staff
from fourfold.audit import commitments, draft, queries, services
from fourfold.audit.models import Entry
from fourfold.audit.terms import Operation
from fourfold.intake import batch_proofs
from fourfold.intake.models import Allegation
from tests.cast import NOW, Cast

FIRST = Path(__file__).with_name("first_edition.txt")


@pytest.fixture
def editions() -> Iterator[None]:
    """Forget what was worked out about columns, before and after."""
    caches = (commitments.committed, commitments.todays_edition)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


def write(cast: Cast, name: str) -> Staff:
    with services.recorded(cast.administrator, "staff.registered", at=NOW, operation=Operation.ADMINISTRATION) as entry:
        staff = Staff.objects.create(name=name, partner="p", partner_kind="programme", trained_until=date(2027, 1, 1))
        return entry.about(staff)


@pytest.mark.django_db
def test_what_was_sealed_before_a_column_came_is_proved_without_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, editions: None
) -> None:
    monkeypatch.setattr(Staff, "ADDED_IN", {"trained_until": 2}, raising=False)
    with monkeypatch.context() as earlier:  # the day before the column came
        earlier.setattr(draft, "todays_edition", lambda: 1)
        earlier.setattr(commitments, "todays_edition", lambda: 1)
        before = write(cast, "Before")
    commitments.todays_edition.cache_clear()
    after = write(cast, "After")
    assert queries.verify().clean
    assert ['"edition":2' in body for body in Entry.objects.order_by("seq").values_list("body", flat=True)[:9]][
        -2:
    ] == [
        False,
        True,
    ]
    Staff.objects.filter(pk=after.pk).update(trained_until=date(2030, 1, 1))
    assert [finding.kind for finding in queries.verify().findings] == ["row"]
    Staff.objects.filter(pk=after.pk).update(trained_until=date(2027, 1, 1))
    Staff.objects.filter(pk=before.pk).update(name="Somebody else")
    assert [finding.kind for finding in queries.verify().findings] == ["row"]


def test_a_batch_of_a_feed_is_proved_by_the_columns_of_its_day(monkeypatch: pytest.MonkeyPatch, editions: None) -> None:
    row = Allegation(reference="1", weapon=True)
    today = batch_proofs.root_of([row])
    monkeypatch.setattr(Allegation, "ADDED_IN", {"weapon": 2}, raising=False)
    for cache in (commitments.committed, commitments.todays_edition, batch_proofs.columns_proved):
        cache.cache_clear()
    assert batch_proofs.root_of([row], 2) == batch_proofs.root_of([row]) == today
    assert batch_proofs.root_of([row], 1) == batch_proofs.root_of([Allegation(pk=row.pk, reference="1")], 1) != today
    batch_proofs.columns_proved.cache_clear()


def test_every_column_that_came_after_the_first_edition_says_so() -> None:
    first = {
        name: columns.split() for name, _, columns in (line.partition(": ") for line in FIRST.read_text().splitlines())
    }
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("fourfold."):
            continue
        name = model._meta.label_lower
        now = [column.attname for column in commitments.committed(model, commitments.FIRST_EDITION)]
        if name not in first:
            wrong.append(f"{name} is a new table. Add to {FIRST.name}:\n{name}: {' '.join(now)}")
        for column in first.get(name, ()):
            if column not in now:
                wrong.append(f"{name}.{column} was committed to and is gone: keep it, or old rows cannot be proved.")
        for column in now:
            if name in first and column not in first[name]:
                wrong.append(f"{name}.{column} came later. Say ADDED_IN = {{{column!r}: <edition>}} on the model.")
    assert not wrong, "\n".join(wrong)
