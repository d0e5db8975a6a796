"""The forms of what somebody is known by: putting a name, a car or an account on record, withdrawing it, bringing it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from fourfold.people.terms import ADDED_BY_HAND, MarkKind
from fourfold.web.form_pages import Draft, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request
from fourfold.words import Word

#: How to write what is put on record by hand.
HOW = {
    MarkKind.OTHER_NAME: (
        Word("Another name"),
        Word("An alias or a former name in full: a forename and a family name."),
    ),
    MarkKind.VEHICLE: (Word("A car"), Word("The number plate, for example AB12 CDE.")),
    MarkKind.ACCOUNT: (Word("An account"), Word("The platform and the name, for example instagram: handle.")),
}
KINDS = tuple((kind.value, *HOW[kind]) for kind in ADDED_BY_HAND)
#: Where a problem stands that is named by the kind of what was written, or by what was withdrawn.
MENDED_AT = {**dict.fromkeys(map(str, MarkKind), "value"), "mark": "record"}


def mark_page(
    request: Request,
    template: str,
    *,
    draft: type[Draft],
    does: Callable[[Draft], object],
    then: HttpResponse,
    shows: Callable[[], dict[str, Any]],
) -> HttpResponse:
    """Take one of the forms of such a page; each leads back to it."""

    def read(form: Form) -> Draft | None:
        form.mended_at(MENDED_AT)
        return form.read(draft)

    return form_page(request, template, draft=read, does=does, then=then, shows=lambda _: {"kinds": KINDS, **shows()})
