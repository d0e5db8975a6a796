"""A form as large as one may be: its file is read, and each page on its way answers, within two seconds of processor time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from html import unescape
from typing import TypeVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from fourfold.assessment import fhir
from fourfold.assessment.models import DefinitionImported
from tests.assessment.fhir.forms import Json, ask, extension, form, group
from tests.assessment.fhir.test_hostile import raw
from tests.cast import Cast
from tests.web.conftest import SignIn
from tests.web.test_imported_forms import BRING, hidden

pytestmark = pytest.mark.django_db

MOST_S = 2.0
Answer = TypeVar("Answer")


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


LARGE = {
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
