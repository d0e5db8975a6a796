"""Site models of one's own: made from one of the programme's three, changed, laid beside another, and given as a file."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.gateways.underway import Underway
from fourfold.rollout import modelling, services
from fourfold.rollout import queries as rollout
from fourfold.rollout.capacity.terms import Outlook, Policy, Profession, TeamRefused
from fourfold.rollout.site_models import SETTINGS, SITTINGS, NoSiteModel, OwnModel, SiteModelDraft, as_file, rows
from fourfold.rollout.terms import Model, TeamDraft, UnknownArea
from fourfold.web import area_answer, long_work
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form, identifier_in
from fourfold.web.guard import Request, not_found, page, requires, to
from fourfold.web.long_work import one_at_a_time
from fourfold.words import Word, sentence

Said = tuple[OwnModel, str]
Rows = tuple[tuple[str, ...], ...]


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def listed(request: Request) -> HttpResponse:
    """List the site models that people made."""
    found = modelling.site_models_page(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "rollout/site_models.html", rows=found, writes=_writes(request))


@requires(Permission.ROLLOUT_RECOMMEND)
def start(request: Request) -> HttpResponse:
    """Save a first version of a site model, begun from one of the programme's three."""
    return form_page(
        request,
        "rollout/site_model_form.html",
        draft=_said,
        does=lambda said: services.start_site_model(actor=request.actor, own=said[0], reason=said[1], at=request.at),
        then=lambda row: to("rollout:site_model", model=row.pk, done="started"),
        again=lambda about: to("rollout:site_model", model=about.id, done="started"),
        initial={"model": Model.CHESHIRE.value, "policy": Policy.HIGHEST_FIRST.value, "percent": "90", "within": "10"},
        shows={"value": None, **_fields()},
    )


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def one(request: Request, model: UUID) -> HttpResponse:
    """Show a site model: what it says on whose word, who changed what, and what it can be laid beside."""
    try:
        value = modelling.shown(actor=request.actor, model=model, at=request.at)
    except NoSiteModel:
        return not_found(request)
    return page(
        request,
        "rollout/site_model.html",
        value=value,
        writes=_writes(request),
        done=request.GET.get("done"),
        **_others(request, model),
    )


def _others(request: Request, model: UUID) -> dict[str, Any]:
    """Return what a site model can be laid beside, and the areas that both can be played in."""
    own = [each for each in modelling.choices(actor=request.actor) if each[0] != str(model)]
    areas = [(area.code, area.name) for area in rollout.areas(actor=request.actor)]
    return {
        "others": [*((each.value, each.words) for each in Model), *own],
        "areas": [("", Word("No area: only what each says")), *areas],
    }


@requires(Permission.ROLLOUT_RECOMMEND)
def change(request: Request, model: UUID) -> HttpResponse:
    """Save a site model as its next version."""
    try:
        value = modelling.shown(actor=request.actor, model=model, at=request.at)
    except NoSiteModel:
        return not_found(request)
    form_of: list[Form] = []

    def reads(form: Form) -> Said | None:
        form_of.append(form)
        return _said(form)

    return form_page(
        request,
        "rollout/site_model_form.html",
        draft=reads,
        does=lambda said: services.change_site_model(
            actor=request.actor, model=model, own=said[0], reason=said[1], seen=form_of[0].version("version"), at=request.at
        ),
        then=to("rollout:site_model", model=model, done="changed"),
        initial=_typed(value.own),
        shows={"value": value, **_fields()},
    )  # fmt: skip


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def beside(request: Request, model: UUID) -> HttpResponse:
    """Lay a site model beside another or beside the site that it names, and play both in an area where one is chosen."""
    other, code = request.GET.get("other", ""), request.GET.get("area", "")
    try:
        left = modelling.shown(actor=request.actor, model=model, at=request.at).own
    except NoSiteModel:
        return not_found(request)
    try:
        right = _beside(request, other, left)
    except NoSiteModel:
        here = {"list": reverse("rollout:site_model", kwargs={"model": model}), "words": left.name}
        heading, text = (
            Word("There is no such site model"),
            Word("Choose one of those shown on this site model’s page."),
        )
        return page(request, "plain.html", status=404, heading=heading, text=text, **here)
    place, refused = "", ""
    played: Rows = ()
    numbers: list[tuple[str, str]] = []
    underway: Underway | None = None
    if code:
        try:
            place, found = modelling.played(actor=request.actor, code=code, models=(left, right), at=request.at)
            both = area_answer.or_how_far(found, lane="team", looks=area_answer.AT_ONCE)
            if isinstance(both, Underway):
                underway = both
            else:
                played, numbers = _played(*both), _numbers(model, request.GET.urlencode(), *both)
        except UnknownArea as why:
            return area_answer.no_place(request, why)
        except TeamRefused as why:
            refused = str(why)
    pairs = zip(*(rows(each, modelling.assumed(each.begun_from)) for each in (left, right)), strict=True)
    shown: dict[str, Any] = {
        "model": model,
        "left": left,
        "right": right,
        "said_rows": [(a[0], a[1], b[1], Word("differs") if a[1] != b[1] else Word("the same")) for a, b in pairs],
        "place": place,
        "played": played,
        "numbers": numbers,
        "refused": refused,
        "chosen": (other, code),
        **_others(request, model),
    }
    template = "rollout/site_models_beside.html"
    return (
        long_work.waiting(request, underway, template, **shown)
        if underway
        else page(request, template, underway=None, **shown)
    )


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def beside_number(request: Request, model: UUID, key: str) -> HttpResponse:
    """Show one number of two site models in an area: the chance of at most so much, and how each comes about."""
    title = Word("Two site models side by side")
    back = f"{reverse('rollout:site_models_beside', kwargs={'model': model})}?{request.GET.urlencode()}"
    try:
        left = modelling.shown(actor=request.actor, model=model, at=request.at).own
        both = (left, _beside(request, request.GET.get("other", ""), left))
        sought = modelling.played_numbers(
            actor=request.actor, code=request.GET.get("area", ""), models=both, at=request.at
        )
    except (NoSiteModel, UnknownArea, TeamRefused):
        return not_found(request)
    found = area_answer.or_how_far(sought, lane="team", looks=area_answer.AT_ONCE)
    if isinstance(found, Underway):
        return long_work.waiting(request, found, "rollout/number.html", number=None, name=title, back=back, note="")
    numbers = [each.get(key) for each in found]
    first, second = numbers
    if first is None or second is None or not (first.curve and second.curve):
        return not_found(request)
    shown = {
        which: replace(number, what=sentence("{1} ({2})", own.name, which))
        for number, own, which in zip((first, second), both, (Word("first"), Word("second")), strict=True)
    }
    here: dict[str, Any] = {"back": back, "pair": title, "pair_of": Word("Site model")}
    return page(request, "rollout/order_number.html", **here, **area_answer.beside(first.what, shown))


def _numbers(model: UUID, asked: str, left: Outlook, right: Outlook) -> list[tuple[str, str]]:
    """Return the numbers of both that have chances, in words, and where each leads."""
    waits = [{wait.stage: wait for wait in each.waits if wait.median is not None} for each in (left, right)]
    keys = [(f"wait-{stage.value}", stage.words) for stage in waits[0] if stage in waits[1]]
    if left.within_standard is not None and right.within_standard is not None:
        keys.insert(0, ("in_time", Word("Assessed in time")))
    for each in Profession:
        keys.append((each.value, sentence("{1}: the posts that the work fills", each.words)))
        keys.append((f"used-{each.value}", sentence("{1}: time used in the last year", each.words)))
    for stage in dict.fromkeys(each.stage for found in (left, right) for each in found.breaks):
        said = "What breaks, {1}: who waits at the end of month {2}"
        keys += [(f"waiting-{stage.value}-{month}", sentence(said, stage.words, month)) for month in (6, 12, 18, 24)]
    return [
        (words, f"{reverse('rollout:site_models_number', kwargs={'model': model, 'key': key})}?{asked}")
        for key, words in keys
    ]


def _beside(request: Request, other: str, left: OwnModel) -> OwnModel:
    """Return what a site model is laid beside; a site of the programme says no posts, so that it is played with the same."""
    if other in [each.value for each in Model]:
        site = Model(other)
        return OwnModel(site.words, site, left.policy, left.team, left.percent, left.within)
    found = identifier_in(other)
    if found is None:
        raise NoSiteModel
    return modelling.shown(actor=request.actor, model=found, at=request.at).own


def _played(left: Outlook, right: Outlook) -> Rows:
    """Return a row for each thing that two site models come to: in time, each wait, each profession's use, what breaks."""
    both = (left, right)
    stages = list(dict.fromkeys(wait.stage for each in both for wait in each.waits))
    return (
        (Word("Assessed in time, of those referred from month 12 on"), *map(_in_time, both)),
        *((sentence("{1}: working days, half and nine in ten", stage.words), *(_wait(each, stage) for each in both)) for stage in stages),
        *(
            (sentence("{1}: time needed for all the work", each.words), *(f"{100 * _needed(found, each):,.0f}%" for found in both))
            for each in Profession
        ),
        (Word("What breaks first"), *(_breaks(each) for each in both)),
        (Word("What would end queues without end"), *(_all_of(each.mends) for each in both)),
    )  # fmt: skip


def _all_of(mends: tuple[str, ...]) -> str:
    return reduce(lambda before, one: sentence("{1} {2}", before, one), mends) if mends else Word("nothing is needed")


def _in_time(found: Outlook) -> str:
    if found.within_standard is None:
        return Word("nobody was taken on")
    low, middle, high = found.in_time
    return sentence("{1} ({2} to {3})", middle, low, high)


def _wait(found: Outlook, stage: object) -> str:
    for wait in found.waits:
        if wait.stage is stage:
            if wait.median is None:
                return Word("grows without end") if wait.beyond else Word("nobody came this far")
            return sentence("{1} and {2}", wait.median, wait.ninetieth)
    return Word("not done here")


def _needed(found: Outlook, profession: Profession) -> float:
    return next(each.needed for each in found.used if each.profession is profession)


def _breaks(found: Outlook) -> str:
    if not found.breaks:
        return Word("nothing in two years")
    first = found.breaks[0]
    return sentence("{1}, from month {2} on", first.stage.words, first.month)


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def file(request: Request, model: UUID) -> HttpResponse:
    """Give a site model as the file that the command takes."""
    try:
        value = modelling.shown(actor=request.actor, model=model, at=request.at)
    except NoSiteModel:
        return not_found(request)
    answer = HttpResponse(as_file(value.own), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="site-model.json"'
    return answer


def _said(form: Form) -> Said | None:
    """Read a site model; what is left empty stays as it is assumed for the site that it was begun from."""
    draft, chosen = form.read(SiteModelDraft), form.read(TeamDraft)
    numbers = {key: _number(form, key) for key in SETTINGS}
    if draft is None or chosen is None or form.problems:
        return None
    said = {key: number for key, number in numbers.items() if number is not None}
    own: OwnModel | None = None
    with form.catching():
        own = OwnModel(draft.name, chosen.model, chosen.policy, chosen.team, chosen.percent, chosen.within, said)
    return (own, draft.reason) if own else None


def _number(form: Form, key: str) -> float | None:
    """Read a number with decimals, nothing where the field was left empty."""
    text = form.text(key, longest=20).strip()
    try:
        found = float(text) if text else None
    except ValueError:
        found = math.nan
    if found is not None and not math.isfinite(found):
        form.wrong(key, Word("Enter a number, such as 2.5"))
        return None
    return found


def _typed(own: OwnModel) -> dict[str, object]:
    """Return what stands in the form of a site model before anybody has changed it."""
    posts = {each.value: f"{own.team.of(each):g}" for each in Profession}
    numbers = {key: f"{number:g}" for key, number in own.numbers.items()}
    return {"name": own.name, "model": own.begun_from.value, "policy": own.policy.value, "percent": str(own.percent),
            "within": str(own.within), **posts, **numbers}  # fmt: skip


def _fields() -> Mapping[str, Any]:
    begun = modelling.assumed(Model.CHESHIRE)
    every = [modelling.assumed(each).working.panel_every_days for each in Model]

    def hint(key: str) -> str:
        low, high = SETTINGS[key].bounds
        if key == SITTINGS:
            return sentence(
                "{1} to {2}; empty: as at the site it begins from (Cheshire {3}, London {4}, Hampshire {5})",
                low,
                high,
                *every,
            )
        one = begun.assumed[key.replace("_", " ")]
        return sentence("{1} to {2} {3}; empty: {4}", low, high, one.unit, f"{one.value:.3g}")

    return {
        "professions": tuple(Profession),
        "settings": [(each, hint(key)) for key, each in SETTINGS.items()],
        "models": [(each.value, each.words) for each in Model],
        "policies": [(each.value, each.words) for each in Policy],
    }


def _writes(request: Request) -> bool:
    return access_queries.may(request.actor, Permission.ROLLOUT_RECOMMEND)


urlpatterns = [
    path("roll-out/site-models/", listed, name="rollout:site_models"),
    path("roll-out/site-models/new/", start, name="rollout:site_model_new"),
    path("roll-out/site-models/<uuid:model>/", one, name="rollout:site_model"),
    path("roll-out/site-models/<uuid:model>/change/", change, name="rollout:site_model_change"),
    path("roll-out/site-models/<uuid:model>/beside/", beside, name="rollout:site_models_beside"),
    path(
        "roll-out/site-models/<uuid:model>/beside/number/<str:key>/", beside_number, name="rollout:site_models_number"
    ),
    path("roll-out/site-models/<uuid:model>/site-model.json", file, name="rollout:site_model_file"),
]
