"""Plans for a roll-out: saved, named, shared, changed one assumption at a time, and laid side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.gateways.underway import Underway
from fourfold.rollout import advising, services
from fourfold.rollout import queries as rollout
from fourfold.rollout.advice.run import Run
from fourfold.rollout.advice.strength import ReleaseDraft, Strength
from fourfold.rollout.answer import demand
from fourfold.rollout.answer.terms import Answer, Number
from fourfold.rollout.rules import ASSUMPTIONS, CHANCES, said
from fourfold.rollout.terms import Figure, NoPlan, PlanShown, ReleaseRefused, UnknownArea
from fourfold.web import area_answer, long_work
from fourfold.web.form_pages import button, form_page
from fourfold.web.forms import identifier_in
from fourfold.web.guard import Request, not_found, page, requires, to
from fourfold.web.long_work import one_at_a_time
from fourfold.words import Word, sentence


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def plans(request: Request) -> HttpResponse:
    """List one's own plans and those that others shared; let two be laid side by side."""
    chosen = [found for found in map(identifier_in, request.GET.getlist("plan")) if found]
    if len(chosen) == 2:
        return to("rollout:compare", one=chosen[0], other=chosen[1])
    rows = rollout.plans(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "rollout/plans.html", rows=rows, writes=_writes(request), chosen=len(chosen))


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def plan(request: Request, plan: UUID) -> HttpResponse:
    """Show a plan as it was saved last: what is expected, on which assumptions, and who changed what."""
    try:
        value = rollout.plan_shown(actor=request.actor, plan=plan, at=request.at)
    except NoPlan:
        return not_found(request)
    latest = value.latest

    def href(key: str) -> str:
        return reverse("rollout:plan_number", kwargs={"plan": plan, "key": key})

    _, _, run = advising.run_seen(actor=request.actor, plan=plan, at=request.at)
    found = area_answer.answered(run) if value.place and not latest.unknown else None
    estimate = advising.estimate_of(run) if found else None
    return page(
        request,
        "rollout/plan.html",
        value=value,
        writes=_writes(request),
        done=request.GET.get("done"),
        older=latest.release if latest.release != run.made.release else "",
        comes=[(figure, href(key)) for key, figure in zip(demand.KEYS, latest.figures, strict=True)],
        assumed_rows=[(each.words, latest.assumed[key]) for key, each in ASSUMPTIONS.items() if key in latest.assumed],
        estimate=estimate if estimate and estimate.figures == latest.figures else None,
        **(
            area_answer.shown_of(found, href)
            if found
            else {"answer": None, "underway": None, "how_far": "", "tables": ()}
        ),
    )


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def number(request: Request, plan: UUID, key: str) -> HttpResponse:
    """Show one number of a plan: the chance of at most so much, and how it comes about."""
    try:
        row, _, run = advising.run_of(actor=request.actor, plan=plan, at=request.at)
        found = area_answer.find(run, key)
    except (NoPlan, UnknownArea):
        return not_found(request)
    back, note = reverse("rollout:plan", kwargs={"plan": plan}), ""
    if key in demand.KEYS and isinstance(found, Number):
        saved = rollout.plan_shown(actor=request.actor, plan=plan, at=request.at).latest.figures[demand.KEYS.index(key)]
        found, note = _as_saved(found, saved)
    return area_answer.shown_number(request, found, name=row.name, back=back, note=note)


WITHOUT_CHANCES = Word(
    "An earlier release saved this version, with its numbers alone: the chance of at most so much was not kept, nor how they came "
    "about. Save a new version to see both."
)


def _as_saved(found: Number, saved: Figure) -> tuple[Number, str]:
    """Return a number as the plan's version has it; without its bridge where it would come out otherwise today."""
    one = saved.range
    if not saved.at_most:
        alone = replace(
            found, shown=one.middle, low=one.low, high=one.high, because=saved.because, curve=(), bridges=()
        )
        return alone, WITHOUT_CHANCES
    curve = tuple(zip(map(float, saved.at_most), (CHANCES / 100).tolist(), strict=True))
    if (found.shown, found.low, found.high, found.curve) == (one.middle, one.low, one.high, curve):
        return found, ""
    kept = replace(found, shown=one.middle, low=one.low, high=one.high, because=saved.because, curve=curve, bridges=())
    return kept, Word(
        "Facts or counts have changed since this version was saved. The number stands as it was saved; how it came about "
        "cannot be shown any more. Save a new version to see it."
    )


@requires(Permission.ROLLOUT_RECOMMEND)
def share(request: Request, plan: UUID) -> HttpResponse:
    """Let everybody who plans see a plan."""
    try:
        rollout.plan_row(actor=request.actor, plan=plan)
    except NoPlan:
        return not_found(request)
    return button(
        request,
        lambda: services.share_plan(actor=request.actor, plan=plan, at=request.at),
        then="rollout:plan",
        done="shared",
        plan=plan,
    )


@requires(Permission.ROLLOUT_RECOMMEND)
@one_at_a_time
def release(request: Request, plan: UUID) -> HttpResponse:
    """Show what the written rule gives, let a named person confirm or change it, and release the documents."""
    try:
        row, latest, run = advising.run_of(actor=request.actor, plan=plan, at=request.at)
        if request.method == "GET":
            far = area_answer.or_how_far(advising.team_sought(run), lane="team", looks=area_answer.AT_ONCE)
            if isinstance(far, Underway):
                return long_work.waiting(request, far, "rollout/release.html", row=row, latest=latest)
        rule = advising.rule_for(run)
    except (NoPlan, UnknownArea):
        return not_found(request)
    except ReleaseRefused as why:
        return _no_team(request, why)
    return form_page(
        request,
        "rollout/release.html",
        draft=ReleaseDraft,
        does=lambda said: services.release_plan(
            actor=request.actor, plan=plan, decided=said, seen=request.POST.get("version"), at=request.at
        ),
        then=to("rollout:plan", plan=plan, done="released"),
        initial={"strength": rule.strength.value},
        shows={
            "row": row,
            "latest": latest,
            "graded": rule,
            "strengths": [(each.value, each.words) for each in Strength],
            "why_not": advising.why_not_release(row, latest, run),
            "digest": run.digest,
        },
    )


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def draft(request: Request, plan: UUID) -> HttpResponse:
    """Give the files of a plan's draft once they are written, or say how far they are."""
    try:
        row, latest, run = advising.run_of(actor=request.actor, plan=plan, at=request.at)
        found = area_answer.or_how_far(advising.draft_sought(run), looks=area_answer.AT_ONCE)
    except (NoPlan, UnknownArea):
        return not_found(request)
    except ReleaseRefused as why:
        return _no_team(request, why)
    if isinstance(found, Underway):
        return long_work.waiting(request, found, "rollout/draft.html", row=row, latest=latest)
    return page(request, "rollout/draft.html", row=row, latest=latest, underway=None)


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def document(request: Request, plan: UUID, name: str, version: int | None = None) -> HttpResponse:
    """Give a plan's recommendation as a file: of a version as it left, or the draft of what was saved last."""
    try:
        content, media = advising.file_of(actor=request.actor, plan=plan, name=name, version=version, at=request.at)
    except (NoPlan, UnknownArea):
        return not_found(request)
    except ReleaseRefused as why:
        return _no_team(request, why)
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="recommendation.{name}"'
    return answer


def _no_team(request: Request, why: ReleaseRefused) -> HttpResponse:
    return page(
        request, "plain.html", status=422, heading=Word("There is no recommendation for this plan"), text=str(why)
    )


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def compare(request: Request, one: UUID, other: UUID) -> HttpResponse:
    """Lay two plans, or two versions of one, side by side, figure by figure and assumption by assumption."""
    try:
        left, right = _both(request, one, other)
    except NoPlan:
        return not_found(request)
    known = all(plan.place and not plan.latest.unknown for plan in (left, right))
    runs = _runs(request, (left, right)) if known else []
    rest = [area_answer.answered(run) for run in runs]
    answers = [each for each in rest if isinstance(each, Answer)]

    def href(key: str) -> str:
        address = reverse("rollout:compare_number", kwargs={"one": one, "other": other, "key": key})
        return f"{address}{_versions(left, right)}"

    both = {
        key: (mine, theirs)
        for key, mine, theirs in zip(demand.KEYS, left.latest.figures, right.latest.figures, strict=False)
    }
    return page(
        request,
        "rollout/compare.html",
        left=left,
        right=right,
        here=f"{reverse('rollout:compare', kwargs={'one': one, 'other': other})}{_versions(left, right)}",
        underway=next((each for each in rest if isinstance(each, Underway)), None),
        tables=area_answer.side_by_side(answers[0], answers[1], href) if len(answers) == 2 else (),
        figure_rows=[
            (
                href(key) if known and mine.at_most and theirs.at_most else "",
                mine.what,
                *(f"{each.range.middle:,} ({each.range.low:,} to {each.range.high:,})" for each in (mine, theirs)),
                f"{theirs.range.middle - mine.range.middle:+,}".replace("-", "−").replace("+0", "0"),
            )
            for key, (mine, theirs) in both.items()
        ],
        assumed_rows=[
            *(
                (each.words, *(said(plan.latest.assumed, key) for plan in (left, right)))
                for key, each in ASSUMPTIONS.items()
            ),
            (rollout.SITE_MODEL, *(plan.latest.site_model or rollout.AS_NEEDED for plan in (left, right))),
        ],
    )


def _both(request: Request, one: UUID, other: UUID) -> list[PlanShown]:
    """Return two plans, each as the version of the address has it where the address is of one plan's versions; raises NoPlan."""
    said = request.GET.getlist("of") if one == other else []
    until = [int(each) if each.isdecimal() and len(each) < 6 else 0 for each in said]
    if not until:
        return [rollout.plan_shown(actor=request.actor, plan=plan, at=request.at) for plan in (one, other)]
    if len(until) != 2:
        raise NoPlan
    found = [rollout.plan_shown(actor=request.actor, plan=one, at=request.at, until=number) for number in until]
    return [replace(each, name=sentence("{1}, version {2}", each.name, each.latest.number)) for each in found]


def _versions(left: PlanShown, right: PlanShown) -> str:
    """Return what leads an address to two versions of one plan."""
    of = {"of": [each.latest.number for each in (left, right)]}
    return f"?{urlencode(of, doseq=True)}" if left.id == right.id else ""


def _runs(request: Request, plans: Sequence[PlanShown]) -> list[Run]:
    until = [(each.id, each.latest.number) for each in plans]
    return [advising.run_seen(actor=request.actor, plan=plan, at=request.at, until=number)[2] for plan, number in until]


PAIR: dict[str, Any] = {"pair": Word("Two plans side by side"), "pair_of": Word("Plan")}


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def compare_number(request: Request, one: UUID, other: UUID, key: str) -> HttpResponse:
    """Show one number of two plans: the chance of at most so much, and how each comes about."""
    try:
        plans = _both(request, one, other)
        found = [area_answer.find(run, key) for run in _runs(request, plans)]
    except (NoPlan, UnknownArea):
        return not_found(request)
    back = f"{reverse('rollout:compare', kwargs={'one': one, 'other': other})}{_versions(*plans)}"
    numbers: dict[str, Number] = {}
    for value, each, which in zip(plans, found, (Word("first"), Word("second")), strict=True):
        if isinstance(each, Underway):
            here: dict[str, Any] = {"number": None, "name": PAIR["pair"], "back": back, "note": ""}
            return long_work.waiting(request, each, "rollout/number.html", **here)
        if not isinstance(each, Number):
            return not_found(request)
        stands = key in demand.KEYS
        shown = _as_saved(each, value.latest.figures[demand.KEYS.index(key)])[0] if stands else each
        if not shown.curve:
            return not_found(request)
        numbers[which] = replace(shown, what=sentence("{1} ({2})", value.name, which))
    what = next(each.what for each in found if isinstance(each, Number))
    return page(request, "rollout/order_number.html", back=back, **PAIR, **area_answer.beside(what, numbers))


def _writes(request: Request) -> bool:
    return access_queries.may(request.actor, Permission.ROLLOUT_RECOMMEND)


urlpatterns = [
    path("roll-out/plans/", plans, name="rollout:plans"),
    path("roll-out/plans/<uuid:plan>/", plan, name="rollout:plan"),
    path("roll-out/plans/<uuid:plan>/number/<str:key>/", number, name="rollout:plan_number"),
    path("roll-out/plans/<uuid:plan>/share/", share, name="rollout:plan_share"),
    path("roll-out/plans/<uuid:plan>/release/", release, name="rollout:plan_release"),
    path("roll-out/plans/<uuid:plan>/draft/", draft, name="rollout:plan_draft"),
    path("roll-out/plans/<uuid:plan>/recommendation.<str:name>", document, name="rollout:plan_file"),
    path("roll-out/plans/<uuid:plan>/<int:version>/recommendation.<str:name>", document, name="rollout:plan_left"),
    path("roll-out/plans/<uuid:one>/beside/<uuid:other>/", compare, name="rollout:compare"),
    path(
        "roll-out/plans/<uuid:one>/beside/<uuid:other>/number/<str:key>/", compare_number, name="rollout:compare_number"
    ),
]
