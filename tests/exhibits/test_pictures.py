"""Pictures are shown drawn anew from their pixels: nothing of where, when and by what they were taken comes along."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fourfold.gateways import redraw as gateway
from fourfold.gateways.redraw import CannotRedraw, redraw

CANARY = b"CNRY-27-invented-lane"
GPS = 0x8825


def jpeg(*, gps: bool = True, comment: bytes = CANARY, trailer: bytes = b"", size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a photograph as a telephone takes it: EXIF with place, camera and owner, a comment, a thumbnail's bytes."""
    exif = Image.Exif()
    exif[0x010F] = "CNRY-27-invented-lane maker"
    exif[0x9003] = "2026:11:24 17:40:00"
    exif[0x013B] = "CNRY-27-invented-lane owner"
    if gps:
        exif.get_ifd(GPS).update({1: "N", 2: (53.0, 12.0, 7.25), 3: "W", 4: (2.0, 31.0, 9.5), 29: "2026:11:24"})
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, "JPEG", exif=exif, comment=comment, dpi=(72, 72))
    return out.getvalue() + trailer


def png(**text: str) -> bytes:
    """Return a screenshot with words beside its pixels."""
    words = PngInfo()
    for name, said in text.items():
        words.add_text(name, said)
        words.add_itxt(name, said)
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 80, 0, 128)).save(out, "PNG", pnginfo=words)
    return out.getvalue()


def animated() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=CANARY)
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """Return a small PNG that unpacks to billions of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\x00" * 1_000_000, 9)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_the_photograph_of_these_tests_does_carry_a_place() -> None:
    with Image.open(io.BytesIO(jpeg())) as found:
        assert found.getexif().get_ifd(GPS)[2] == (53.0, 12.0, 7.25)
    assert CANARY in jpeg()


@pytest.mark.parametrize(
    "content",
    [
        jpeg(),
        jpeg(trailer=b"PK\x03\x04" + CANARY + b"<script>alert(1)</script>"),
        jpeg(trailer=b"%PDF-1.7 " + CANARY),
        png(Description="CNRY-27-invented-lane", Author="CNRY-27-invented-lane"),
        animated(),
    ],
    ids=["jpeg with place", "jpeg and zip at once", "jpeg and pdf at once", "png with words", "animated gif"],
)
def test_nothing_but_pixels_comes_along(content: bytes) -> None:
    drawn = redraw(content)
    assert b"CNRY" not in drawn.content
    for mark in (b"Exif", b"GPS", b"http", b"<script", b"PK\x03\x04", b"%PDF", b"tEXt", b"iTXt", b"ICC_PROFILE"):
        assert mark not in drawn.content
    with Image.open(io.BytesIO(drawn.content)) as shown:
        assert dict(shown.getexif()) == {}
        assert "comment" not in shown.info
        assert getattr(shown, "n_frames", 1) == 1
        assert shown.size == (drawn.width, drawn.height)


def test_a_picture_taken_sideways_stands_upright_although_its_mark_is_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (60, 20)).save(out, "JPEG", exif=exif)
    drawn = redraw(out.getvalue())
    assert (drawn.width, drawn.height) == (20, 60)


def test_colours_survive_so_that_a_picture_still_shows_what_it_shows() -> None:
    with Image.open(io.BytesIO(redraw(jpeg()).content)) as shown:
        red, green, blue = shown.getpixel((30, 20))  # type: ignore[misc]
    assert abs(red - 200) < 8
    assert abs(green - 30) < 8
    assert abs(blue - 30) < 8


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(), "larger than a telephone's picture"),
        (bomb(7_000), "larger than a telephone's picture"),
        (b"", "not a picture"),
        (b"\x00" * 500, "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (jpeg()[:200], "damaged, or ends too early"),
        (png()[:60], "damaged, or ends too early"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 300, "not a picture|damaged"),
        (b"RIFF\xff\xff\xff\xffWEBP" + b"\x00" * 64, "not a picture|damaged|could not be drawn"),
    ],
    ids=[
        "bomb",
        "smaller bomb",
        "empty",
        "zeros",
        "svg",
        "postscript",
        "cut jpeg",
        "cut png",
        "broken png",
        "broken webp",
    ],
)
def test_what_cannot_be_drawn_has_no_copy_and_says_why(content: bytes, why: str) -> None:
    with pytest.raises(CannotRedraw, match=why):
        redraw(content)


def test_a_drawing_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "SECONDS", 0.001)
    with pytest.raises(CannotRedraw, match="too long"):
        redraw(jpeg())


def test_large_photographs_are_made_smaller_and_stay_readable() -> None:
    drawn = redraw(jpeg(size=(4000, 3000)))
    assert (drawn.width, drawn.height) == (2400, 1800)
