"""How a victim is over time, by measures: what was scored, what was missed, and the figures that a change is read by.

The pages about a person stand in the victim's file, under *Exit this page* and a neutral title; the page of published figures
is about no person, and is another's work.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold import journey
from fourfold.access import queries as access
from fourfold.access.paging import Page, page_of_list
from fourfold.access.terms import Compartment, NotFound, Permission, RelationKind
from fourfold.assessment.queries import as_answered
from fourfold.assessment.rules import passed_over, read_answers
from fourfold.assessment.terms import Answer, Band, Instrument, ScoreResult
from fourfold.audit.terms import Actor
from fourfold.governance.terms import RecipientDraft
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.queries import Series, Taken
from fourfold.support.terms import FigureDraft, MissedDraft, Mode, WhyMissed
from fourfold.web import filling, form_paging, handing_out, worklist
from fourfold.web.components import charts
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import translated
from fourfold.web.worklist import WorkRow
from fourfold.words import Word, day_said, sentence, together, words

CONFIDENTIAL = {Compartment.CORE, Compartment.VICTIM_CONTACT, Compartment.ADVOCATE_CONFIDENTIAL}
DONE = words({"taken": "Answers saved.", "missed": "Saved: the measure was not taken, and why."})


@dataclass(frozen=True)
class Line:
    """A row of the table: a measure that was taken, or a day on which none was (None)."""

    on: date
    said: tuple[str, ...]
    taken: Taken | None = None

    @property
    def key(self) -> str:
        return str(self.taken.id if self.taken else self.on)


@dataclass(frozen=True)
class Shown:
    """One measure as the page shows it: its series, its picture for a desk and for a phone (None: no score yet), of its whole
    time, and a page of its rows, the newest first."""

    series: Series
    wide: charts.Svg | None
    narrow: charts.Svg | None
    lines: Page[Line]


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show how the victim is over time, measure by measure, with what was due and not taken; of one measure the older rows
    are asked for by its key and where they begin."""
    value = queries.measures_page(actor=request.actor, reference=reference, at=request.at)
    shown = [_series(series, after=request.GET.get(series.instrument, "")) for series in value.series]
    done = DONE.get(request.GET.get("done", ""), "")
    may_save = value.may_record and access.may(request.actor, Permission.DISCLOSURE_RECORD, site=value.site)
    return page(request, "measures/page.html", value=value, shown=shown, done=done, may_save=may_save, victim_page=True)


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL, resumes=True)
def take(request: Request, reference: str, instrument: str) -> HttpResponse:
    """Ask the questions of one measure, of a long one so many at a time; each may be left out."""
    value, asked = queries.measure_form(actor=request.actor, reference=reference, instrument=instrument, at=request.at)

    def draft(form: Form) -> dict[str, Any] | None:
        form.typed = form_paging.all_typed(form)
        answers = _answers(form, asked, _asked_by_now(form, asked))
        if form.value("go") in ("next", "back", "more"):
            return None
        mode = form.choice("mode", Mode, missing="Choose how it was asked")
        return {"answers": answers, "mode": mode, "left_because": form.text("left_because")}

    def shows(form: Form) -> dict[str, Any]:
        form.typed = form_paging.all_typed(form)
        questions = _asked_by_now(form, asked)
        pages = form_paging.pages_of(questions) if form_paging.is_long(questions) else (questions,)
        here = form_paging.turned(form, pages)
        carried = form_paging.carried(form, pages, here) if len(pages) > 1 else ""
        more = {"pages": pages, "here": here, "carried": carried, "modes": Mode.options()}
        return _shown(value, asked) | more | {"passed_over": left(form, questions)}

    def left(form: Form, questions: Sequence[filling.Question]) -> form_paging.Places:
        """Return what was sent open though it is required, once that was refused."""
        if not form.error("left_because") and not form.value("left_because"):
            return ()
        typed = {name: tuple(form.values(name)) for name in form_paging.names_of([questions])}
        given, _ = read_answers(asked, filling.as_answers(asked, typed))
        whole = as_answered(value.site, asked, given, at=request.at)
        return form_paging.places_of(asked, given, passed_over(asked, whole))

    return form_page(
        request,
        "measures/take.html",
        draft=draft,
        does=lambda taken: support.take_measure(
            actor=request.actor, case=_case(request, reference), instrument=instrument, at=request.at, **taken
        ),
        then=to("measures:page", reference=reference),
        done="taken",
        initial=filling.as_form({"mode": ()}),  # type: ignore[arg-type]  # lists of answers
        shows=shows,
    )


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL, resumes=True)
def save(request: Request, reference: str, measure: UUID) -> HttpResponse:
    """Ask to whom one measure goes as a file for another record system, and hand it out: a disclosure on record."""
    value = queries.measures_page(actor=request.actor, reference=reference, at=request.at)
    found = ((series.title, one.at) for series in value.series for one in series.taken if one.id == measure)
    title, when = next(found, ("", None))
    if when is None:
        raise NotFound
    return form_page(
        request,
        "measures/save.html",
        draft=RecipientDraft,
        does=lambda draft: journey.measure_handed_out(
            actor=request.actor, case=_case(request, reference), measure=measure, to=draft, at=request.at
        ),
        then=lambda content: handing_out.saved(content, f"answers-{request.at:%Y-%m-%d}.json"),
        again=lambda _: to("measures:save", reference=reference, measure=measure, done="saved"),
        shows={"value": value, "title": title, "when": when, "victim_page": True}
        | handing_out.recipient("done" in request.GET),
    )


def _asked_by_now(form: Form, asked: Instrument) -> tuple[filling.Question, ...]:
    """Return the questions of a measure; what repeats stands once more than it was filled in on the page."""
    questions: tuple[filling.Question, ...] = ()
    more = filling.questions(asked)
    while len(more) > len(questions):
        questions = more
        begun = (each for each in questions if each.repeat and any(any(form.values(name)) for name in each.names))
        more = filling.questions(asked, [Answer(each.item.key, repeat=each.repeat) for each in begun])
    return questions


def _answers(form: Form, asked: Instrument, questions: Sequence[filling.Question]) -> dict[str, str]:
    """Return what was chosen or written, by field, and note on the form what is no answer."""
    names = [name for question in questions for name in question.names]
    answers = filling.as_answers(asked, {name: tuple(form.values(name)) for name in names})
    for problem in read_answers(asked, answers)[1]:
        form.wrong(problem.field, problem.message)
    return answers


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL)
def missed(request: Request, reference: str, instrument: str) -> HttpResponse:
    """Record why a measure that was due was not taken."""
    value, asked = queries.measure_form(actor=request.actor, reference=reference, instrument=instrument, at=request.at)
    return form_page(
        request,
        "measures/missed.html",
        draft=MissedDraft,
        does=lambda draft: support.measure_missed(
            actor=request.actor, case=_case(request, reference), instrument=instrument, at=request.at, **vars(draft)
        ),
        then=to("measures:page", reference=reference),
        done="missed",
        shows=_shown(value, asked) | {"reasons": WhyMissed.options()},
    )


def _shown(value: queries.MeasuresPage, asked: Instrument) -> dict[str, Any]:
    return {"value": value, "asked": asked, "victim_page": True}


def _case(request: Request, reference: str) -> Any:
    return queries.case_row(actor=request.actor, reference=reference, at=request.at)


@requires(Permission.INSTRUMENT_APPROVE)
def figures(request: Request, site: str, instrument: str) -> HttpResponse:
    """Show the published figures of a measure, and choose the one by which this site reads it from now on."""
    value = queries.figures_page(actor=request.actor, site=site, instrument=instrument, at=request.at)
    return form_page(
        request,
        "measures/figures.html",
        draft=FigureDraft,
        does=lambda draft: support.choose_norm(
            actor=request.actor, site=site, instrument=instrument, at=request.at, **vars(draft)
        ),
        then=to("measures:figures", site=site, instrument=instrument),
        shows={"value": value},
    )


# ---- as a page shows it -------------------------------------------------------------------------------------------


def _series(series: Series, *, after: str) -> Shown:
    lines = sorted(_lines(series), key=lambda each: each.on, reverse=True)
    page_of_lines = page_of_list(lines, lambda each: each.key, after=after)
    if series.score is None or not any(_value(each) is not None for each in series.taken):
        return Shown(series, None, None, page_of_lines)
    return Shown(series, _drawn(series, narrow=False), _drawn(series, narrow=True), page_of_lines)


def _drawn(series: Series, *, narrow: bool) -> charts.Svg:
    assert series.score is not None  # noqa: S101 -- the caller looked
    values = ((each.on, _value(each)) for each in series.taken)
    cut_off = series.cut_off.value if series.cut_off else None
    return charts.measure_chart(
        [charts.Reading(on, float(value)) for on, value in values if value is not None],
        [each.on for each in series.missed],
        charts.Scale(float(series.score.lowest), float(series.score.highest)),
        name=series.title,
        bands=_severities(series.bands, float(series.score.highest)),
        cut_off=None if cut_off is None else float(cut_off),
        worse="lower" if series.higher_is_better else "higher",
        narrow=narrow,
    )


def _severities(bands: Sequence[Band], highest: float) -> list[charts.Severity]:
    """Return the bands as grounds: each ends where the next begins."""
    ordered = sorted(bands, key=lambda band: band.lowest)
    ends = [*(float(band.lowest) for band in ordered[1:]), highest][: len(ordered)]
    return [
        charts.Severity(band.label, float(band.lowest), end)
        for band, end in zip(ordered, ends, strict=True)
        if float(band.lowest) < end
    ]


def _lines(series: Series) -> Iterator[Line]:
    """Yield the measures, the latest of a day first, and the gaps."""
    for each in reversed(series.taken):
        yield Line(each.on, (_day(each.on), _result(each), each.mode, _change(each, series), each.by), each)
    for gap in series.missed:
        why = sentence("not taken: {1}", gap.why) if gap.why else Word("not taken, and nobody said why")
        yield Line(gap.on, (_day(gap.on), why, "", gap.words, ""))


def _day(on: date) -> str:
    return day_said(on)


def _result(taken: Taken) -> str:
    """Say a score with its band, or why there is none; and every further score."""
    computed = [
        sentence("{1}: {2}", one.title, together(". ", filter(None, (one.value, translated(one.why)))))
        for one in taken.computed
    ]
    scores: tuple[str, ...] = ()
    if taken.result is not None:
        others = (sentence("{1}: {2}", title, _said(one)) for title, one in taken.others)
        scores = (together("; ", (_said(taken.result), *others)),)
    computed += [sentence("Left open: “{1}”. {2}", title, why) for title, why in taken.left_open]
    if not computed:
        return scores[0] if scores else Word("answered; this measure has no score")
    return together(" ", (each if each.endswith(".") else sentence("{1}.", each) for each in (*scores, *computed)))


def _said(result: ScoreResult) -> str:
    if result.value is None:
        return translated(result.reason)
    said: str = _plain(result.value)
    if result.band:
        said = sentence("{1}, {2}", said, result.band)
    return sentence("{1} ({2})", said, translated(result.reason)) if result.reason else said


def _change(taken: Taken, series: Series) -> str:
    """Say what changed since the first measure, and whether that is more than the scale's noise."""
    if taken.difference is None:
        return taken.change.why if taken.change else ""
    said = f"{'+' if taken.difference > 0 else ''}{_plain(taken.difference)}"
    if taken.change is None:
        return said
    words: list[object] = [sentence("{1}: {2}", said, Word(taken.change.outcome.label))]
    if taken.change.reliable_recovery:
        words.append(Word("reliable recovery"))
    elif taken.change.recovered:
        words.append(Word("below the cut-off now" if not series.higher_is_better else "above the cut-off now"))
    return together(", ", (*words, *taken.change.notes))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(taken: Taken) -> Decimal | None:
    return taken.result.value if taken.result else None


# ---- the day ------------------------------------------------------------------------------------------------------


@worklist.kept(Permission.SUPPORT_RECORD)
def answers_to_act_on(one: worklist.Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the answers that somebody must act on at once, until the victim was reached."""
    if one.parts.isdisjoint({RelationKind.ADVOCATE, RelationKind.ADVOCATE_MANAGER}):
        return None
    return WorkRow(
        due_at=one.due_at,
        what="The victim gave an answer to act on today",
        href=reverse("measures:page", kwargs={"reference": one.reference}),
        why=json.loads(one.text)[0],
        case=one.reference,
        decide=True,
    )


urlpatterns = [
    path("cases/<str:reference>/victim/measures/", show, name="measures:page"),
    path("cases/<str:reference>/victim/measures/<str:instrument>/", take, name="measures:take"),
    path("cases/<str:reference>/victim/measures/<str:instrument>/missed/", missed, name="measures:missed"),
    path("cases/<str:reference>/victim/measures/taken/<uuid:measure>/save/", save, name="measures:save"),
    path("measures/<str:site>/<str:instrument>/", figures, name="measures:figures"),
]
