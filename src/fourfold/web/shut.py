"""A page of a case that is shut to somebody whose case it is: they are told whom to ask, never whether anything is there."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse

from fourfold.access.terms import NotFound
from fourfold.cases import queries as cases
from fourfold.web.guard import Request, page
from fourfold.words import Word

WHO_OPENS = Word(
    "It opens to the victim’s advocate in this case and to the officer in the case. If that is your work, ask your unit’s "
    "coordinator to give you that part in the case."
)


def says_who_opens(view: Callable[[Request, str], HttpResponse]) -> Callable[[Request, str], HttpResponse]:
    """Let the page of a case say who can open it, to whoever may open the case and not the page."""

    @wraps(view)
    def opened(request: Request, reference: str) -> HttpResponse:
        try:
            return view(request, reference)
        except NotFound:
            cases.header(actor=request.actor, reference=reference, at=request.at)
            return page(request, "plain.html", status=404, heading="This page is not open to you", text=WHO_OPENS)

    return opened
