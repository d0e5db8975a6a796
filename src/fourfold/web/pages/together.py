"""A course of conduct triaged once: its reports side by side, their people linked in one step, one outcome for all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Permission
from fourfold.cases import queries as cases
from fourfold.cases.queries.together import CourseAtDesk, OnRecord, ReportBeside
from fourfold.cases.terms import CourseSaid, ReportSaid, Said, TogetherDraft
from fourfold.journey import together as journey
from fourfold.linkage.terms import Sure
from fourfold.people.terms import Part, ThirdRole
from fourfold.web.acts import shown
from fourfold.web.components.words import day, in_words
from fourfold.web.desk_forms import ASKED, FOUR, OUTCOMES, SHOWN, UNASKED, WORDS, attached_to_case
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form, identifier_in
from fourfold.web.guard import Request, requires, to
from fourfold.words import Word, named, opening, sentence, together

CHOOSE = ("", Word("choose"))
THIRD = "third-"
_OF_ALL = tuple(Said.options())
_OF_THIRD = tuple((f"{THIRD}{one.value}", sentence("Third party: {1}", one.words)) for one in ThirdRole)
OPTIONS = {Part.VICTIM: (CHOOSE, *_OF_ALL, *_OF_THIRD), Part.SUBJECT: (CHOOSE, *_OF_ALL)}
NEW = "new"


@requires(Permission.ALLEGATION_TRIAGE, compartments=SHOWN, resumes=True)
def course(request: Request, allegation: UUID) -> HttpResponse:
    """Show the reports that belong together with one, or link their people and let all leave the desk at once."""

    def does(said: CourseSaid) -> Any:
        attached_to = attached_to_case(request, said.case)
        return journey.course_triaged(
            actor=request.actor, about=allegation, said=said, attached_to=attached_to, at=request.at
        )

    def then(triages: Any) -> HttpResponse:
        case = next((one.case.reference for one in triages if one.case is not None), None)
        return to("case:pattern", reference=case, done="triaged") if case else to("desk:list")

    return form_page(
        request,
        "desk/together.html",
        draft=_said,
        does=does,
        then=then,
        again=lambda _: to("desk:list"),
        shows=lambda form: _around(request, allegation, form),
    )


# ---- what is sent --------------------------------------------------------------------------------------------------


def _said(form: Form) -> CourseSaid | None:
    """Read what is said of the reports that were chosen; every gap is noted at its field."""
    filled = form.read(TogetherDraft)
    chosen = form.several("report", UUID, missing="Choose the reports that belong together")
    reports = tuple(_of_report(form, report) for report in chosen)
    if any(Said.SAME in (one.victim, one.subject) for one in reports) and not form.flag("compared"):
        form.wrong("compared", "Compare the people and tick this box, or choose “I think it is the same person”")
    if filled is None or form.problems:
        return None
    ask_all = filled.ask_all
    return CourseSaid(
        reports=tuple(_with_class(form, one, ask_all=ask_all) for one in reports),
        shown=frozenset(form.several("shown", UUID)),
        outcome=filled.outcome,
        reason=filled.reason,
        answers=filled.answers,
        victim=identifier_in(filled.victim if filled.victim != NEW else ""),
        subject=identifier_in(filled.subject if filled.subject != NEW else ""),
        redirected_to=filled.redirected_to,
        case=filled.case,
        another_because=filled.another_because,
    )


def _of_report(form: Form, report: UUID) -> ReportSaid:
    victim, role = _answer(form, Part.VICTIM, report)
    subject, _ = _answer(form, Part.SUBJECT, report)
    return ReportSaid(report=report, seen=form.text(f"seen-{report}"), victim=victim, subject=subject, role=role)


def _answer(form: Form, part: Part, report: UUID) -> tuple[Said | None, ThirdRole | None]:
    """Return what is said of one part; nothing where it is not asked, for it stands already."""
    name = f"{part}-{report}"
    said = str(form.value(name, None) or "")
    if form.version(name) is None:
        return None, None
    if said not in dict(OPTIONS[part]):
        form.wrong(name, "Choose one of the answers shown")
        return None, None
    if not said:
        form.wrong(name, sentence("Say whether this is the {1} of the others, or leave the report out", part))
        return None, None
    if said.startswith(THIRD):
        return None, ThirdRole(said.removeprefix(THIRD))
    return Said(said), None


def _with_class(form: Form, one: ReportSaid, *, ask_all: bool) -> ReportSaid:
    kept = form.text(f"class-{one.report}", longest=300)
    asked = form.flag(f"ask-{one.report}") or (ask_all and not kept)
    return ReportSaid(**vars(one) | {"class_asked": asked, "class_kept_because": kept})


# ---- what is shown -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartShown:
    """One part of one report: as told, what stands or what is asked, and what is chosen beforehand."""

    part: Part
    says: str
    stands: str
    options: tuple[tuple[str, str], ...]
    chosen: str


def _around(request: Request, allegation: UUID, form: Form) -> dict[str, Any]:
    value = cases.course_at_desk(actor=request.actor, allegation=allegation, at=request.at)
    here = {one.id for one in value.reports}
    sent = {pk for each in form.values("shown") if (pk := identifier_in(each))}
    chosen = {pk for each in form.values("report") if (pk := identifier_in(each))}
    return {
        "value": value,
        "rows": [_row(one, value, form, sent, chosen) for one in value.reports],
        "classes": [one for one in value.reports if one.expected],
        "who": [(part, _people(value, part, form)) for part in Part],
        "new": [one for one in value.reports if sent and one.id not in sent],
        "changed": [one for one in value.reports if one.id in sent and _typed(form, one) not in ("", one.seen)],
        "left": cases.left_desk(actor=request.actor, reports=chosen - here, at=request.at) if form.conflict else (),
        "four": [(name, WORDS[name]) for name in FOUR],
        "more": [(name, WORDS[name]) for name in ASKED[len(FOUR) :]],
        "answers": {name: form.value(name) or UNASKED.get(name) for name in ASKED},
        "outcomes": [(one.value, OUTCOMES[one]) for one in value.outcomes],
    }


def _typed(form: Form, one: ReportBeside) -> str:
    return str(form.value(f"seen-{one.id}"))


def _row(one: ReportBeside, value: CourseAtDesk, form: Form, sent: set[UUID], chosen: set[UUID]) -> dict[str, Any]:
    parts = [_part(one, part, value) for part in Part]
    return {
        "one": one,
        "act": shown(one.act),
        "parts": [(part, form.value(f"{part.part}-{one.id}", part.chosen)) for part in parts],
        "ticked": one.id in chosen if one.id in sent else _belongs(one, value),
        "why": _why(one, value),
        "evidence": [(opening(named(part)), opening(named(each.field)), each) for part, each in one.evidence],
        "decided": [(value.names.get(each.decided_by, ""), each) for each in one.decided],
    }


def _belongs(one: ReportBeside, value: CourseAtDesk) -> bool:
    """Return whether a report is chosen beforehand: where the evidence is strong that it is of the pair, or near it."""
    if one.id == value.about or one.may_be_third:
        return True
    victim, subject = (one.sure[part] for part in Part)
    return (victim is not None and victim.counts) and (one.subject_unnamed or (subject is not None and subject.counts))


def _why(one: ReportBeside, value: CourseAtDesk) -> str:
    if one.id == value.about:
        return Word("The report that you opened")
    if one.shares:
        return opening(sentence("shares {1}", together(", ", one.shares)))
    if one.may_be_third:
        return Word("The same subject, against somebody near the victim")
    return Word("Found in the same possible course of conduct")


def _part(one: ReportBeside, part: Part, value: CourseAtDesk) -> PartShown:
    told, stands = one.told[part], one.stands(part)
    if part is Part.SUBJECT and not one.sees_subject:
        says: str = Word("you may not see this")
    else:
        says = told.name or (Word("no name told") if told.is_told else Word("nothing told"))
    if told.birth_on:
        says = sentence("{1}, born {2}", says, day(told.birth_on))
    if stands is not None:
        role = sentence("third party: {1}", stands.role.words) if stands.role else Word("confirmed")
        return PartShown(part, says, sentence("{1}, {2}", stands.name or Word("not known"), role), (), "")
    return PartShown(part, says, "", OPTIONS[part], _beforehand(one, part, value))


def _beforehand(one: ReportBeside, part: Part, value: CourseAtDesk) -> str:
    """Return what is chosen beforehand: nothing where the evidence says nothing. Nobody is confirmed before it is sent."""
    sure = Sure.LIKELY if one.id == value.about else one.sure[part]
    if sure is not None:
        return str(Said.SAME if sure.counts else Said.THINK)
    return str(Said.OPEN) if part is Part.SUBJECT and not one.told[part].is_told else ""


def _people(value: CourseAtDesk, part: Part, form: Form) -> dict[str, Any]:
    """Return who the pair's victim or subject may be: those on record, the surest first, or somebody new."""
    found = value.people[part]
    first = next((str(one.id) for one in found if one.case or one.sure.counts), NEW)
    fresh = (NEW, Word("Nobody on record: add whom these reports tell of"))
    return {"options": [*map(_option, found), fresh], "chosen": form.value(str(part), first), "found": found}


def _option(one: OnRecord) -> tuple[str, str, str]:
    says: str = one.name or Word("nobody can say yet who it is")
    if one.birth_on:
        says = sentence("{1}, born {2}", says, day(one.birth_on))
    hint: Iterable[str] = (in_words(one.sure), sentence("in case {1}", one.case)) if one.case else (in_words(one.sure),)
    return str(one.id), says, together(", ", tuple(hint))


urlpatterns = [path("desk/together/<uuid:allegation>/", course, name="desk:together")]
