"""What somebody began to write on a long form: kept when they ask for it, or when their session ends meanwhile.

It is theirs alone, is there again when they open the page, and goes when the form is sent or after two weeks. None of
it needs a script. What was begun waits under the page's address; whether the page may still be opened, its own door
says.
"""

from dataclasses import dataclass
from datetime import datetime

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
WORDS = words(
    {
        "care:at_risk": "Somebody else at risk",
        "care:consent": "Consent of the victim",
        "care:for_person": "What was done for somebody at risk",
        "care:review": "A review of a safety step",
        "care:satisfaction": "What the victim thinks of the support",
        "care:step": "A step of a safety plan",
        "assessment:save": "Saving an assessment as a file",
        "case:close": "Closing a case",
        "case:comments": "A comment",
        "case:event": "Something that happened",
        "case:level": "A level",
        "case:review": "A review",
        "case:step_down": "A step-down",
        "case:follow_up": "A follow-up",
        "case:third": "How to contact a third party safely",
        "case:transfer": "Handing a case to another unit",
        "consulting:answer": "An answer to a consultation",
        "consulting:ask": "A consultation",
        "consulting:document": "Advice as a document",
        "desk:together": "A triage of several reports",
        "desk:triage": "A triage",
        "disclosures:answer": "An answer to a challenge",
        "disclosures:wait": "A pause of the time to answer",
        "disclosures:ask": "A request to the victim’s advocate",
        "disclosures:asked": "A request to the victim’s advocate",
        "disclosures:challenge": "A challenge",
        "disclosures:danger": "A decision on words in a pack",
        "disclosures:hold": "A hold",
        "disclosures:lift": "Lifting a hold",
        "disclosures:make": "A pack",
        "disclosures:record": "A disclosure",
        "disclosures:retention": "A retention review",
        "evaluation:amend": "An amendment of an analysis plan",
        "evaluation:register": "An analysis plan",
        "feeds:look": "A look at a file that was stopped",
        "feeds:look_at_row": "A look at a row for which a file was stopped",
        "feeds:settle": "A row in quarantine",
        "feeds:settle_file": "What became of a file that was stopped",
        "intake:refer": "A referral",
        "measures:save": "Saving answers as a file",
        "measures:take": "How the victim is",
        "orders:apply": "An application for an order",
        "orders:breach": "A breach",
        "orders:act": "Whether an act was a breach",
        "orders:decide": "What follows a breach",
        "orders:restore": "A breach that stands again",
        "orders:withdraw": "A breach that was recorded in error",
        "orders:record": "An order",
        "orders:step": "A step of an order",
        "orders:support_one": "What supports a condition",
        "orders:untold": "Going ahead before the victim is told",
        "panel:decide": "The panel's decision",
        "panel:item": "Your view before the panel",
        "plan:action": "The progress of an action",
        "plan:begin": "A new piece of work",
        "plan:end": "The end of a piece of work",
        "plan:move": "The owner and date of an action",
        "plan:new": "An action",
        "plan:note": "A clinical note",
        "plan:session": "A session",
        "plan:untold": "Going ahead before the victim is told",
        "sites:areas": "Areas of a unit",
        "sites:end_part": "The end of a role in a unit",
        "sites:end_agreement": "The end of an agreement",
        "sites:change": "How a unit works",
        "sites:found": "A new unit",
        "support:agree": "How to reach the victim",
        "support:note": "A note of a conversation",
        "transfers:answer": "An answer to another unit",
    }
)


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
    drafts.keep_draft(actor=actor, page=page, typed=typed, at=request.at)  # type: ignore[attr-defined]
