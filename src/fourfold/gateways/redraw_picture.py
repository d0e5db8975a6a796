"""Reads a picture from standard input and writes its pixels, and nothing else of it, to standard output.

Run by `gateways/redraw.py` as a process of its own; imports nothing of Fourfold. Only the named formats are tried, the
size is looked at before a pixel is unpacked, and the answer is made from an empty image, so that no description,
place, comment, profile or trailing bytes can come along.
"""

from __future__ import annotations

import io
import sys
import warnings

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError, __version__

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2400
MEMORY = 768 * 1024 * 1024
CPU_SECONDS = 20


def confine() -> None:
    """Lower what this process may use: memory, time, and files that it may write."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def pixels(content: bytes, on_paper: int = 0) -> tuple[bytes, str, tuple[int, int]]:
    """Return the picture's pixels as a new file, its media type and its size.

    `on_paper`: how long its longer side may be in a document, where it is a JPEG whatever it was; 0 for a screen. Raises ValueError in plain words for what is no picture, is too large, or ends too early.
    """
    longest = on_paper or LONGEST_SIDE
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise ValueError("it is larger than a telephone's picture")
            drawn = found.format == "PNG" and not on_paper
            found.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((longest, longest))
            made = _flat(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise ValueError("it is larger than a telephone's picture") from fault
    except UnidentifiedImageError as fault:
        raise ValueError("it is not a picture of a kind that can be shown") from fault
    out = io.BytesIO()
    made.save(out, "PNG" if drawn else "JPEG", **({} if drawn else {"quality": 80 if on_paper else 88}))
    return out.getvalue(), "image/png" if drawn else "image/jpeg", made.size


def _flat(found: Image.Image) -> Image.Image:
    """Return a new image on white with the same pixels: nothing of the old one's attributes comes along."""
    flat = Image.new("RGB", found.size, "white")
    seen = found.convert("RGBA")
    flat.paste(seen, mask=seen.getchannel("A"))
    return flat


def main() -> int:
    """Redraw what it is given; the exit status says whether there is an answer."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    content = sys.stdin.buffer.read()
    confine()
    try:
        out, media_type, (width, height) = pixels(content, int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except ValueError as fault:
        sys.stderr.write(f"refused: {fault}\n")
        return 1
    except (OSError, SyntaxError, MemoryError, EOFError):
        sys.stderr.write("refused: it is damaged, or ends too early\n")
        return 1
    sys.stdout.buffer.write(f"{media_type} Pillow-{__version__} {width} {height}\n".encode() + out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
