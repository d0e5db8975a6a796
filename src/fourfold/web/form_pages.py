"""One page with one form, from the first look at it to where it leads: nothing of this stands in a page.

A page says its template, the draft that it asks for, the service that takes it, and where that leads. What was sent twice
is done once and leads to where it led; what a colleague wrote first answers 409 and shows both; "keep theirs" changes
nothing; every other problem answers 422 and stands at its field; nothing that was typed is lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from django.http import HttpResponse, HttpResponseRedirect

from fourfold.audit.terms import About
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, to

Draft = TypeVar("Draft")
Result = TypeVar("Result")
#: What a page shows besides its form: as values, or made only where the page is shown.
Shows = Mapping[str, Any] | Callable[[Form], Mapping[str, Any]]


@dataclass(frozen=True)
class Nothing:
    """The draft of a form that asks nothing but to be sent."""


def form_page(  # noqa: PLR0913 -- a page is what it says of itself, each by name
    request: Request,
    template: str,
    *,
    draft: type[Draft] | Callable[[Form], Draft | None],
    does: Callable[[Draft], Result],
    then: HttpResponse | Callable[[Result], HttpResponse],
    done: str | Callable[[Draft], str] = "",
    preview: Callable[[Draft], HttpResponse | None] | None = None,
    again: Callable[[About], HttpResponse] | None = None,
    initial: dict[str, object] | None = None,
    mended_at: Mapping[str, str] = MappingProxyType({}),
    shows: Shows | None = None,
) -> HttpResponse:
    """Show a form, or take what was sent and lead on.

    `draft`: the class that the form fills, or a function that reads it where the fields depend on more than the draft;
    nothing read, and nothing wrong: the form is shown again, for more to be filled in.
    `does`: calls one service; a ValueError with a `field` (`fields.Unfit`) becomes a problem of the form.
    `then`: where that leads, or a function of what the service returned. `done`: the key of what is said there.
    `mended_at`: the fields that the form has for what the service names otherwise.
    `preview`: what is shown before anything is done; nothing where the sender has seen it and confirms.
    `again`: where a form leads that was sent twice, if that depends on what was made; otherwise `then`.
    """
    form = Form(request, initial)
    form.mended_at(mended_at)
    led = then if isinstance(then, HttpResponse) else None
    if form.keeps_theirs:
        return led or HttpResponseRedirect(request.path, status=303)
    if form.sent:
        filled: Draft | None = None
        foreseen: HttpResponse | None = None
        with form.catching():
            filled = form.read(draft) if isinstance(draft, type) else draft(form)
            if preview and form.ok and filled is not None:
                foreseen = preview(filled)
        if foreseen is not None:
            return foreseen
        if form.ok and filled is not None:
            with form.catching(), request.once(again or (led and (lambda _: led))):
                result = does(filled)
            if form.ok:
                answer = led or then(result)  # type: ignore[operator]
                if done:
                    answer["Location"] += f"?done={done if isinstance(done, str) else done(filled)}"
                return answer
    more: Mapping[str, Any] = shows(form) if callable(shows) else shows or {}
    return page(request, template, form=form, **more)


def button(request: Request, does: Callable[[], object], *, then: str, done: str = "", **address: Any) -> HttpResponse:
    """Do once what a button without a page of its own asks for, and lead on; a refusal changes nothing."""
    form, led = Form(request), to(then, done=done, **address)
    if form.sent:
        with form.catching(), request.once(lambda _: led):
            does()
    return led if form.ok else to(then, **address)
