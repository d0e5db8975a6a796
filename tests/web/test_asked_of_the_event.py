"""What is asked of the event itself is declared once: the form, a feed and the API take it, and whoever may reads it again."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from fourfold.intake.models import Allegation
from fourfold.intake.rules.columns import OF_EVENT
from fourfold.intake.rules.feeds import Reader
from fourfold.intake.rules.feeds.cells import RowFault
from fourfold.intake.told_columns import Column
from tests.cast import NOW
from tests.intake.feeds import HEADER, row, small
from tests.web.conftest import SignIn
from tests.web.test_intake import sent

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("column", OF_EVENT, ids=[column.name for column in OF_EVENT]),
]
ANSWER = "Beside the tram stop"


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def test_the_form_asks_and_who_referred_and_the_desk_read_it(column: Column, signed_in: SignIn) -> None:
    assert str(column.label) in signed_in("officer").get("/refer/").content.decode()
    sent(signed_in("officer"), **{column.name: ANSWER})
    kept = Allegation.objects.unscoped("test").get()
    own = signed_in("officer").get(f"/refer/{kept.pk}/").content.decode()
    assert str(column.label) in own
    assert ANSWER in own
    desk = signed_in("analyst").get(f"/desk/{kept.pk}/").content.decode()
    assert (ANSWER in desk) is not column.reaches  # an analyst may not read how to contact the victim


def test_too_long_is_refused_beside_its_question(column: Column, signed_in: SignIn) -> None:
    status, shown = sent(signed_in("officer"), **{column.name: "a" * (column.longest + 1)})
    assert status == 422
    assert f'id="{column.name}-error"' in shown


def test_a_feed_brings_it_and_names_the_column_of_what_is_too_long(column: Column) -> None:
    mapping = small(former_partner=None, **{column.name: {"parts": ["{Ex}", "{Name}"]}})
    reader = Reader(mapping, HEADER, site="northmoor", at=NOW)
    assert getattr(reader.read(1, row(Ex="tram  stop", Name="")).told, column.name) == "tram stop"
    with pytest.raises(RowFault) as refused:
        reader.read(2, row(Ex="a" * (column.longest + 1)))
    assert refused.value.column == "Ex"


def test_the_api_takes_it_and_answers_it(column: Column, signed_in: SignIn) -> None:
    body = {"site": "northmoor", "told_at": NOW.isoformat(), "words": "Flowers again", column.name: ANSWER}
    client = signed_in("officer")
    made = client.post("/api/allegations", json.dumps(body), content_type="application/json")
    assert made.status_code == 201, made.content
    assert client.get(f"/api/allegations/{made.json()['id']}").json()[column.name] == ANSWER
