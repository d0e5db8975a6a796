"""Assessment: the form, the professional's own level first, then the advice beside it, and the signature."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access
from fourfold.access.askers import Needs
from fourfold.access.seconds import who_could
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.assessment import queries, services
from fourfold.assessment.terms.drafts import SignatureAnswer
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.terms import Level
from fourfold.governance.terms import RecipientDraft
from fourfold.web import filling, handing_out
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.case_frame import frame
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
SAVES = (Permission.ASSESSMENT_RECORD, Permission.DISCLOSURE_RECORD)
FIRST_LINE = "first-line"
DONE = words(
    {
        "signed": "The assessment is signed.",
        "answered": "Your answer is saved.",
        "dropped": "The draft is off your list.",
    }
)


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show where the assessments of a case stand: what was judged, what was advised, what is missing."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment_page(actor=request.actor, case_id=header.id, at=request.at)
    around = frame(header, "assessment:page", actor=request.actor, at=request.at)
    done = DONE.get(request.GET.get("done", ""), "")
    return page(request, "assessment/page.html", value=value, frame=around, done=done)


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN, methods=("GET",))
def first(request: Request, reference: str) -> HttpResponse:
    """Lead to the form of a first assessment, or to the forms of the unit where it does not use that one."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    if queries.uses(header.site, FIRST_LINE, at=request.at):
        return to("assessment:fill", reference=reference, instrument=FIRST_LINE)
    return to("assessment:page", reference=reference)


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def one(request: Request, reference: str, assessment: UUID) -> HttpResponse:
    """Show one signed assessment with everything that was answered."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment(actor=request.actor, case_id=header.id, assessment_id=assessment, at=request.at)
    around = frame(header, "assessment:page", actor=request.actor, at=request.at)
    return page(
        request,
        "assessment/one.html",
        value=value,
        frame=around,
        may_save=not value.row.sealed and all(access.may(request.actor, one, site=header.site) for one in SAVES),
        circumstances=filling.circumstances_in_words(value.circumstances),
    )


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN, resumes=True)
def save(request: Request, reference: str, assessment: UUID) -> HttpResponse:
    """Ask to whom one signed assessment goes as a file for another record system, and hand it out: a disclosure on record."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment(actor=request.actor, case_id=header.id, assessment_id=assessment, at=request.at)
    if value.row.sealed:
        raise NotFound
    return case_form(
        request,
        header,
        "assessment/save.html",
        draft=RecipientDraft,
        does=lambda draft: journey.assessment_handed_out(
            actor=request.actor, case=case_row(request, reference), signed=assessment, to=draft, at=request.at
        ),
        then=lambda content: handing_out.saved(content, f"assessment-{reference}-{request.at:%Y-%m-%d}.json"),
        again=lambda _: to("assessment:save", reference=reference, assessment=assessment, done="saved"),
        shows={"value": value, **handing_out.recipient("done" in request.GET)},
    )


@requires(Permission.LEVEL_COUNTERSIGN, compartments=SHOWN)
def signature(request: Request, reference: str, asked: UUID) -> HttpResponse:
    """Read the lower level that a colleague wants to set, and sign it or say why not."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment_page(actor=request.actor, case_id=header.id, at=request.at)
    wanted = existing(next((each for each in value.signatures if each.id == asked), None))
    needs = Needs(Permission.LEVEL_COUNTERSIGN, header.site, header.id, writes=Compartment.RISK)
    second = who_could(needs, actor=request.actor, at=request.at) if wanted.mine else None
    return case_form(
        request,
        header,
        "assessment/signature.html",
        draft=SignatureAnswer,
        does=lambda draft: services.answer_signature(
            actor=request.actor,
            asked=queries.signature_to_answer(actor=request.actor, case_id=header.id, asked_id=asked, at=request.at),
            at=request.at,
            **vars(draft),
        ),
        done="answered",
        shows={"value": value, "asked": wanted, "seconds": second},
    )


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def level_at(request: Request, reference: str) -> HttpResponse:
    """Answer what the level was at a moment, on which version of which form, and who knew it."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, dict(request.GET.items()))
    moment = form.moment("on")
    value = None
    if moment is not None and not form.problems:
        with form.catching():
            value = queries.level_moment(actor=request.actor, case_id=header.id, moment=moment, at=request.at)
    return page(
        request,
        "assessment/level_at.html",
        value=value,
        frame=frame(header, "case:history", actor=request.actor, at=request.at),
        form=form,
    )


@kept(Permission.LEVEL_COUNTERSIGN)
def signatures_asked(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the lower levels that colleagues want signed. `one.level` is the level in force."""
    if one.by_reader:
        return None
    return WorkRow(
        due_at=one.due_at,
        what=sentence(
            "Sign or refuse: {1} instead of {2}",
            Level(one.said["level"]).words,
            one.level.words if isinstance(one.level, Level) else "no level yet",
        ),
        href=link_to("assessment:signature", reference=one.reference, asked=one.about),
        why=sentence("asked by {1}", one.by),
        case=one.reference,
        level=one.level,
        mine=True,
    )


urlpatterns = [
    path("cases/<str:reference>/assessment/", show, name="assessment:page"),
    path("cases/<str:reference>/assessment/first/", first, name="assessment:first"),
    path("cases/<str:reference>/assessment/level-at/", level_at, name="assessment:level_at"),
    path("cases/<str:reference>/assessment/signature/<uuid:asked>/", signature, name="assessment:signature"),
    path("cases/<str:reference>/assessment/<uuid:assessment>/", one, name="assessment:one"),
    path("cases/<str:reference>/assessment/<uuid:assessment>/save/", save, name="assessment:save"),
]
