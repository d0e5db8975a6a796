"""Sites: how each unit works, the areas it serves, founding one, and changing how it works."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import PROFESSIONS, NotFound, PartnerKind, Permission
from fourfold.assessment import instruments
from fourfold.assessment.terms import Shipped
from fourfold.audit.terms import Conflict
from fourfold.fields import Unfit
from fourfold.programme import queries, services
from fourfold.programme.rules import areas_of, model_of_working, settings_of, site_spec
from fourfold.programme.sites import LARGEST, document_of, shipped, shipped_site
from fourfold.programme.sites.writing import document_of as as_document
from fourfold.programme.sites.writing import spec_of, toml_of
from fourfold.programme.terms import InvalidModel, ModelOfWorking, NoSuchSite, SiteSpec
from fourfold.programme.wording import MODELS, OUTCOMES
from fourfold.web import site_form
from fourfold.web.components.words import in_words
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import sentence, words

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
    do, in_file = request.POST.get("do"), list[tuple[str, str]]()

    @site_form.telling()
    def reads(form: Form) -> SiteSpec | None:
        if do == "read":
            return _in_file(request, form, in_file)
        kept = site_form.unpacked(form) if do in ("mend", "save", "found") else None
        if kept is not None and do == "mend":
            form.typed = site_form.fields(kept)
            return None
        document = kept or site_form.document(form)
        spec = site_spec(document) if form.ok else None
        form.typed = site_form.fields(kept) if kept else form.typed
        return spec

    def preview(spec: SiteSpec) -> HttpResponse | None:
        return None if do == "found" else _file(spec) if do == "save" else _preview(request, spec)

    return form_page(
        request,
        "sites/found.html",
        draft=reads,
        preview=preview,
        does=site_form.telling()(lambda spec: services.found_site(actor=request.actor, spec=spec, at=request.at)),
        then=lambda made: to("sites:one", site=made.code),
        done="founded",
        again=lambda _: to("sites:one", site=site_form.unpacked(Form(request))["code"], done="founded"),
        initial=_first_fields(request),
        shows=lambda form: {
            "errors": in_file or form.problems,
            "like": [*shipped()],
            "partner_rows": range(1, site_form.PARTNER_ROWS + 1),
            "partner_kinds": [(kind.value, in_words(kind)) for kind in PartnerKind],
            **_choices(),
        },
    )


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


def _in_file(request: Request, form: Form, wrong: list[tuple[str, str]]) -> SiteSpec | None:
    """Return what a file describes; each line that is wrong with it is noted."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.size or file.size > LARGEST:
        form.wrong("file", sentence("Choose the site’s file. It must be {1} bytes or smaller", f"{LARGEST:,}"))
        return None
    try:
        return site_spec(document_of(file.read(), (file.name or "The file")[:100]))
    except InvalidModel as fault:
        wrong.extend(site_form.lines(fault))
        raise Unfit(*wrong[0]) from fault


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


# ---- changing -----------------------------------------------------------------------------------------------------


@requires(Permission.SITE_CONFIGURE, resumes=True)
def change(request: Request, site: str) -> HttpResponse:
    """Record how a site works from a day on: the fields, then what would change, then on record."""
    value = queries.site_page(actor=request.actor, code=site, at=request.at)
    kept, seen = bool(request.POST.get("kept")), request.POST.get("version")

    @site_form.telling()
    def reads(form: Form) -> tuple[ModelOfWorking, date] | None:
        from_on = form.day("from_on", missing="Give the first day on which the change applies")
        settings = site_form.unpacked(form) if kept else site_form.working(form)
        if kept:
            days = {f"from_on-{part}": getattr(from_on, part, "") for part in ("day", "month", "year")}
            form.typed = site_form.working_fields(settings) | days | {"version": seen or value.version}
        if form.problems or from_on is None or (kept and request.POST.get("do") == "mend"):
            return None
        return model_of_working(settings), from_on

    @site_form.telling()
    def preview(change: tuple[ModelOfWorking, date]) -> HttpResponse | None:
        if kept:
            return None
        if unseen := queries.changes_unseen(site, seen):
            raise Conflict(sentence("How {1} works", site), {"periods": unseen})
        return _show_change(request, value, *change, version=seen)

    @site_form.telling()
    def does(change: tuple[ModelOfWorking, date]) -> object:
        working, from_on = change
        return services.change_working(
            actor=request.actor, site=site, working=working, from_on=from_on, seen=seen, at=request.at
        )

    def shows(form: Form) -> dict[str, Any]:
        mine = model_of_working(site_form.working(form)) if form.conflict else None
        from_on = form.day("from_on") if mine else None
        changed = queries.changed_by(site, mine, from_on=from_on) if mine and from_on else ()
        return {"value": value, "mine": changed, **_choices()}

    return form_page(
        request,
        "sites/change.html",
        draft=reads,
        preview=preview,
        does=does,
        then=to("sites:one", site=site, done="changed"),
        initial=site_form.model_fields(queries.working_before(site, request.at.date())),
        shows=shows,
    )


def _show_change(
    request: Request, value: queries.SitePage, working: ModelOfWorking, from_on: date, *, version: str | None
) -> HttpResponse:
    changes = queries.change_foreseen(value.card.code, working, from_on=from_on, today=request.at.date())
    kept = site_form.packed(settings_of(working))
    around: dict[str, Any] = {"changes": changes, "from_on": from_on, "kept": kept, "version": version}
    return page(request, "sites/preview_change.html", value=value, **around)


@requires(Permission.SITE_CONFIGURE, resumes=True)
def areas(request: Request, site: str) -> HttpResponse:
    """Open further areas to a site, each from its own day on."""
    value = queries.site_page(actor=request.actor, code=site, at=request.at)
    does = site_form.telling()(services.open_areas)
    return form_page(
        request,
        "sites/areas.html",
        draft=site_form.telling()(lambda form: areas_of(site_form.areas(form), live_on=value.card.live_on)),
        does=lambda rows: does(actor=request.actor, site=site, areas=rows, at=request.at),
        then=to("sites:one", site=site, done="opened"),
        shows={"value": value},
    )


urlpatterns = [
    path("sites/", listing, name="sites:list"),
    path("sites/new/", found, name="sites:found"),
    path("sites/of/<slug:site>/", one, name="sites:one"),
    path("sites/of/<slug:site>/file/", save, name="sites:save"),
    path("sites/of/<slug:site>/change/", change, name="sites:change"),
    path("sites/of/<slug:site>/areas/", areas, name="sites:areas"),
]
