"""The pages of a form that is being filled in: all on one, one question a page, or a long form so many at a time."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import QueryDict

from fourfold.assessment.rules.sheets import Sheet
from fourfold.assessment.terms import Answer, Instrument
from fourfold.web.filling import Question, questions
from fourfold.web.forms import Form
from fourfold.web.guard import Request

LONG = 60
"""Questions beyond which a form is never shown on one page: a browser takes its time over more."""

EACH = 25
"""Questions on one page of a long form."""

Pages = tuple[tuple[Question, ...], ...]
Places = tuple[tuple[str, int | None, str], ...]


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


def all_typed(form: Form) -> Any:
    """Return what a page sent, with what it carries of the other pages: of a form that is kept only when it is whole."""
    if not isinstance(form.typed, QueryDict):  # nobody has sent anything yet
        return form.typed
    whole: QueryDict = form.typed.copy()
    try:
        carried = json.loads(whole.get("carried", "{}"))
    except (ValueError, RecursionError):
        carried = None
    for name, values in carried.items() if isinstance(carried, dict) else ():
        if name not in whole and isinstance(values, list):
            whole.setlist(name, [str(each) for each in values])
    return whole


def carried(form: Form, pages: Pages, here: int) -> str:
    """Return what stands on the other pages, for this one to send on."""
    names = names_of(page for n, page in enumerate(pages) if n != here)
    return json.dumps({name: said for name in names if any(said := form.values(name))})


def turned(form: Form, pages: Pages) -> int:
    """Return which page follows the one that was sent: the first with something wrong, else the next or the one before.

    Of a form that was kept for later it is the page that was left.
    """
    said = str(form.value("step"))
    left = min(int(said), len(pages) - 1) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    if form.problems:
        wrong = first_with(pages, form.problems)
        return left if wrong is None else wrong
    step = {"next": 1, "back": -1}.get(str(form.value("go")), 0) if form.sent else 0
    return max(0, min(left + step, len(pages) - 1))


def names_of(pages: Iterable[Sequence[Question]]) -> tuple[str, ...]:
    return tuple(name for page in pages for question in page for name in question.names)


def places_of(form: Instrument, answers: Iterable[Answer], left: Iterable[Answer]) -> Places:
    """Return where each of these questions is asked: its words, the step of a long form (None: one page), and its field."""
    asked = questions(form, answers)
    pages = pages_of(asked) if is_long(asked) else ()
    steps = {name: step for step, page in enumerate(pages) for name in names_of([page])}
    named = ((form.item(each.item).title, each.repeat, each.slot.field) for each in left)
    return tuple((f"{title}, {n}" if n else title, steps.get(field), field) for title, n, field in named)


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
