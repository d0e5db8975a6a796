"""Sites: how each unit works, the areas it serves, founding one, and changing how it works."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import PROFESSIONS, NotFound, PartnerKind, Permission
from fourfold.assessment import instruments
from fourfold.assessment.terms import Shipped
from fourfold.programme import queries, services
from fourfold.programme.rules import areas_of, model_of_working, settings_of, site_spec
from fourfold.programme.sites import LARGEST, document_of, shipped, shipped_site
from fourfold.programme.sites.writing import document_of as as_document
from fourfold.programme.sites.writing import spec_of, toml_of
from fourfold.programme.terms import InvalidModel, ModelOfWorking, NoSuchSite, SiteSpec
from fourfold.programme.wording import MODELS, OUTCOMES
from fourfold.web import site_form
from fourfold.web.components.words import in_words
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import words

DONE = words(
    {
        "founded": "The site is set up. Give its people their accounts and roles next.",
        "changed": "The change is saved and applies from the day that you chose.",
        "opened": "The areas are saved. Each goes live on its own day.",
    }
)
WHOLE = Shipped.WHOLE
START = "hampshire"
"""The model that the empty form of a new site starts from: several agencies at one table."""


@requires(Permission.SITE_VIEW, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """List the sites whose way of working the reader may see."""
    rows = queries.sites_shown(actor=request.actor, at=request.at)
    return page(request, "sites/list.html", rows=rows, models=MODELS)


@requires(Permission.SITE_VIEW, methods=("GET",))
def one(request: Request, site: str) -> HttpResponse:
    """Show how one site works, what changes and what changed, and the areas that it serves."""
    value = queries.site_page(actor=request.actor, code=site, at=request.at)
    return page(request, "sites/one.html", value=value, done=DONE.get(request.GET.get("done", ""), ""))


@requires(Permission.SITE_VIEW, methods=("GET",))
def save(request: Request, site: str) -> HttpResponse:
    """Give a site's description as the file from which one like it can be founded."""
    value = queries.site_page(actor=request.actor, code=site, at=request.at)
    return _file(spec_of(value.card, queries.working_before(site, request.at.date())))


def _file(spec: SiteSpec) -> HttpResponse:
    name = f'attachment; filename="{spec.code}.toml"'
    return HttpResponse(
        toml_of(spec), headers={"Content-Type": "application/toml; charset=utf-8", "Content-Disposition": name}
    )


# ---- founding -----------------------------------------------------------------------------------------------------


@requires(Permission.SITE_VIEW, resumes=True)
def found(request: Request) -> HttpResponse:
    """Describe a new site by form or by file, show what it would be, and found it when that is confirmed."""
    form = Form(request, _first_fields(request))
    if not form.sent:
        return _describe(request, form)
    try:
        return _FOUNDING.get(str(form.value("do")), _look)(request, form)
    except InvalidModel as fault:
        site_form.tell(form, fault)
        return _describe(request, form)


def _first_fields(request: Request) -> dict[str, object]:
    """Return the first values of the fields: how a site like the new one works, and the kinds of its partners."""
    try:
        like = _working_like(request, request.GET.get("like", START))
    except NotFound:
        like = shipped_site(START).working
    kinds = [str(part.kind) for part in shipped_site(START).partners]
    return site_form.model_fields(like) | {f"partner-{n}-kind": kind for n, kind in enumerate(kinds, start=1)}


def _working_like(request: Request, code: str) -> ModelOfWorking:
    try:
        return shipped_site(code).working
    except NoSuchSite:
        queries.site_page(actor=request.actor, code=code, at=request.at)
        return queries.working_before(code, request.at.date())


def _look(request: Request, form: Form) -> HttpResponse:
    """Show what the fields would found."""
    document = site_form.document(form)
    if not form.ok:
        return _describe(request, form)
    return _preview(request, site_spec(document))


def _read(request: Request, form: Form) -> HttpResponse:
    """Show what a file would found."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.size or file.size > LARGEST:
        form.wrong("file", f"Choose the site’s file. It must be {LARGEST:,} bytes or smaller")
        return _describe(request, form)
    try:
        return _preview(request, site_spec(document_of(file.read(), (file.name or "The file")[:100])))
    except InvalidModel as fault:
        return _describe(request, form, site_form.lines(fault))


def _mend(request: Request, form: Form) -> HttpResponse:
    """Go back to the fields with what the preview showed."""
    form.typed = site_form.fields(site_form.unpacked(form))
    form.sent = False
    return _describe(request, form)


def _keep_file(request: Request, form: Form) -> HttpResponse:
    """Give what the preview showed as a file, and found nothing."""
    return _file(site_spec(site_form.unpacked(form)))


def _found(request: Request, form: Form) -> HttpResponse:
    spec = site_spec(site_form.unpacked(form))
    with request.once(lambda _: _to_one(spec.code, "founded")):
        services.found_site(actor=request.actor, spec=spec, at=request.at)
    return _to_one(spec.code, "founded")


_FOUNDING = {"look": _look, "read": _read, "mend": _mend, "save": _keep_file, "found": _found}


def _describe(request: Request, form: Form, errors: Any = None) -> HttpResponse:
    wrong = errors if errors is not None else form.problems
    return page(
        request,
        "sites/found.html",
        status=422 if wrong else 200,
        form=form,
        errors=wrong,
        like=[*shipped()],
        partner_rows=range(1, site_form.PARTNER_ROWS + 1),
        partner_kinds=[(kind.value, in_words(kind)) for kind in PartnerKind],
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    return {
        "models": [(model.value, words) for model, words in MODELS.items()],
        "professions": [(name, name) for name in PROFESSIONS.values()],
        "outcomes": list(OUTCOMES.items()),
        "forms": list({form.key: form.title for form in instruments.catalogue() if form.shipped is WHOLE}.items()),
    }


def _preview(request: Request, spec: SiteSpec) -> HttpResponse:
    value = queries.founding_foreseen(spec, on=request.at.date())
    return page(
        request,
        "sites/preview.html",
        status=422 if value.problems else 200,
        value=value,
        errors=[("", problem) for problem in value.problems],
        kept=site_form.packed(as_document(spec)),
        may=access_queries.may(request.actor, Permission.SITE_CONFIGURE),
    )


def _to_one(site: str, done: str) -> HttpResponse:
    answer = to("sites:one", site=site)
    answer["Location"] += f"?done={done}"
    return answer


# ---- changing -----------------------------------------------------------------------------------------------------


@requires(Permission.SITE_CONFIGURE, resumes=True)
def change(request: Request, site: str) -> HttpResponse:
    """Record how a site works from a day on: the fields, then what would change, then on record."""
    value = queries.site_page(actor=request.actor, code=site, at=request.at)
    form = Form(request, site_form.model_fields(queries.working_before(site, request.at.date())))
    if not form.sent:
        return _ask_change(request, value, form)
    try:
        return _changed(request, value, form)
    except InvalidModel as fault:
        site_form.tell(form, fault)
        return _ask_change(request, value, form)


def _changed(request: Request, value: queries.SitePage, form: Form) -> HttpResponse:
    kept = site_form.unpacked(form) if form.value("kept") else None
    from_on = form.day("from_on", missing="Give the first day on which the change applies")
    settings = kept if kept is not None else site_form.working(form)
    if form.value("do") == "mend" and kept is not None:
        form.typed = site_form.working_fields(kept) | {f"from_on-{p}": getattr(from_on, p, "") for p in _DAY}
        form.typed["version"] = request.POST.get("version", value.version)
        form.sent = False
        return _ask_change(request, value, form)
    if not form.ok or from_on is None:
        return _ask_change(request, value, form)
    working = model_of_working(settings)
    site, seen = value.card.code, form.version("version")
    if kept is not None:
        with form.catching(), request.once(lambda _: _to_one(site, "changed")):
            services.change_working(
                actor=request.actor, site=site, working=working, from_on=from_on, seen=seen, at=request.at
            )
        if not form.conflict:
            return _to_one(site, "changed")
        form.typed = site_form.working_fields(kept) | {f"from_on-{p}": getattr(from_on, p) for p in _DAY}
    elif unseen := queries.changes_unseen(site, seen):
        form.overtaken(f"How {site} works", periods=unseen)
    else:
        return _show_change(request, value, working, from_on, version=seen)
    return _ask_change(request, value, form, mine=queries.changed_by(site, working, from_on=from_on))


_DAY = ("day", "month", "year")


def _show_change(
    request: Request, value: queries.SitePage, working: ModelOfWorking, from_on: date, *, version: str | None
) -> HttpResponse:
    changes = queries.change_foreseen(value.card.code, working, from_on=from_on, today=request.at.date())
    kept = site_form.packed(settings_of(working))
    around: dict[str, Any] = {"changes": changes, "from_on": from_on, "kept": kept, "version": version}
    return page(request, "sites/preview_change.html", value=value, **around)


def _ask_change(request: Request, value: queries.SitePage, form: Form, **more: Any) -> HttpResponse:
    status = 409 if form.conflict else 422 if form.problems else 200
    around = {"value": value, "form": form, "errors": form.problems, **_choices(), **more}
    return page(request, "sites/change.html", status=status, **around)


@requires(Permission.SITE_CONFIGURE, resumes=True)
def areas(request: Request, site: str) -> HttpResponse:
    """Open further areas to a site, each from its own day on."""
    value = queries.site_page(actor=request.actor, code=site, at=request.at)
    form = Form(request)
    if form.sent:
        try:
            rows = areas_of(site_form.areas(form), live_on=value.card.live_on)
            with request.once(lambda _: _to_one(site, "opened")):
                services.open_areas(actor=request.actor, site=site, areas=rows, at=request.at)
            return _to_one(site, "opened")
        except InvalidModel as fault:
            site_form.tell(form, fault)
    status = 422 if form.problems else 200
    return page(request, "sites/areas.html", status=status, value=value, form=form, errors=form.problems)


urlpatterns = [
    path("sites/", listing, name="sites:list"),
    path("sites/new/", found, name="sites:found"),
    path("sites/of/<slug:site>/", one, name="sites:one"),
    path("sites/of/<slug:site>/file/", save, name="sites:save"),
    path("sites/of/<slug:site>/change/", change, name="sites:change"),
    path("sites/of/<slug:site>/areas/", areas, name="sites:areas"),
]
