"""A feed's file brought in through the browser: chosen, how it is read decided, checked, imported, each with its progress."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.feeds import queries, rules
from fourfold.feeds import services as feeds
from fourfold.feeds.rules import CHOICES
from fourfold.feeds.terms import LARGEST, LONGEST_MAPPING, Brought, ColumnRead, WorkKind
from fourfold.intake.terms import CannotImport, InvalidMapping
from fourfold.web.form_pages import Nothing, button, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import sentence, words

#: Seconds after which a page on which something is under way asks again.
AGAIN_AFTER = 3
DRAFT = "draft"
DONE = words(
    {"decided": "Your decision is saved.", "stopped": "It stops after the next step. What was kept until then stays."}
)


@requires(Permission.ALLEGATION_IMPORT, methods=("GET",))
def files(request: Request) -> HttpResponse:
    """Show the files that were brought, and how far each is."""
    rows = queries.brought_files(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "feeds/files.html", rows=rows)


@requires(Permission.ALLEGATION_IMPORT, takes=LARGEST)
def bring(request: Request) -> HttpResponse:
    """Take a file, and say how it is to be read: as before, as a mapping that ships, or as a draft proposes."""
    mine = sorted(
        site
        for site in request.actor.sites
        if access_queries.may(request.actor, Permission.ALLEGATION_IMPORT, site=site)
    )
    known = {one.key: one for one in queries.known_mappings(actor=request.actor, at=request.at)}

    def draft(form: Form) -> tuple[str, Any, str] | None:
        site = form.text("site") or (mine[0] if len(mine) == 1 else "")
        if site not in mine:
            form.wrong("site", "Choose the unit whose feed this is")
        said = form.text("reading", missing="Choose how the file is read")
        if said and said != DRAFT and said not in known:
            form.wrong("reading", "Choose one of the answers shown")
        sent = request.FILES.get("file")
        if not isinstance(sent, UploadedFile):
            form.wrong("file", "Choose the export of the force")
            return None
        if (sent.size or 0) > LARGEST:
            large = sentence("The file has more than {1} MB. Import it with the command line.", LARGEST >> 20)
            form.wrong("file", large)
        return site, sent, known[said].text if said in known else ""

    def does(drafted: tuple[str, Any, str]) -> UUID:
        site, sent, mapping = drafted
        file = feeds.bring_file(
            actor=request.actor, site=site, name=sent.name or "", chunks=sent.chunks(), mapping=mapping, at=request.at
        )
        return file.pk

    return form_page(
        request,
        "feeds/bring.html",
        draft=draft,
        does=does,
        then=lambda brought: to("feeds:brought", brought=brought),
        again=lambda about: to("feeds:brought", brought=about.id),
        shows={"sites": mine, "known": tuple(known.values()), "drafting": DRAFT, "largest": LARGEST >> 20},
    )


@requires(Permission.ALLEGATION_IMPORT, methods=("GET",))
def brought(request: Request, brought: UUID) -> HttpResponse:
    """Show how far a file is, what came of the last work on it, and what can be done next."""
    value = queries.brought_file(brought, actor=request.actor, at=request.at)
    idle, done = queries.nobody_works(), DONE.get(request.GET.get("done", ""), "")
    answer = page(request, "feeds/brought.html", value=value, done=done, idle=idle)
    if value.underway:
        answer["Refresh"] = str(AGAIN_AFTER)
    return answer


@requires(Permission.ALLEGATION_IMPORT)
def reading(request: Request, brought: UUID) -> HttpResponse:
    """Show each column beside its first values and what it is read as; decide what is in doubt, or change the mapping."""
    value = queries.brought_file(brought, actor=request.actor, at=request.at)

    def draft(form: Form) -> tuple[str, str] | None:
        text = form.text("mapping", longest=LONGEST_MAPPING, missing="Write how the file is read")
        chosen = {doubt for number, doubt in enumerate(value.doubts) if str(number) in form.values("decided")}
        return (rules.decided(text.replace("\r\n", "\n") + "\n", chosen), _seen(form)) if text else None

    return form_page(
        request,
        "feeds/reading.html",
        draft=draft,
        does=lambda decided: _decide(request, brought, *decided),
        then=to("feeds:brought", brought=brought),
        done="decided",
        initial={"mapping": value.mapping},
        shows=lambda _: {"value": value, **_columns(request, value)},
    )


@requires(Permission.ALLEGATION_IMPORT)
def column(request: Request, brought: UUID, place: int) -> HttpResponse:
    """Say what one column is, without a word of a mapping."""
    value = queries.brought_file(brought, actor=request.actor, at=request.at)
    shown = _columns(request, value)
    columns: tuple[ColumnRead, ...] = shown["columns"]  # type: ignore[assignment]
    if place >= len(columns):
        return to("feeds:reading", brought=brought)
    one = columns[place]

    def draft(form: Form) -> tuple[str, str] | None:
        key = form.text("to")
        if key not in CHOICES:
            form.wrong("to", "Choose one of the answers shown")
            return None
        return rules.moved(value.mapping, one.name, key), _seen(form)

    return form_page(
        request,
        "feeds/column.html",
        draft=draft,
        does=lambda decided: _decide(request, brought, *decided),
        then=to("feeds:reading", brought=brought),
        initial={"to": next((key for key, said in CHOICES.items() if said == one.read_as), "")},
        shows={"value": value, "column": one, "place": place, "choices": tuple(CHOICES.items())},
    )


def _seen(form: Form) -> str:
    return str(form.value("version"))


def _decide(request: Request, brought: UUID, text: str, seen: str) -> None:
    feeds.decide_reading(actor=request.actor, brought=brought, mapping=text, seen=seen, at=request.at)


def _columns(request: Request, value: Brought) -> dict[str, object]:
    """Return the columns as they are read, or why none can be shown."""
    try:
        return {"columns": queries.columns_of(value.id, actor=request.actor, at=request.at), "unread": ""}
    except (CannotImport, InvalidMapping) as why:
        return {"columns": (), "unread": str(why)}


def _asks(kind: WorkKind) -> Callable[..., HttpResponse]:
    @requires(Permission.ALLEGATION_IMPORT)
    def ask(request: Request, brought: UUID) -> HttpResponse:
        value = queries.brought_file(brought, actor=request.actor, at=request.at)
        return form_page(
            request,
            "feeds/ask.html",
            draft=Nothing,
            does=lambda _: feeds.ask_for_work(actor=request.actor, brought=brought, kind=kind, at=request.at),
            then=to("feeds:brought", brought=brought),
            shows={"value": value, "kind": kind.value},
        )

    ask.__doc__ = f"Ask for the {kind.value} of a file: it is done beside the page."
    return ask


check, bring_in = _asks(WorkKind.CHECK), _asks(WorkKind.IMPORT)


@requires(Permission.ALLEGATION_IMPORT, methods=("POST",))
def stop(request: Request, brought: UUID) -> HttpResponse:
    """Ask for the end of what is being done."""
    return button(
        request,
        lambda: feeds.stop_work(actor=request.actor, brought=brought, at=request.at),
        then="feeds:brought",
        done="stopped",
        brought=brought,
    )


@requires(Permission.ALLEGATION_IMPORT)
def throw_away(request: Request, brought: UUID) -> HttpResponse:
    """Throw a file away; what was imported from it stays."""
    value = queries.brought_file(brought, actor=request.actor, at=request.at)
    return form_page(
        request,
        "feeds/throw_away.html",
        draft=Nothing,
        does=lambda _: feeds.throw_away(actor=request.actor, brought=brought, at=request.at),
        then=to("feeds:files"),
        shows={"value": value},
    )


urlpatterns = [
    path("imports/files/", files, name="feeds:files"),
    path("imports/files/new/", bring, name="feeds:bring"),
    path("imports/files/<uuid:brought>/", brought, name="feeds:brought"),
    path("imports/files/<uuid:brought>/reading/", reading, name="feeds:reading"),
    path("imports/files/<uuid:brought>/reading/<int:place>/", column, name="feeds:column"),
    path("imports/files/<uuid:brought>/check/", check, name="feeds:check"),
    path("imports/files/<uuid:brought>/import/", bring_in, name="feeds:bring_in"),
    path("imports/files/<uuid:brought>/stop/", stop, name="feeds:stop"),
    path("imports/files/<uuid:brought>/throw-away/", throw_away, name="feeds:throw_away"),
]
