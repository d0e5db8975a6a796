"""Pictures in packs: each is looked at and decided by a person, and what is shown is pixels alone, read back from the bytes."""

from __future__ import annotations

import io
import random
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from PIL import Image

from fourfold.access.terms import Compartment
from fourfold.cases.models import Case
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.queries import content_of
from fourfold.gateways.reading_back import docx_parts, docx_photos, pdf_photos, pdf_texts
from fourfold.gateways.redraw import ON_PAPER, CannotRedraw, Redrawn, redraw
from fourfold.governance import services
from fourfold.governance.models import Disclosure, Pack, PackMadeAgain
from fourfold.orders.models import Order
from fourfold.orders.terms import OrderKind
from fourfold.support.terms import Readers
from fourfold.web import clock
from tests.cast import Cast
from tests.exhibits.test_pictures import CANARY, GPS
from tests.orders.builders import applied
from tests.support.builders import NOON
from tests.support.diaries import open_diary, write
from tests.web.conftest import SignIn
from tests.web.test_disclosures import home, said, sent
from tests.web.test_packs import dangers

pytestmark = pytest.mark.django_db

COURT = {
    "kind": "court",
    "asked_by": "Chester Crown Court",
    "received_on": "20/11/2026",
    "identity_proved": "the court's own channel",
}
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\x01" * 500
METADATA = (b"Exif", b"GPS", b"ICC_PROFILE", CANARY)


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count()  # of two decisions the later one stands
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=next(seconds)))


def photograph(colour: str, size: tuple[int, int] = (3000, 2000)) -> bytes:
    """Return a picture as a telephone that was held upright takes it: lying down, with its place and a comment."""
    grain = Image.frombytes("L", (60, 40), random.Random(colour).randbytes(2400)).resize(size)
    plain = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(GPS).update({1: "N", 2: (53.0, 12.0, 7.25), 3: "W", 4: (2.0, 31.0, 9.5)})
    out = io.BytesIO()
    Image.blend(plain, grain.convert("RGB"), 0.2).save(out, "JPEG", exif=exif, comment=CANARY)
    return out.getvalue()


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case whose victim sent two photographs and a file that nobody can be shown."""
    diary = open_diary(cast)
    for number, picture in enumerate((photograph("red"), photograph("blue"), HEIC)):
        write(diary, at=NOON - timedelta(minutes=9 - number), picture=picture, readers=Readers.UNIT)
    return diary.case


def files(pack: Pack) -> dict[str, bytes]:
    made = PackMadeAgain.objects.unscoped("test").filter(pack=pack).order_by("recorded_at", "pk").last() or pack
    return {name: content_of(Exhibit.objects.unscoped("test").get(pk=getattr(made, name))) for name in ("pdf", "docx")}


def photos(made: dict[str, bytes]) -> frozenset[bytes]:
    shown = pdf_photos(made["pdf"])
    assert docx_photos(made["docx"]) == shown
    return shown


def words(made: dict[str, bytes]) -> str:
    pdf, docx = " ".join(pdf_texts(made["pdf"])), " ".join(part for _, part in docx_parts(made["docx"], photos(made)))
    for line in ("a picture, left out", "nobody has decided on it", "a picture."):
        assert (line in pdf) is (line in docx), line
    return pdf


def colour(content: bytes) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(content)) as shown:
        assert dict(shown.getexif()) == {}
        assert shown.size == (round(ON_PAPER * 2 / 3), ON_PAPER), "it stands upright, no larger than a page can show"
        return shown.convert("RGB").getpixel((10, 10))  # type: ignore[return-value]


def test_each_picture_is_decided_by_a_person_and_only_what_was_shown_to_somebody_leaves(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    page = sent(coordinator, home(case, "pack/"), **COURT)
    pack = Pack.objects.unscoped("test").get()
    assert "2 of 2 to decide" in page
    assert f"<strong>Exhibit {case.reference}/1</strong>: Picture that came with report" in page
    assert "A document of the case" in page
    assert "Proposed: leave this picture out. It may show where a victim is. Look at it." in page
    assert photos(files(pack)) == frozenset(), "nobody has decided on it"
    assert f"Exhibit {case.reference}/2, a picture, not shown: nobody has decided on it." in words(files(pack))
    first, second = dangers(page)
    form = said(coordinator, home(case, first))
    assert "May this picture be shown?" in form
    assert "Show this picture" in form
    red = Exhibit.objects.unscoped("test").filter(kind="picture").order_by("recorded_at", "pk")[0]
    looked = f"/cases/{case.reference}/documents/{red.pk}/picture/"
    assert f'<img src="{looked}"' in form
    assert colour(coordinator.get(looked).content)[0] > 200
    assert chair.get(looked).content == coordinator.get(looked).content
    assert signed_in("olu").get(looked).status_code == 404

    assert "Say why this picture leads nobody to a victim." in sent(coordinator, home(case, first), choice="keep")
    shows = {"choice": "keep", "reason": "A wall that stands in every town."}
    also = second.rstrip("/").rpartition("/")[2]
    assert "Look at each picture that you show" in sent(coordinator, home(case, first), also=also, **shows)
    sent(coordinator, home(case, first), **shows)
    release = home(case, f"pack/{pack.pk}/")
    refused = sent(chair, release, channel="by hand")
    assert "1 of 2 to decide" in refused
    assert "This pack waits for a unit coordinator." in refused
    assert not Disclosure.objects.unscoped("test").exists()
    assert "0 of 2 to decide" in sent(coordinator, home(case, second), choice="leave_out")

    made = files(pack)
    (shown,) = photos(made)
    assert colour(shown)[0] > 200, "the first was shown and is red"
    assert shown == coordinator.get(looked).content, "what was looked at is what leaves"
    blue = redraw(photograph("blue"), on_paper=True).content
    for content in made.values():
        assert not [mark for mark in (*METADATA, blue, blue[700:1400]) if mark in content]
    told = words(made)
    assert f"Exhibit {case.reference}/1, a picture" in told
    assert f"Exhibit {case.reference}/2, a picture, left out." in told
    assert coordinator.post(release, {"channel": "by hand"}).status_code == 403
    assert "See the picture" in said(chair, release)
    assert "The pack was released" in sent(chair, release, channel="by hand")
    listed = said(coordinator, home(case))
    assert "pictures that were left out" in listed
    assert "pictures that were looked at and shown" in listed


def test_a_file_that_cannot_be_shown_stays_listed_with_its_reason(signed_in: SignIn, cast: Cast, case: Case) -> None:
    sent(signed_in("coordinator"), home(case, "pack/"), **COURT)
    told = words(files(Pack.objects.unscoped("test").get()))
    assert "sealed file" in told
    why = "it is not a picture of a kind that can be shown"
    assert f"Exhibit {case.reference}/3, a file that is not shown here: {why}." in told
    assert f"and cannot be shown: {why}" in said(signed_in("officer"), f"/cases/{case.reference}/documents/")


@pytest.mark.parametrize("kept", ["image/tiff", "image/heic"])
def test_a_picture_of_a_kind_that_is_never_drawn_is_listed_with_its_reason_however_it_came(
    signed_in: SignIn, cast: Cast, kept: str
) -> None:
    """A scan beside those of the diary: nobody is asked to look at what no page can show, and none of its bytes leave."""
    case = open_diary(cast).case
    scan = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(scan, "TIFF", description=CANARY.decode())
    content = scan.getvalue() if kept == "image/tiff" else HEIC
    exhibits.keep(
        actor=cast.chair, file=case.pk, kind="scan", title="A scan", content=content, media_type=kept,
        compartment=Compartment.CORE, at=NOON,
    )  # fmt: skip
    page = sent(signed_in("coordinator"), home(case, "pack/"), **COURT)
    assert "See the picture" not in page
    made = files(Pack.objects.unscoped("test").get())
    assert photos(made) == frozenset()
    assert (
        f"Exhibit {case.reference}/1, a file that is not shown here: it is not a picture of a kind that can be shown."
        in words(made)
    )


def test_a_scan_that_came_with_her_diary_is_listed_and_never_shown(signed_in: SignIn, cast: Cast) -> None:
    diary, scan = open_diary(cast), io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(scan, "TIFF", description=CANARY.decode())
    write(diary, picture=scan.getvalue(), readers=Readers.UNIT)
    sent(signed_in("coordinator"), home(diary.case, "pack/"), **COURT)
    made = files(Pack.objects.unscoped("test").get())
    assert f"{diary.case.reference}/1, a file that is not shown here: it is not a picture of a kind" in words(made)
    assert not any(CANARY in content for content in made.values())


def test_a_picture_that_came_after_the_decisions_holds_the_pack(signed_in: SignIn, cast: Cast, case: Case) -> None:
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    page = sent(coordinator, home(case, "pack/"), **COURT)
    for number, address in enumerate(dangers(page)):
        sent(coordinator, home(case, address), once=str(number), choice="leave_out")
    pack = Pack.objects.unscoped("test").get()
    write(open_diary(cast, case), picture=photograph("green"), readers=Readers.UNIT)
    refused = sent(chair, home(case, f"pack/{pack.pk}/"), channel="by hand")
    assert "1 of 3 to decide" in refused


def test_a_picture_that_nobody_decided_on_is_thrown_away_with_the_pack_that_holds_it(
    monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, case: Case
) -> None:
    """Whatever writes the files: a picture in them that is not one of those decided on is found in their bytes."""
    real = services.packing.documents.docx
    stray = redraw(photograph("blue"), on_paper=True)

    def with_another(document: object, pictures: object = {}) -> bytes:
        from dataclasses import replace

        from fourfold.gateways.documents import Photo

        more = replace(document, blocks=(*document.blocks, Photo("stray", "A picture")))  # type: ignore[type-var, attr-defined]
        return real(more, {**pictures, "stray": stray})  # type: ignore[arg-type, dict-item]

    services.packing._empty_parts()
    monkeypatch.setattr(services.packing.documents, "docx", with_another)
    page = sent(signed_in("coordinator"), home(case, "pack/"), **COURT)
    assert "The pack was not kept, because it contained a picture (DOCX)" in page
    assert not Pack.objects.unscoped("test").exists()


def test_an_application_shows_its_pictures_and_its_draft_none(signed_in: SignIn, cast: Cast, case: Case) -> None:
    coordinator, officer = signed_in("coordinator"), signed_in("officer")
    order = applied(cast, case, OrderKind.SPO, at=NOON - timedelta(days=1))
    asked = COURT | {"kind": "order", "application": str(order.pk), "identity_proved": ""}
    page = sent(coordinator, home(case, "pack/"), **asked)
    shown, left = dangers(page)
    sent(coordinator, home(case, shown), once="1", choice="keep", reason="It shows a wall.")
    sent(coordinator, home(case, left), once="2", choice="leave_out")
    made = files(Pack.objects.unscoped("test").get())
    assert len(photos(made)) == 1
    assert f"Exhibit {case.reference}/2, a picture, left out." in words(made)
    draft = officer.post(f"/cases/{case.reference}/orders/{order.pk}/pack/", {"form": "pdf"})
    assert draft.content.startswith(b"%PDF"), draft.content[:300]
    assert pdf_photos(draft.content) == frozenset()
    assert "No picture is shown in this draft." in " ".join(pdf_texts(draft.content))
    assert Order.objects.unscoped("test").count() == 1


def test_a_picture_that_cannot_be_drawn_any_more_is_named_and_left_out(
    monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, case: Case
) -> None:
    coordinator = signed_in("coordinator")
    first, second = dangers(sent(coordinator, home(case, "pack/"), **COURT))

    def fails(content: bytes, *, on_paper: bool) -> Redrawn:
        raise CannotRedraw("it took too long to draw")

    monkeypatch.setattr(services.packing, "redraw", fails)
    sent(coordinator, home(case, first), once="1", choice="keep", reason="It shows a wall.")
    refused = sent(coordinator, home(case, second), once="2", choice="leave_out")
    assert f"Exhibit {case.reference}/1, a picture: it cannot be shown. Leave it out." in refused
    assert not PackMadeAgain.objects.unscoped("test").exists()
    sent(coordinator, home(case, first), once="3", choice="leave_out")
    assert "0 of 2 to decide" in sent(coordinator, home(case, second), once="4", choice="leave_out")
    assert photos(files(Pack.objects.unscoped("test").get())) == frozenset()


def test_a_pack_that_its_pictures_make_too_large_says_so(
    monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, case: Case
) -> None:
    coordinator = signed_in("coordinator")
    first, second = dangers(sent(coordinator, home(case, "pack/"), **COURT))
    sent(coordinator, home(case, first), once="1", choice="keep", reason="It shows a wall.")
    monkeypatch.setattr(services.packing, "LARGEST", 10_000)
    refused = sent(coordinator, home(case, second), once="2", choice="leave_out")
    assert "With these pictures the pack is too large. Leave some out, and hand them over by themselves." in refused


def test_pictures_are_drawn_before_anybody_waits_for_the_decision_to_be_written(
    monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, case: Case
) -> None:
    coordinator, depths, real = signed_in("coordinator"), [], services.packing._drawn
    first, second = dangers(sent(coordinator, home(case, "pack/"), **COURT))
    outside = len(connection.savepoint_ids)

    def drawn(captions: dict[str, str]) -> dict[str, Redrawn]:
        depths.extend([len(connection.savepoint_ids)] * len(captions))
        return real(captions)

    monkeypatch.setattr(services.packing, "_drawn", drawn)
    sent(coordinator, home(case, first), once="1", choice="keep", reason="It shows a wall.")
    sent(coordinator, home(case, second), once="2", choice="keep", reason="It shows another.")
    assert depths == [outside, outside]
    assert len(photos(files(Pack.objects.unscoped("test").get()))) == 2
