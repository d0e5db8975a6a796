"""The documents' pages: listed where the compartment is open, handed out as they were kept."""

from __future__ import annotations

import pytest

from fourfold.access.terms import Compartment, RelationKind
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.exhibits import services
from fourfold.exhibits.models import Exhibit
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import open_case, relate, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
CONTENT = b"%PDF-1.7 bytes are bytes \x00\xff"


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def kept(cast: Cast) -> Exhibit:
    """A document of a case of Northmoor's."""
    return keep(cast, open_case(cast))


def keep(cast: Cast, case: Case, title: str = "Letter to the housing officer") -> Exhibit:
    """Keep a document of a case."""
    return services.keep(
        actor=cast.coordinator,
        file=case.pk,
        kind="letter",
        title=title,
        content=CONTENT,
        media_type="application/pdf",
        compartment=Compartment.CORE,
        at=NOW,
    )


def address(exhibit: Exhibit, rest: str = "") -> str:
    """The address of the documents of the exhibit's case."""
    return f"/cases/{Case.objects.unscoped('test').get(pk=exhibit.file).reference}/documents/{rest}"


def test_a_case_without_documents_says_what_would_stand_there(signed_in: SignIn, cast: Cast) -> None:
    said = signed_in("officer").get(f"/cases/{open_case(cast).reference}/documents/").content.decode()
    assert "No documents are open to you" in said


def test_a_document_is_listed_and_handed_out_as_it_was_kept(signed_in: SignIn, kept: Exhibit) -> None:
    client = signed_in("outreach")
    assert "Letter to the housing officer" in client.get(address(kept)).content.decode()
    answer = client.get(address(kept, f"{kept.pk}/"))
    assert answer.content == CONTENT
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="letter-{kept.sha256[:8]}.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"


def test_handing_out_is_recorded(signed_in: SignIn, kept: Exhibit) -> None:
    client = signed_in("officer")
    before = Entry.objects.count()
    client.get(address(kept, f"{kept.pk}/"))
    last = Entry.objects.order_by("-seq")[0]
    assert Entry.objects.count() == before + 1
    assert (last.operation, last.file) == ("consultation", kept.file)


def test_a_damaged_document_is_not_handed_out(signed_in: SignIn, kept: Exhibit) -> None:
    Exhibit.objects.unscoped("test").filter(pk=kept.pk).update(sha256="0" * 64)
    answer = signed_in("officer").get(address(kept, f"{kept.pk}/"))
    assert answer.status_code == 500
    assert b"This document is damaged" in answer.content
    assert CONTENT not in answer.content


def test_a_document_of_a_closed_compartment_is_not_there(signed_in: SignIn, cast: Cast, kept: Exhibit) -> None:
    case = Case.objects.unscoped("test").get(pk=kept.file)
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    Exhibit.objects.unscoped("test").filter(pk=kept.pk).update(compartment=Compartment.VICTIM_CONTACT)
    assert b"Letter to the housing officer" in signed_in("advocate").get(address(kept)).content
    for name in ("officer", "clinician", "outreach", "coordinator"):
        client = signed_in(name)
        assert b"Letter to the housing officer" not in client.get(address(kept)).content
        assert client.get(address(kept, f"{kept.pk}/")).status_code == 404


def test_another_site_and_a_walled_colleague_find_nothing(signed_in: SignIn, cast: Cast, kept: Exhibit) -> None:
    wall_off(cast, "second_officer", Case.objects.unscoped("test").get(pk=kept.file))
    for name in ("olu", "second_officer"):
        client = signed_in(name)
        assert client.get(address(kept)).status_code == 404
        assert client.get(address(kept, f"{kept.pk}/")).status_code == 404


@pytest.mark.parametrize("after", ["nonsense", "~", "2026-11-24~", "2026-11-24T09:00:00+00:00~x"])
def test_a_place_that_means_nothing_begins_at_the_beginning(signed_in: SignIn, kept: Exhibit, after: str) -> None:
    answer = signed_in("officer").get(address(kept), {"after": after})
    assert b"Letter to the housing officer" in answer.content


def test_a_list_is_paged_by_key(signed_in: SignIn, cast: Cast, kept: Exhibit) -> None:
    case = Case.objects.unscoped("test").get(pk=kept.file)
    Exhibit.objects.bulk_create(
        Exhibit(
            file=case.pk, kind="letter", title=f"Letter {n}", compartment="core", media_type="text/plain",
            sha256="0" * 64, size=1, content="", controller="northmoor-police", basis="police.law_enforcement",
            source="test", recorded_at=NOW, recorded_by=cast.staff["officer"].pk,
        )
        for n in range(60)
    )  # fmt: skip
    client = signed_in("officer")
    first = client.get(address(kept)).content.decode()
    assert first.count("fingerprint") == 50
    follow = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(address(kept) + follow).content.decode().count("fingerprint") == 11
