"""Filling in a form: kept at any moment, the own level first, then the advice beside it, and the signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from fourfold import journey
from fourfold.access.terms import Compartment, Permission
from fourfold.assessment import queries, rules, services
from fourfold.assessment.rules.merging import merged
from fourfold.assessment.rules.sheets import because, sheet
from fourfold.assessment.terms import Answer, Instrument, LevelKind, Problem
from fourfold.assessment.terms.drafts import SignatureAsked
from fourfold.assessment.terms.filling import Interpreter, Mode, SourceSeen
from fourfold.audit.terms import About, Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.cases.terms import Level
from fourfold.duties.queries import Waiting
from fourfold.web import filling, form_paging
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.case_frame import frame
from fourfold.web.components.words import in_words
from fourfold.web.components.words import moment as moment_said
from fourfold.web.form_pages import button
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, kept
from fourfold.words import sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
DONE = words({"asked": "A colleague is asked to sign. They see it on their Today page."})


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def fill(request: Request, reference: str, instrument: str) -> HttpResponse:
    """Fill in a form, all questions on one page or one a page; the level is chosen here, before any advice."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.form_page(actor=request.actor, case_id=header.id, instrument=instrument, at=request.at)
    typed = filling.as_stated(value.form, request.at)
    return Filling(request, reference, header, value, typed, typed, None).answer()


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def fill_round(request: Request, reference: str, round_id: UUID) -> HttpResponse:
    """Fill in the form of a round: the own rating, or the record that the raters agree on."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.round_form_page(actor=request.actor, case_id=header.id, round_id=round_id, at=request.at)
    if value.round is None or not (value.round.may_rate or value.round.may_agree):
        return to("assessment:round", reference=reference, round_id=round_id)
    typed = filling.typed_of(value) | filling.as_stated(value.form, request.at)
    return Filling(request, reference, header, value, typed, typed, None).answer()


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def revise(request: Request, reference: str, instrument: str, draft: UUID) -> HttpResponse:
    """Go on with a form that was kept: here, or where it was gone on with elsewhere since this page was shown."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    now = queries.latest_draft(actor=request.actor, case_id=header.id, draft_id=draft, at=request.at)
    if now != draft and request.method != "POST":
        return HttpResponseRedirect(_address_of(reference, instrument, now, request.GET.get("step", "")))
    before = queries.draft_page(actor=request.actor, case_id=header.id, draft_id=now, at=request.at)
    theirs = filling.typed_in(before)
    base = theirs
    if now != draft:
        shown = queries.shown_draft(actor=request.actor, case_id=header.id, draft_id=draft, at=request.at)
        base = filling.typed_in(shown)
    return Filling(request, reference, header, before.page, theirs, base, before).answer()


def _address_of(reference: str, instrument: str, draft: UUID, step: object = "", saved: bool = False) -> str:
    address = reverse("assessment:revise", kwargs={"reference": reference, "instrument": instrument, "draft": draft})
    said = {name: str(value) for name, value in (("step", step), ("saved", "yes" if saved else "")) if value != ""}
    return f"{address}?{urlencode(said)}" if said else address


@dataclass
class Filling:
    """One request to fill in a form: what stands in its fields, what was sent, and what becomes of it.

    `theirs` is what stands in the fields on record, `base` what stood there when this page was shown: the same, unless
    the form was gone on with elsewhere since. No `form_page`: what cannot be read is kept too, and merged on two devices.
    """

    request: Request
    reference: str
    header: CaseHeader
    value: queries.FormPage
    theirs: filling.Typed
    base: filling.Typed
    before: queries.DraftPage | None

    def __post_init__(self) -> None:
        self.asked = filling.questions(self.value.form, self.value.answers)
        self.pages = form_paging.pages_of(self.asked)
        self.left = self.pages if self.base is self.theirs else self._pages(self._answers(self.base)[0])
        self.step = form_paging.step_of(self.request, self.left)
        self.form = Form(self.request)
        self.both: tuple[str, ...] = ()
        self.told = queries.told_before(actor=self.request.actor, page=self.value, at=self.request.at)
        self.kept: UUID | None = None

    def answer(self) -> HttpResponse:
        """Show the form; or keep what was sent, and lead on, or show what is wrong with it. Nothing typed is lost."""
        if not self.form.sent:
            self._fill_fields(filling.as_told(self.told, self.asked) | self.theirs)
            self._note_wrong()
            return self._shown()
        self._merge()
        going = str(self.request.POST.get("go", ""))
        answers, unread = self._read()
        if going == "keep" and self.form.ok and not self.both:
            return self._keep(answers, {}, shows_advice=True) or self._shown()
        if going == "keep":
            return self._keep_aside(answers, unread)
        self.form.problems.clear()
        if self.both:
            return self._shown()
        self._keep(answers, unread, shows_advice=False)
        if self.kept is None:
            return self._shown()
        here = self._next(going, answers, unread)
        return self._see(self.kept, "" if here is None else here, True)

    def _keep_aside(self, answers: tuple[Answer, ...], unread: dict[str, str]) -> HttpResponse:
        """Keep a form that cannot be shown its advice yet, and show what is wrong: on its own page, where the form is
        filled in one question a page."""
        wrong = dict(self.form.problems)
        if not self.both:
            self.form.problems.clear()
            self._keep(answers, unread, shows_advice=False)
        self.form.problems = wrong | self.form.problems
        elsewhere = self._step_of(wrong, answers)
        if self.kept is not None and elsewhere is not None:
            return self._see(self.kept, elsewhere)
        return self._shown()

    def _step_of(self, wrong: Iterable[str], answers: tuple[Answer, ...]) -> int | None:
        """Return the step of the first question with which something is wrong, where that is not the page that was sent."""
        pages = self._pages(answers)
        step = form_paging.first_with(pages, wrong)
        return step if self.step is not None and step != form_paging.step_now(self.left, self.step, pages) else None

    def _pages(self, answers: tuple[Answer, ...]) -> form_paging.Pages:
        return form_paging.pages_of(filling.questions(self.value.form, answers))

    def _fill_fields(self, typed: filling.Typed) -> None:
        self.form.typed = filling.as_form(typed)

    def _merge(self) -> None:
        """Lay what was sent over what stands on record now, and note the fields that were changed in both places."""
        mine = filling.as_sent(self.request.POST, self._names())
        found = merged(self.base, self.theirs, mine)
        self.both = found.both
        self._fill_fields(found.typed)

    def _names(self) -> tuple[str, ...]:
        """Return the fields of the page that was sent."""
        shown = self.left if self.step is None else self.left[self.step : self.step + 1]
        names = form_paging.names_of(shown)
        return names + filling.ABOUT_IT if self.step in (None, len(self.left)) else names

    def _read(self) -> tuple[tuple[Answer, ...], dict[str, str]]:
        """Read the whole form; what is no answer is noted on it, and returned as it was typed."""
        typed = {name: tuple(self.form.typed.getlist(name)) for name in self.form.typed}
        answers, problems = self._answers(typed)
        for problem in problems:
            self.form.wrong(problem.field, problem.message)
        self.level = _first_level(self.form, self.value.form, answers)
        self.minutes = self.form.number("minutes", most=24 * 60)
        self.said = filling.circumstances(self.form)
        self.informed_by = self.form.text("informed_by", longest=200)
        return answers, {
            name: " ".join(said).replace("\x00", "") for name, said in typed.items() if self._is_unread(name)
        }

    def _answers(self, typed: filling.Typed) -> tuple[tuple[Answer, ...], tuple[Problem, ...]]:
        return rules.read_answers(self.value.form, filling.as_answers(self.value.form, typed))

    def _is_unread(self, name: str) -> bool:
        wrong = self.form.problems
        if name in wrong or (name == "level" and self.level is None):
            return True
        return name.startswith("as_at-") and "as_at" in wrong

    def _keep(self, answers: tuple[Answer, ...], unread: dict[str, str], *, shows_advice: bool) -> HttpResponse | None:
        """Keep the draft; return where it leads, or None where the service refused it."""
        with self.form.catching(), self.request.once(self._replay(shows_advice)):
            self.kept = services.keep_draft(
                actor=self.request.actor,
                case=case_row(self.request, self.reference),
                instrument=self.value.form.key,
                answers=answers,
                first_level=self.level,
                at=self.request.at,
                revises=self._revised(),
                informed_by=self.informed_by[:200],
                minutes=self.minutes,
                circumstances=self.said,
                unread=unread,
                shows_advice=shows_advice,
                **self._part(),
            ).pk
        return None if self.kept is None else to("assessment:draft", reference=self.reference, draft=self.kept)

    def _part(self) -> dict[str, Any]:
        """Return the part that the form has in a round; one that goes on has it already."""
        line = self.value.round
        if line is None or self.before is not None:
            return {}
        asked = queries.round_to_fill(
            actor=self.request.actor, case_id=self.value.case, round_id=line.id, at=self.request.at
        )
        return {"round_": asked, "agrees": self.value.agrees}

    def _revised(self) -> Any:
        if self.before is None:
            return None
        return queries.draft_to_sign(
            actor=self.request.actor, case_id=self.value.case, draft_id=self.before.draft, at=self.request.at
        )

    def _replay(self, shows_advice: bool) -> Callable[[About], HttpResponse]:
        def lead(about: About) -> HttpResponse:
            if shows_advice:
                return to("assessment:draft", reference=self.reference, draft=about.id)
            return self._see(about.id, self.request.POST.get("step", ""))

        return lead

    def _next(self, going: str, answers: tuple[Answer, ...], unread: dict[str, str]) -> int | None:
        """Return the step that is shown next, None where all questions stand on one page."""
        if self.step is None:
            return None
        form = self.value.form
        filled = sheet(form, queries.as_answered(self.header.site, form, answers, at=self.request.at))
        return form_paging.next_step(self.left, self.step, self._pages(answers), filled, going=going, unread=unread)

    def _note_wrong(self) -> None:
        """Note what is wrong with what was kept unread, where it stands on this page."""
        if self.before is None or not self.before.unread:
            return
        self._read()
        names = set(self._names())
        kept = {name: said for name, said in self.form.problems.items() if name in self.before.unread}
        self.form.problems = {name: said for name, said in kept.items() if name in names and name != "level"}

    def _shown(self) -> HttpResponse:
        """Show the form as it stands in its fields, with what is wrong, and where both changed the same."""
        form, value = self.form, self.value
        draft = self.kept or (self.before.draft if self.before else None)
        where = _address_of(self.reference, value.form.key, draft) if draft else self.request.path
        return page(
            self.request,
            "assessment/fill.html",
            status=200 if not form.sent else 409 if self.both else 422,
            value=value,
            frame=frame(self.header, "assessment:page", actor=self.request.actor, at=self.request.at),
            form=form,
            questions=self.asked,
            pages=self.pages,
            long=form_paging.is_long(self.asked),
            told={each.item: each for each in self.told},
            step=form_paging.step_now(self.left, self.step, self.pages),
            where=where,
            saved=self.request.GET.get("saved", "") and self.before,
            before=self.before,
            alerts=self.before.advice.critical if self.before else (),
            both=self._both(),
            judges=filling.judges(value.form),
            shows_window=filling.shows_window(value.form),
            sources=SourceSeen.options(),
            modes=Mode.options(),
            interpreters=Interpreter.options(),
            idle=settings.FOURFOLD.idle_minutes,
        )

    def _both(self) -> list[tuple[str, str, str]]:
        """Return the fields that were changed in two places: where, what stands on record, and what was typed here."""
        titles = {name: question.item.title or question.item.text for question in self.asked for name in question.names}
        return [
            (
                titles.get(name, in_words(name).capitalize()),
                ", ".join(self.theirs.get(name, ())) or "nothing",
                ", ".join(self.form.typed.getlist(name)) or "nothing",
            )
            for name in self.both
        ]

    def _see(self, draft: UUID, step: object = "", saved: bool = False) -> HttpResponse:
        return HttpResponseRedirect(_address_of(self.reference, self.value.form.key, draft, step, saved), status=303)


def _first_level(form: Form, instrument: Instrument, answers: tuple[Answer, ...]) -> Level | None:
    if instrument.level.kind is LevelKind.JUDGEMENT:
        return rules.judged_level(instrument, answers)
    said = form.text("level", missing="Choose a level before you see the advice, or choose ‘cannot say yet’")
    if said in ("", "cannot_say"):
        return None
    return form.choice("level", Level)


# ---- advice and signature -----------------------------------------------------------------------------------------


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def draft(request: Request, reference: str, draft: UUID) -> HttpResponse:
    """Show the advice beside the level that was chosen before it; sign, or ask for a second signature."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.draft_page(actor=request.actor, case_id=header.id, draft_id=draft, at=request.at)
    if not value.advice_seen or set(value.unread) - {"level"}:
        return HttpResponseRedirect(_address_of(reference, value.page.form.key, draft))
    line = value.page.round
    rates = line is not None and not value.page.agrees
    return case_form(
        request,
        header,
        "assessment/draft.html",
        draft=lambda form: (_ask if form.value("do") == "ask" else _sign)(request, reference, value, form),
        does=lambda act: act(),
        then=lambda led: led,
        again=lambda _: to("assessment:page", reference=reference),
        initial={"level": value.level or "", "formulation": value.formulation},
        shows=lambda form: {
            "value": value,
            "judges": filling.judges(value.page.form),
            "rates": rates,
            "too_late": rates and line is not None and not line.may_rate,
            "signed": _held(request, header.id, form, value),
            "left": len(rules.left_open(value.page.form, value.page.answers)) if not value.passed_over else 0,
            "passed_over": form_paging.places_of(value.page.form, value.page.answers, value.passed_over),
            "titles": {item.key: item.title or item.text for item in value.page.form.items},
            "done": DONE.get(request.GET.get("done", ""), ""),
        },
    )


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN, methods=("POST",))
def drop(request: Request, reference: str, draft: UUID) -> HttpResponse:
    """Put a draft of one's own away."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    found = queries.draft_to_sign(actor=request.actor, case_id=header.id, draft_id=draft, at=request.at)
    return button(
        request,
        lambda: services.drop_draft(actor=request.actor, draft=found, at=request.at),
        then="assessment:page",
        done="dropped",
        reference=reference,
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


Act = Callable[[], HttpResponse]
"""What a sent form does, and where that leads."""


def _ask(request: Request, reference: str, value: queries.DraftPage, form: Form) -> Act | None:
    asked = form.read(SignatureAsked)
    if asked is None:
        return None

    def ask() -> HttpResponse:
        services.ask_signature(actor=request.actor, case=case_row(request, reference), at=request.at, **vars(asked))
        return HttpResponseRedirect(f"{request.path}?done=asked", status=303)

    return ask


def _sign(request: Request, reference: str, value: queries.DraftPage, form: Form) -> Act | None:
    level = _chosen(form, value)
    if level is None and value.page.form.level.kind is LevelKind.STEPS:
        form.wrong("level", "Choose a level")
    signed = _held(request, value.page.case, form, value)
    alone = form.value("do") == "sign_alone"
    typed, formulation, why = (form.text(name) for name in ("reason", "formulation", "left_because"))
    left = rules.left_open(value.page.form, value.page.answers) if form.value("left") and not value.passed_over else ()
    answers = because((*value.page.answers, *left), value.passed_over if why else (), why)

    def sign() -> HttpResponse:
        kept = queries.draft_to_sign(actor=request.actor, case_id=value.page.case, draft_id=value.draft, at=request.at)
        journey.assessment_signed(
            actor=request.actor,
            case=case_row(request, reference),
            instrument=value.page.form.key,
            version=value.page.form.version,
            answers=answers,
            at=request.at,
            professional_level=level,
            reason=signed.reason if signed else typed,
            countersigned_by=signed.by if signed else None,
            formulation=formulation,
            draft=kept,
            round_=None if alone else kept.round,
            agrees=kept.agrees and not alone,
        )
        if kept.round_id is not None and not alone:
            return to("assessment:round", done="rated", reference=reference, round_id=kept.round_id)
        return to("assessment:page", done="signed", reference=reference)

    return sign


@kept(Permission.ASSESSMENT_RECORD)
def forms_begun(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the forms that the reader has begun and not signed. One that was brought in is looked up for its title."""
    form, advised, kept_at = one.said["form"], one.said["advice_seen"], one.due_at or at
    return WorkRow(
        due_at=None,
        due="not signed yet",
        what=f"{'Sign' if advised else 'Finish'}: {queries.title_of(one.site, form, at=kept_at)}",
        href=reverse("assessment:draft", kwargs={"reference": one.reference, "draft": one.about})
        if advised
        else _address_of(one.reference, form["instrument"], one.about),
        why=sentence("saved {1}, {2} answered", moment_said(kept_at), one.said["answered"]),
        case=one.reference,
        level=one.level,
        rank=2,
        mine=True,
    )


urlpatterns = [
    path("cases/<str:reference>/assessment/new/<str:instrument>/", fill, name="assessment:fill"),
    path("cases/<str:reference>/assessment/new/<str:instrument>/<uuid:draft>/", revise, name="assessment:revise"),
    path("cases/<str:reference>/assessment/round/<uuid:round_id>/fill/", fill_round, name="assessment:fill_round"),
    path("cases/<str:reference>/assessment/draft/<uuid:draft>/", draft, name="assessment:draft"),
    path("cases/<str:reference>/assessment/draft/<uuid:draft>/drop/", drop, name="assessment:drop"),
]
