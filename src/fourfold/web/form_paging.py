"""The pages of a form that is being filled in: all on one, one question a page, or a long form so many at a time."""

from __future__ import annotations

from collections.abc import Sequence

from fourfold.assessment.rules.sheets import Sheet
from fourfold.web.filling import Question
from fourfold.web.guard import Request

LONG = 60
"""Questions beyond which a form is never shown on one page: a browser takes its time over more."""

EACH = 25
"""Questions on one page of a long form."""

Pages = tuple[tuple[Question, ...], ...]


def pages_of(asked: Sequence[Question]) -> Pages:
    """Return the questions of each step: one question each, or of a long form as many as a page takes."""
    each = EACH if is_long(asked) else 1
    return tuple(tuple(asked[n : n + each]) for n in range(0, len(asked), each))


def is_long(asked: Sequence[Question]) -> bool:
    return len(asked) > LONG


def step_of(request: Request, pages: Pages) -> int | None:
    """Return which step is shown; None where all questions stand on one page. The last step asks for the level."""
    said = request.POST.get("step", "") if request.method == "POST" else request.GET.get("step", "")
    if said.isascii() and said.isdigit() and len(said) < 9:
        return min(int(said), len(pages))
    return 0 if any(len(each) > 1 for each in pages) else None


def concerns(page: Sequence[Question], filled: Sheet) -> bool:
    """Return whether a question of a page may concern the case as it was answered so far: only a settled no leaves it out."""
    return any(filled.applies(question.item, question.repeat) is not False for question in page)
