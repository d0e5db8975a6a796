"""A person's pattern: everything confirmed about one victim or one subject on one line of time, and who by whom to whom."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.paging import page_of_list
from fourfold.access.terms import Compartment, Permission
from fourfold.cases import services as case_services
from fourfold.cases.queries import person_pattern as cases
from fourfold.cases.queries.course_facts import ActFact
from fourfold.cases.queries.person_pattern import PersonPattern
from fourfold.cases.terms.drafts import SplitDraft
from fourfold.intake.terms import RecordingClass
from fourfold.linkage import queries as linkage
from fourfold.orders import queries as orders
from fourfold.orders.queries.bands import bound_in
from fourfold.orders.terms import ORDER_WORDS
from fourfold.people import queries as people
from fourfold.people import services
from fourfold.people.terms import BringBackDraft, Part, ReferredTo, SubjectMarkDraft, WithdrawDraft
from fourfold.pronouns import Pronoun
from fourfold.web import marks, pictures
from fourfold.web.components import charts
from fourfold.web.components.words import happened_at, in_words
from fourfold.web.form_pages import Draft, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import Word, together

SHOWN = {Compartment.CORE, Compartment.SUBJECT_IDENTITY}


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def victim(request: Request, victim: UUID) -> HttpResponse:
    """Show the pattern of one victim across reports, forces, subjects and orders."""
    return _page(request, cases.victim_pattern(actor=request.actor, victim=victim, at=request.at), "people:victim")


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def subject(request: Request, subject: UUID) -> HttpResponse:
    """Show the pattern of one subject across reports, forces, victims and orders; no victim is named on it."""
    return _page(request, cases.subject_pattern(actor=request.actor, subject=subject, at=request.at), "people:subject")


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN)
def record(request: Request, subject: UUID) -> HttpResponse:
    """Show what a subject is known by, and put another name, a car or an account on record."""
    return _form(request, subject, SubjectMarkDraft, services.add_mark)


@requires(Permission.MATCH_UNDO, compartments=SHOWN)
def withdraw(request: Request, subject: UUID) -> HttpResponse:
    """Withdraw from a subject's record what was put there by mistake."""
    return _form(request, subject, WithdrawDraft, services.withdraw_mark)


@requires(Permission.MATCH_UNDO, compartments=SHOWN)
def undo_withdrawn(request: Request, subject: UUID) -> HttpResponse:
    """Bring back on a subject's record what was withdrawn."""
    return _form(request, subject, BringBackDraft, services.undo_mark_withdrawn)


@requires(Permission.CASE_VIEW, compartments=SHOWN)
def refer_to_victim(request: Request, victim: UUID) -> HttpResponse:
    """Record how a victim is referred to."""
    return _refer_to(request, people.victim_row(victim, actor=request.actor, at=request.at), "people:victim")


@requires(Permission.CASE_VIEW, compartments=SHOWN)
def refer_to_subject(request: Request, subject: UUID) -> HttpResponse:
    """Record how a subject is referred to; whoever may not know the subject finds no page."""
    people.subject(subject, actor=request.actor, at=request.at)
    return _refer_to(request, people.subject_row(subject, actor=request.actor, at=request.at), "people:subject")


def _refer_to(request: Request, person: Any, back: str) -> HttpResponse:
    part = back.removeprefix("people:")
    return form_page(
        request,
        "people/refer_to.html",
        draft=ReferredTo,
        does=lambda draft: services.refer_to(actor=request.actor, person=person, at=request.at, **vars(draft)),
        then=to(back, **{part: person.pk}),
        initial={"pronoun": person.pronoun},
        shows={
            "name": person.name,
            "back": reverse(back, kwargs={part: person.pk}),
            "choices": [*((each, f"{each} and {each.object}") for each in Pronoun), ("", "Not known")],
        },
    )


@requires(Permission.MATCH_UNDO, compartments=SHOWN)
def split_victim(request: Request, victim: UUID) -> HttpResponse:
    """Take reports from a victim's record that are about somebody else, who goes on record."""
    return _split(request, cases.victim_pattern(actor=request.actor, victim=victim, at=request.at), people.victim_row)


@requires(Permission.MATCH_UNDO, compartments=SHOWN)
def split_subject(request: Request, subject: UUID) -> HttpResponse:
    """Take reports from a subject's record that are about somebody else, who goes on record."""
    return _split(
        request, cases.subject_pattern(actor=request.actor, subject=subject, at=request.at), people.subject_row
    )


def _split(request: Request, value: PersonPattern, row_of: Callable[..., Any]) -> HttpResponse:
    part = str(value.part)
    said: dict[str, Any] = {"actor": request.actor, "at": request.at}

    def does(draft: SplitDraft) -> Any:
        rows = [linkage.allegation(request.actor, each, at=request.at) for each in draft.allegations]
        person = row_of(value.id, **said)
        return case_services.split_person(person=person, allegations=rows, reason=draft.reason, **said)

    return form_page(
        request,
        "people/split.html",
        draft=SplitDraft,
        does=does,
        then=lambda new: to(f"people:{part}", **{part: str(new.pk)}),
        again=lambda about: to(f"people:{part}", **{part: str(about.id)}),
        shows={
            "name": value.name,
            "back": reverse(f"people:{part}", kwargs={part: value.id}),
            "reports": [(fact.id, together(", ", _row(value.part, fact)[:5])) for fact in value.facts],
        },
    )


def _form(request: Request, subject: UUID, draft: type[Draft], write: Callable[..., object]) -> HttpResponse:
    back = to("people:record", subject=subject)
    row = people.subject_row(subject, actor=request.actor, at=request.at) if request.method == "POST" else None
    if row is None and request.path != back["Location"]:
        return back

    def shows(_: Form) -> dict[str, Any]:
        value, may = orders.subject_record(actor=request.actor, subject=subject, at=request.at), access_queries.may
        return {
            "kinds": marks.KINDS,
            "value": value.card,
            "withdrawn": value.withdrawn,
            "may_add": may(request.actor, Permission.MATCH_CONFIRM, site=value.card.site),
            "may_withdraw": may(request.actor, Permission.MATCH_UNDO, site=value.card.site),
        }

    return form_page(
        request,
        "people/record.html",
        draft=draft,
        does=lambda draft: write(actor=request.actor, subject=row, at=request.at, **vars(draft)),
        then=back,
        mended_at=marks.MENDED_AT,
        shows=shows,
    )


def _page(request: Request, value: PersonPattern, name: str) -> HttpResponse:
    address = reverse(name, kwargs={str(value.part): value.id})
    facts = value.counted
    span = pictures.span_of(request.GET.get("in", ""))
    bound = tuple(_bands(request, value))
    pattern = pictures.pattern_of(facts, request.at, span, bands=bound)
    own = value.name
    shown = page_of_list(facts, lambda fact: fact.id, after=request.GET.get("after", ""))
    links = pictures.links_of(
        facts,
        subject=(lambda _: own) if value.part is Part.SUBJECT else None,
        victim=(lambda _: own) if value.part is Part.VICTIM else None,
    )
    wide, narrow = charts.pattern_timelines(pattern)
    return page(
        request,
        "people/pattern.html",
        value=value,
        is_victim=value.part is Part.VICTIM,
        finding=charts.pattern_finding(pictures.pattern_of(facts, request.at, pictures.Span())),
        wide=wide,
        narrow=narrow,
        spans=pictures.spans(facts, span, address),
        chart=charts.link_chart(links),
        chart_narrow=charts.link_chart(links, narrow=True),
        rows=[_row(value.part, fact) for fact in shown],
        next=f"{address}?after={shown.next}" if shown.next else "",
        may_add=access_queries.may(request.actor, Permission.MATCH_CONFIRM),
        may_refer=people.may_refer_to(request.actor),
        may_split=len(value.facts) > 1
        and not value.merged
        and access_queries.may(request.actor, Permission.MATCH_UNDO),
    )


def _bands(request: Request, value: PersonPattern) -> Iterator[charts.Band]:
    files = [pk for pk, _ in value.cases]
    for one in bound_in(actor=request.actor, cases=files, at=request.at):
        ends = datetime.combine(one.ends_on, time(), tzinfo=request.at.tzinfo) if one.ends_on else None
        if ends is None or ends >= one.served_at:
            yield charts.Band("order", ORDER_WORDS[one.kind].capitalize(), one.served_at, ends)


def _row(part: Part, fact: ActFact) -> tuple[str, ...]:
    return (
        happened_at(fact.at, fact.time_known),
        ", ".join(in_words(kind) for kind in fact.kinds) or Word("not known"),
        RecordingClass(fact.recorded_class).words if fact.recorded_class else Word("not recorded as a crime"),
        fact.source,
        (fact.subject or pictures.NOBODY) if part is Part.VICTIM else (fact.victim or Word("not known")),
        Word("Breach" if fact.is_breach else "Confirmed" if fact.confirmed else "Not confirmed"),
    )


urlpatterns = [
    path("people/victims/<uuid:victim>/", victim, name="people:victim"),
    path("people/subjects/<uuid:subject>/", subject, name="people:subject"),
    path("people/victims/<uuid:victim>/refer-to/", refer_to_victim, name="people:refer_to_victim"),
    path("people/subjects/<uuid:subject>/refer-to/", refer_to_subject, name="people:refer_to_subject"),
    path("people/victims/<uuid:victim>/split/", split_victim, name="people:split_victim"),
    path("people/subjects/<uuid:subject>/split/", split_subject, name="people:split_subject"),
    path("people/subjects/<uuid:subject>/record/", record, name="people:record"),
    path("people/subjects/<uuid:subject>/record/withdraw/", withdraw, name="people:withdraw"),
    path("people/subjects/<uuid:subject>/record/undo/", undo_withdrawn, name="people:undo_withdrawn"),
]
