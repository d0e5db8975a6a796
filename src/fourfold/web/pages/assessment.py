"""Assessment: the form, the professional's own level first, then the advice beside it, and the signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.assessment import queries, rules, services
from fourfold.assessment.terms import Answer, Instrument, Item, ItemKind, LevelKind, NoteRule, Section, Slot
from fourfold.audit.terms import About, Actor
from fourfold.cases import queries as cases
from fourfold.cases.terms import Level
from fourfold.web.case_frame import frame
from fourfold.web.doors import Request, page, requires, to
from fourfold.web.forms import Form
from fourfold.web.worklist import WorkRow, case_link, source

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
DONE = {
    "signed": "The assessment is signed and on record.",
    "asked": "A colleague is asked to sign. Their list of today shows it.",
    "answered": "Your answer is on record.",
}


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show where the assessments of a case stand: what was judged, what was advised, what is missing."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment_page(actor=request.actor, case_id=header.id, at=request.at)
    around = frame(header, "assessment:page", actor=request.actor, at=request.at)
    done = DONE.get(request.GET.get("done", ""), "")
    return page(request, "assessment/page.html", value=value, frame=around, done=done)


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def one(request: Request, reference: str, assessment: UUID) -> HttpResponse:
    """Show one signed assessment with everything that was answered."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment(actor=request.actor, case_id=header.id, assessment_id=assessment, at=request.at)
    around = frame(header, "assessment:page", actor=request.actor, at=request.at)
    return page(request, "assessment/one.html", value=value, frame=around)


# ---- filling in ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """One question as a page shows it: its item, its slots (one for each axis), and which repeat of its section."""

    section: Section
    item: Item
    slots: tuple[tuple[Slot, str], ...]
    repeat: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that this question fills."""
        fields = tuple(slot.field for slot, _ in self.slots)
        return fields + tuple(f"{field}.note" for field in fields if self.item.note is not NoteRule.NONE)


def questions(form: Instrument) -> tuple[Question, ...]:
    """Return the questions of a form in the order in which they are asked, a repeated section as often as it may be."""
    titles = {axis.key: axis.title for axis in form.axes}
    return tuple(
        Question(
            section, item, tuple((Slot(item.key, axis, n), titles.get(axis, "")) for axis in item.axes or ("",)), n
        )
        for section in form.sections
        for n in (range(1, section.repeats + 1) if section.repeats > 1 else (0,))
        for item in form.items
        if item.section == section.key
    )


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def fill(request: Request, reference: str, instrument: str, draft: UUID | None = None) -> HttpResponse:
    """Fill in a form, all questions on one page or one a page; the level is chosen here, before any advice."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.form_page(actor=request.actor, case_id=header.id, instrument=instrument, at=request.at)
    before = _before(request, header.id, draft)
    form = Form(request, _typed(before))
    asked = questions(value.form)
    step = _step(request, len(asked))
    if form.sent and step is not None and form.value("go") in ("next", "back"):
        step = max(0, min(step + (1 if form.value("go") == "next" else -1), len(asked)))
    elif form.sent:
        kept = _keep(request, reference, value, form, before)
        if kept is not None:
            return to("assessment:draft", reference=reference, draft=kept)
    return page(
        request,
        "assessment/fill.html",
        status=422 if form.problems else 200,
        value=value,
        frame=frame(header, "assessment:page", actor=request.actor, at=request.at),
        form=form,
        errors=form.problems,
        questions=asked,
        step=step,
        judges=value.form.level.kind is LevelKind.JUDGEMENT,
        is_choice=ItemKind.CHOICE,
        no_note=NoteRule.NONE,
    )


def _before(request: Request, case: UUID, draft: UUID | None) -> queries.DraftPage | None:
    if draft is None:
        return None
    return queries.draft_page(actor=request.actor, case_id=case, draft_id=draft, at=request.at)


def _typed(before: queries.DraftPage | None) -> dict[str, object]:
    """What a draft holds, as a form shows it."""
    if before is None:
        return {}
    typed: dict[str, object] = {"informed_by": before.informed_by, "minutes": before.minutes or ""}
    typed["level"] = before.level or "cannot_say"
    for answer in before.page.answers:
        typed[answer.slot.field] = answer.option or answer.text
        typed[f"{answer.slot.field}.note"] = answer.note
    return typed


def _step(request: Request, count: int) -> int | None:
    """Which question is shown alone; None where all stand on one page. The last step asks for the level."""
    said = request.POST.get("step", "") if request.method == "POST" else request.GET.get("step", "")
    return min(int(said), count) if said.isascii() and said.isdigit() else None


def _keep(
    request: Request, reference: str, value: queries.FormPage, form: Form, before: queries.DraftPage | None
) -> UUID | None:
    """Keep the draft, and return its identifier; note what is wrong on the form where it cannot be kept."""
    answers, problems = rules.read_answers(value.form, {name: str(said) for name, said in request.POST.items()})
    for problem in problems:
        form.wrong(problem.field, problem.message)
    level = _first_level(form, value.form, answers)
    minutes = form.number("minutes", most=24 * 60)
    if not form.ok:
        return None
    case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    revised = None
    if before is not None:
        revised = queries.draft_to_sign(actor=request.actor, case_id=value.case, draft_id=before.draft, at=request.at)
    kept: UUID | None = None
    with form.catching(), request.once(_to_draft(reference)):
        kept = services.keep_draft(
            actor=request.actor,
            case=case,
            instrument=value.form.key,
            answers=answers,
            first_level=level,
            at=request.at,
            revises=revised,
            informed_by=form.text("informed_by", longest=200),
            minutes=minutes,
        ).pk
    return kept  # noqa: RET504 - None where the service refused it


def _first_level(form: Form, instrument: Instrument, answers: tuple[Answer, ...]) -> Level | None:
    if instrument.level.kind is LevelKind.JUDGEMENT:
        return rules.judged_level(instrument, answers)
    said = form.text("level", missing="Choose a level before you see the advice, or say that you cannot say yet")
    if said in ("", "cannot_say"):
        return None
    return form.choice("level", Level)


def _to_draft(reference: str) -> Callable[[About], HttpResponse]:
    return lambda about: to("assessment:draft", reference=reference, draft=about.id)


# ---- advice and signature -----------------------------------------------------------------------------------------


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def draft(request: Request, reference: str, draft: UUID) -> HttpResponse:
    """Show the advice beside the level that was chosen before it; sign, or ask for a second signature."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.draft_page(actor=request.actor, case_id=header.id, draft_id=draft, at=request.at)
    form = Form(request, {"level": value.level or "", "formulation": value.formulation})
    if form.sent:
        answer = _ask(request, reference, form) if form.value("do") == "ask" else _sign(request, reference, value, form)
        if answer is not None:
            return answer
    return page(
        request,
        "assessment/draft.html",
        status=422 if form.problems else 200,
        value=value,
        frame=frame(header, "assessment:page", actor=request.actor, at=request.at),
        form=form,
        errors=form.problems,
        judges=value.page.form.level.kind is LevelKind.JUDGEMENT,
        signed=_held(request, header.id, form, value),
        done=DONE.get(request.GET.get("done", ""), ""),
    )


def _chosen(form: Form, value: queries.DraftPage) -> Level | None:
    if value.page.form.level.kind is LevelKind.JUDGEMENT:
        return value.level
    said = str(form.value("level"))
    return Level(said) if said in set(Level) else None


def _held(request: Request, case: UUID, form: Form, value: queries.DraftPage) -> queries.Signed | None:
    level = _chosen(form, value)
    if level is None:
        return None
    return queries.signature_held(actor=request.actor, case_id=case, level=level, at=request.at)


def _ask(request: Request, reference: str, form: Form) -> HttpResponse | None:
    level = form.choice("level", Level, missing="Choose the level that your colleague is to sign")
    reason = form.text("reason", missing="Give the reason: it is what your colleague signs")
    if not form.ok or level is None:
        return None
    case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    with form.catching(), request.once(lambda about: to("assessment:page", reference=reference)):
        services.ask_signature(actor=request.actor, case=case, level=level, reason=reason, at=request.at)
    return _done(request.path, "asked") if form.ok else None


def _sign(request: Request, reference: str, value: queries.DraftPage, form: Form) -> HttpResponse | None:
    level = _chosen(form, value)
    if level is None and value.page.form.level.kind is LevelKind.STEPS:
        form.wrong("level", "Choose the level that you set")
    signed = _held(request, value.page.case, form, value)
    if not form.ok:
        return None
    case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    kept = queries.draft_to_sign(actor=request.actor, case_id=value.page.case, draft_id=value.draft, at=request.at)
    with form.catching(), request.once(lambda about: to("assessment:page", reference=reference)):
        services.record_assessment(
            actor=request.actor,
            case=case,
            instrument=value.page.form.key,
            version=value.page.form.version,
            answers=value.page.answers,
            at=request.at,
            professional_level=level,
            reason=form.text("reason") or (signed.reason if signed else ""),
            countersigned_by=signed.by if signed else None,
            formulation=form.text("formulation"),
            draft=kept,
        )
    return _done(reverse("assessment:page", kwargs={"reference": reference}), "signed") if form.ok else None


def _done(path_: str, what: str) -> HttpResponse:
    answer = HttpResponse(status=303)
    answer["Location"] = f"{path_}?done={what}"
    return answer


@requires(Permission.LEVEL_COUNTERSIGN, compartments=SHOWN)
def signature(request: Request, reference: str, asked: UUID) -> HttpResponse:
    """Read the lower level that a colleague wants to set, and sign it or say why not."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment_page(actor=request.actor, case_id=header.id, at=request.at)
    wanted = next((each for each in value.signatures if each.id == asked), None)
    if wanted is None:
        raise NotFound
    form = Form(request)
    if form.sent:
        said = form.text("given", missing="Say whether you sign")
        words = form.text("words")
        if form.ok:
            row = queries.signature_to_answer(actor=request.actor, case_id=header.id, asked_id=asked, at=request.at)
            with form.catching(), request.once(lambda about: to("assessment:page", reference=reference)):
                services.answer_signature(
                    actor=request.actor, asked=row, given=said == "yes", words=words, at=request.at
                )
        if form.ok:
            return _done(reverse("assessment:page", kwargs={"reference": reference}), "answered")
    return page(
        request,
        "assessment/signature.html",
        status=422 if form.problems else 200,
        value=value,
        asked=wanted,
        frame=frame(header, "assessment:page", actor=request.actor, at=request.at),
        form=form,
        errors=form.problems,
    )


@source(Permission.LEVEL_COUNTERSIGN)
def signatures_asked(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the lower levels that colleagues want signed."""
    for each in queries.signatures_waiting(actor=actor, at=at):
        yield WorkRow(
            due_at=each.asked_at,
            what=f"Sign, or not: {each.level.label} instead of {each.instead_of}",
            href=reverse("assessment:signature", kwargs={"reference": each.reference, "asked": each.id}),
            why=f"asked by {each.asked_by}",
            case_text=each.reference,
            case_href=case_link(each.reference),
            level=each.now,
        )


urlpatterns = [
    path("cases/<str:reference>/assessment/", show, name="assessment:page"),
    path("cases/<str:reference>/assessment/new/<slug:instrument>/", fill, name="assessment:fill"),
    path("cases/<str:reference>/assessment/new/<slug:instrument>/<uuid:draft>/", fill, name="assessment:revise"),
    path("cases/<str:reference>/assessment/draft/<uuid:draft>/", draft, name="assessment:draft"),
    path("cases/<str:reference>/assessment/signature/<uuid:asked>/", signature, name="assessment:signature"),
    path("cases/<str:reference>/assessment/<uuid:assessment>/", one, name="assessment:one"),
]
