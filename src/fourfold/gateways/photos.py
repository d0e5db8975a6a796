"""How a photograph that was drawn anew comes into a document: as wide as a page allows, its bytes as they are."""

from __future__ import annotations

import base64

from fourfold.gateways.redraw import Redrawn

TALLEST, DOTS_A_CENTIMETRE = 19.0, 38
"""Centimetres of a photograph, so that its caption stands on its page; and how few of its dots may fill one."""


def centimetres(drawn: Redrawn, widest: float) -> float:
    """Return how wide a photograph stands on a page: it fits there whole, and is not blown up."""
    fits = min(widest, TALLEST * drawn.width / drawn.height)
    return round(min(fits, drawn.width / DOTS_A_CENTIMETRE), 2)


def as_svg(drawn: Redrawn) -> str:
    """Return a photograph as a drawing, since only words go to the writer of PDF: its bytes come out as they are."""
    coded = base64.b64encode(drawn.content).decode()
    size = f'width="{drawn.width}" height="{drawn.height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {drawn.width} {drawn.height}">'
        f'<image {size} href="data:{drawn.media_type};base64,{coded}"/></svg>'
    )
