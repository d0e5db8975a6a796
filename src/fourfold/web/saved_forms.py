"""What somebody began to write on a long form: kept when they ask for it, or when their session ends meanwhile.

It is theirs alone, is there again when they open the page, and goes when the form is sent or after two weeks. None of
it needs a script. What was begun waits under the page's address; whether the page may still be opened, its own door
says.
"""

import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import Resolver404, resolve

from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.drafts import queries
from fourfold.drafts import services as drafts
from fourfold.drafts.terms import BegunPage, CannotKeep
from fourfold.words import words

#: What a form sends besides what was typed; none of it is kept.
NOT_TYPED = frozenset({"csrfmiddlewaretoken", "once", "later", "drop", "begun"})

#: What was begun, by the page that holds the form; a test asks for the words of every page that resumes.
WORDS = words(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")))


def instead_of_sending(request: HttpRequest) -> HttpResponse | None:
    """Keep what was typed, or throw it away, where that was pressed; else read what was begun here. None: go on.

    Costs one statement where a page that resumes is opened, and nothing elsewhere.
    """
    page, actor = getattr(request, "begun_at", ""), request.actor  # type: ignore[attr-defined]
    if not page:
        return None
    if request.method != "POST":
        request.begun = queries.draft_of(actor=actor, page=page, at=request.at)  # type: ignore[attr-defined]
        return None
    if request.POST.get("later"):
        _keep(request, actor, page)
    elif request.POST.get("drop"):
        drafts.drop_draft(actor=actor, page=page, at=request.at)  # type: ignore[attr-defined]
    else:
        return None
    return HttpResponseRedirect(page, status=303)


def after_sending(request: HttpRequest, answer: HttpResponse) -> None:
    """Throw away what was begun, once the form that was resumed has been taken."""
    page = getattr(request, "begun_at", "")
    if page and request.method == "POST" and request.POST.get("begun") and answer.status_code == 303:
        drafts.drop_draft(actor=request.actor, page=page, at=request.at)  # type: ignore[attr-defined]


def keep_what_idled(request: HttpRequest) -> str:
    """Keep what somebody sent after their session had ended, and return where it waits for them; "" for nothing.

    Nothing is done with it: they sign in, see it again, and send it themselves.
    """
    page, actor = getattr(request, "begun_at", ""), getattr(request, "idled", None)
    if not page or actor is None or request.method != "POST":
        return ""
    try:
        _keep(request, actor, page)
    except CannotKeep:
        return ""
    return str(page)


def typed_again(request: HttpRequest) -> QueryDict | None:
    """Return what was begun on the page that is opened, as a form reads it; None where nothing was."""
    found = getattr(request, "begun", None)
    if found is None:
        return None
    typed = QueryDict(mutable=True)
    for name, values in found.typed.items():
        typed.setlist(name, list(values))
    return typed


@dataclass(frozen=True)
class Unsent:
    """Something that the reader began and has not sent: what, on which case, where it waits, and since when."""

    what: str
    reference: str
    href: str
    kept_at: datetime


def unsent(actor: Actor, at: datetime) -> tuple[Unsent, ...]:
    """Return what the actor began and has not sent, the latest first, without what has been closed to them since.

    One statement, and a second where something was begun on a case.
    """
    found = [_unsent(each) for each in queries.begun(actor=actor, at=at)]
    named = {each.reference for each in found if each and each.reference}
    open_now = cases.open_references(actor=actor, references=named, at=at) if named else frozenset()
    return tuple(each for each in found if each and (not each.reference or each.reference in open_now))


def _unsent(page: BegunPage) -> Unsent | None:
    try:
        match = resolve(page.page)
    except Resolver404:
        return None
    words = WORDS.get(match.view_name)
    return Unsent(words, match.kwargs.get("reference", ""), page.page, page.kept_at) if words else None


def _keep(request: HttpRequest, actor: Actor, page: str) -> None:
    typed = {
        name: [str(each).replace("\x00", "") for each in values]
        for name, values in request.POST.lists()
        if name not in NOT_TYPED
    }
    with suppress(IntegrityError):  # of a case that was disposed of: its page says no more than that of none
        drafts.keep_draft(actor=actor, page=page, typed=typed, at=request.at)  # type: ignore[attr-defined]
