"""The pages of a form that is being filled in: all on one, one question a page, or a long form so many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


def names_of(pages: Iterable[Sequence[Question]]) -> tuple[str, ...]:
    return tuple(name for page in pages for question in page for name in question.names)


def step_now(left: Pages, step: int | None, pages: Pages) -> int | None:
    """Return the step of a page that was left, among the pages as they are since: by its fields, for a form that becomes
    a long one, or is none any more, has its pages numbered anew."""
    if step is None:
        return 0 if any(len(each) > 1 for each in pages) else None
    if step >= len(left):
        return len(pages)
    found = first_with(pages, names_of([left[step]]))
    return min(step, len(pages)) if found is None else found


def first_with(pages: Pages, names: Iterable[str]) -> int | None:
    """Return the first step that asks for one of these fields."""
    wanted = set(names)
    return next((n for n, page in enumerate(pages) if wanted.intersection(names_of([page]))), None)


def next_step(left: Pages, step: int, pages: Pages, filled: Sheet, *, going: str, unread: Iterable[str]) -> int | None:
    """Return the step after a page that was left: the same where something on it could not be read or begins one more repeat
    on it, else that of the next question that may concern the case, or of the one before.

    `left` are the pages as they were when it was shown, `pages` those since it was answered.
    """
    here, there = step_now(left, step, pages), set(names_of(left[step : step + 1]))
    if going not in ("next", "back") or (going == "next" and (there & set(unread) or _begins_more(left, pages, here))):
        return here
    asked = [(n, question) for n, page in enumerate(pages) for question in page]
    seen = set(names_of(left[: step + 1] if going == "next" else left[:step]))
    after = max((n for n, (_, one) in enumerate(asked) if seen.intersection(one.names)), default=-1) + 1
    if going == "next":
        return next((n for n, question in asked[after:] if _concerns(question, filled)), len(pages))
    first = next((n for n, (_, one) in enumerate(asked) if there.intersection(one.names)), after)
    return next((n for n, question in reversed(asked[:first]) if _concerns(question, filled)), 0)


def _begins_more(left: Pages, pages: Pages, here: int | None) -> bool:
    """Return whether the page of a long form that was left asks for something since that it did not ask for."""
    is_paged = any(len(page) > 1 for page in left) and here is not None and here < len(pages)
    return is_paged and bool(set(names_of([pages[here or 0]])) - set(names_of(left)))


def _concerns(question: Question, filled: Sheet) -> bool:
    """Return whether a question may concern the case as it was answered so far: only a settled no leaves it out."""
    return filled.applies(question.item, question.repeat) is not False
