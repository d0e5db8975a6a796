"""One edited byte anywhere shows: in the log, in a row it names, in a row that came by the batch."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from fourfold.access.terms import Refused
from fourfold.governance import queries
from fourfold.governance.proving import whole_log
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation
from tests.cast import NOW, Cast
from tests.intake import feeds

pytestmark = pytest.mark.django_db


def test_a_clean_log_holds_and_only_oversight_may_ask(cast: Cast) -> None:
    assert whole_log().clean
    assert queries.verdict(actor=cast.governance).clean
    with pytest.raises(Refused):
        queries.verdict(actor=cast.officer)


def test_one_changed_word_in_a_row_that_came_by_the_batch_is_found(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(feeds.text_of([feeds.row("1"), feeds.row("2")]))
    totals = intake.import_file(actor=cast.analyst, path=path, mapping=feeds.small(), site="northmoor", at=NOW)
    assert totals.accepted > 0
    assert whole_log().clean
    row = Allegation.objects.unscoped("test").filter(run__isnull=False).first()
    assert row is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_allegation SET words = words || '.' WHERE id = %s",
            [Allegation._meta.pk.get_db_prep_value(row.pk, connection)],
        )
    found = whole_log().findings
    assert [one.kind for one in found] == ["row"]
