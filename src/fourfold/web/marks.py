"""The forms of what somebody is known by: putting a name, a car or an account on record, withdrawing it, bringing it back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse

from fourfold.people.terms import MarkKind
from fourfold.web.forms import Form
from fourfold.web.guard import Request
from fourfold.words import Word

#: What may be put on record by hand, with how to write it; numbers and addresses are told with a report.
ADDED = {
    MarkKind.OTHER_NAME: (
        Word("Another name"),
        Word("An alias or a former name in full: a forename and a family name."),
    ),
    MarkKind.VEHICLE: (Word("A car"), Word("The number plate, for example AB12 CDE.")),
    MarkKind.ACCOUNT: (Word("An account"), Word("The platform and the name, for example instagram: handle.")),
}
KINDS = tuple((kind.value, *said) for kind, said in ADDED.items())
WHY_WITHDRAWN = "Say why you withdraw this"
WHY_UNDONE = "Say why you bring this back"


def add(request: Request, form: Form, write: Callable[[MarkKind, str], object]) -> None:
    """Read what is to be put on record and let `write` keep it; what is wrong with it stands at its field."""
    kind = form.choice("kind", MarkKind, missing="Choose what it is")
    said = form.text("value", missing="Write it")
    if kind is not None and kind not in ADDED:
        form.wrong("kind", "Choose one of the answers shown")
    if form.ok and kind is not None:
        with form.catching(), request.once():
            write(kind, said)
        form.problems = {"value" if name == kind else name: text for name, text in form.problems.items()}


def say_why(
    request: Request, form: Form, write: Callable[[UUID, str], object], *, missing: str, back: HttpResponse
) -> None:
    """Read which mark is meant and why, and let `write` keep it; `back` is where a form that was sent twice leads."""
    mark = form.identifier("mark") or UUID(int=0)
    reason = form.text("reason", missing=missing, longest=300)
    if form.ok:
        with request.once(lambda _: back), form.catching():
            write(mark, reason)
    form.problems = {"record" if name == "mark" else name: text for name, text in form.problems.items()}
