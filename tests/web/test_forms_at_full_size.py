"""A form as large as one may be: its file is read, and each page on its way answers, within two seconds of processor time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from html import unescape
from typing import TypeVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from fourfold.assessment import fhir, queries, services
from fourfold.assessment.fhir.own_rules import MOST_RULES
from fourfold.assessment.models import DefinitionImported
from fourfold.assessment.queries.holdings import definition_of
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import FilledInBy
from tests import conftest
from tests.assessment.fhir.forms import Json, ask, extension, fhirpath, form, group
from tests.assessment.fhir.test_hostile import raw
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn
from tests.web.test_imported_forms import BRING, hidden

pytestmark = pytest.mark.django_db

MOST_S = 2.0
Answer = TypeVar("Answer")


@pytest.fixture(autouse=True)
def _each_file_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time to read one is measured here, of a small one too."""
    monkeypatch.setattr(conftest, "SMALL_FORM", 0)


def spent() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


class _Undone(Exception):
    pass


def least(does: Callable[[], Answer], tries: int = 3) -> tuple[Answer, float]:
    """Return an answer and the least processor time of some tries, each undone but the last: what else runs beside only adds."""
    seconds = []
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                began = spent()
                answer = does()
                seconds.append(spent() - began)
                if left and min(seconds) > MOST_S:
                    raise _Undone
                return answer, min(seconds)
        except _Undone:
            continue
    raise AssertionError("no try is left")


def options(first: int, count: int) -> list[Json]:
    return [
        {"valueCoding": {"system": "urn:a", "code": f"c{n}", "display": f"Answer {n}"},
         "extension": [extension("ordinalValue", "Decimal", n)]}
        for n in range(first, first + count)
    ]  # fmt: skip


def levels(depth: int) -> Json:
    item = ask("leaf")
    for level in range(depth):
        item = group(f"g{level}", item)
    return item


def questions() -> Iterator[Json]:
    return (ask(f"q{n}", "choice", text=f"Question {n}", answerOption=options(0, 5)) for n in range(3_000))


def reckoned() -> Iterator[Json]:
    """Questions, each of which waits for a sum of its own."""
    n = "%resource.descendants().where(linkId='n').answer.value"
    yield ask("n", "integer")
    for each in range(2_500):
        yield ask(f"q{each}", extension=[fhirpath(f"{n} + {each} > 3", use="sdc-questionnaire-enableWhenExpression")])


LARGE = {
    "as many that wait for sums": form(*reckoned()),
    "3,000 questions": form(*questions()),
    "20,000 answers": form(*(ask(f"q{n}", "choice", answerOption=options(n * 1_000, 1_000)) for n in range(20))),
    "as many groups": form(*(group(f"g{n}", ask(f"q{n}")) for n in range(1_490))),
    "as deep as may be": form(levels(28)),
}


@pytest.mark.parametrize("size", LARGE)
def test_each_page_of_a_large_form_takes_two_seconds_at_most(cast: Cast, signed_in: SignIn, size: str) -> None:
    client, file = signed_in("coordinator"), raw(LARGE[size])
    reading, seconds = least(lambda: fhir.read(file))
    assert reading.instrument is not None
    assert seconds < MOST_S
    client.get(BRING)  # what a process loads once is no time of the form's
    client.post(BRING, {"file": SimpleUploadedFile("small.json", raw(form(ask("one")))), "once": "small"})
    shown, seconds = least(lambda: client.post(BRING, {"file": SimpleUploadedFile("f.json", file), "once": "look"}))
    assert shown.status_code == 200
    assert seconds < MOST_S
    carried = hidden(" ".join(unescape(shown.content.decode()).split()))
    done, seconds = least(
        lambda: client.post(BRING, {**carried, "confirmed": "yes", "once": "go", "by": "about_subject"})
    )
    assert seconds < MOST_S
    assert DefinitionImported.objects.count() == 1
    one, seconds = least(lambda: client.get(done.headers["Location"]))
    assert "inactive until 2 people approve it" in one.content.decode()
    assert seconds < MOST_S


def test_two_hundred_levels_are_refused_in_words_and_at_once(cast: Cast, signed_in: SignIn) -> None:
    client, file = signed_in("coordinator"), raw(form(levels(200)))
    refused, seconds = least(lambda: client.post(BRING, {"file": SimpleUploadedFile("f.json", file), "once": "look"}))
    assert refused.status_code == 422
    assert "stand within each other. Flatten the form." in unescape(refused.content.decode())
    assert seconds < MOST_S
    assert not DefinitionImported.objects.exists()


def test_a_list_of_answers_cut_on_the_page_says_so(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    file = raw(form(ask("q", "choice", answerOption=options(0, 60))))
    shown = client.post(BRING, {"file": SimpleUploadedFile("f.json", file), "once": "look"})
    carried = hidden(" ".join(unescape(shown.content.decode()).split()))
    done = client.post(BRING, {**carried, "confirmed": "yes", "once": "go", "by": "about_subject"}, follow=True)
    said = unescape(done.content.decode())
    assert "and 10 more: download the form as FHIR R4 to read them" in said
    assert said.count("Answer 59") == 1, "the form itself lists every answer"


def test_conditions_that_reckon_are_worked_out_over_every_answer_within_the_time(cast: Cast) -> None:
    by = FilledInBy.ABOUT_VICTIM
    made = services.import_definition(
        actor=cast.coordinator, site="northmoor", raw=raw(form(*reckoned())), file="f.json", at=NOW, by=by
    ).row
    assert made is not None
    given = [Given("n", text="2"), *(Given(f"q{each}", text="Yes") for each in range(2_500))]
    whole, seconds = least(lambda: queries.as_answered("northmoor", definition_of(made), given, at=NOW))
    assert len(whole) - len(given) == MOST_RULES, "none ran out of time"
    assert seconds < MOST_S
