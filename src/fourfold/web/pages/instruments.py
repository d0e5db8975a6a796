"""A unit's instruments: which may be used, who owns the wording, adding one, approving it, taking it out of use."""

import base64
import binascii
import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import NotFound, Permission
from fourfold.assessment import fhir, services
from fourfold.assessment.pack_template import template as pack_template
from fourfold.assessment.queries import library, library_pages, lists, previews
from fourfold.assessment.rules.approval import CannotBring, Granted
from fourfold.assessment.terms import FilledInBy, InvalidPack
from fourfold.assessment.terms.drafts import ApprovalDraft, LicenceDraft, WithdrawalDraft
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import sentence, words

LARGEST = previews.LARGEST
CARRIED = 1_500_000
"""Bytes of a file, packed for a form, that a page carries from its preview to its confirmation."""
DONE = words(
    {
        "pack": "The wording is added.",
        "here": "Nothing was added. Somebody had added the same before you.",
        "imported": "The instrument is added. It is inactive until 2 people approve it.",
        "lists": "The list is saved. A form that names it can now be added.",
        "licence": "The licence is recorded.",
        "approved": "Your approval is recorded.",
        "withdrawn": "It is out of use.",
    }
)


@requires(Permission.INSTRUMENT_VIEW, methods=("GET",))
def first(request: Request) -> HttpResponse:
    """Lead to the library of the first of the reader's sites."""
    sites = library_pages.sites_of(request.actor)
    if not sites:
        raise NotFound
    return to("instruments:library", site=sites[0])


@requires(Permission.INSTRUMENT_VIEW, methods=("GET",))
def library_page(request: Request, site: str) -> HttpResponse:
    """Show every instrument of a site with its state and its licence."""
    return page(
        request, "instruments/library.html", value=library_pages.shelf(actor=request.actor, site=site, at=request.at)
    )


@requires(Permission.INSTRUMENT_VIEW, methods=("GET",))
def one(request: Request, site: str, key: str) -> HttpResponse:
    """Show one instrument: structure, licence, packs, approvals, history, and how the form looks."""
    value = library_pages.instrument_page(
        actor=request.actor, site=site, key=key, at=request.at, version=_version(request)
    )
    done = DONE.get(request.GET.get("done", ""), "")
    return page(request, "instruments/one.html", value=value, done=done)


@requires(Permission.INSTRUMENT_VIEW, methods=("GET",))
def save(request: Request, site: str, key: str, what: str) -> HttpResponse:
    """Give an instrument as a file: as FHIR, as a pack to be filled in, or the file as it came."""
    value = library_pages.instrument_page(
        actor=request.actor, site=site, key=key, at=request.at, version=_version(request)
    )
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "fhir": ("json", lambda: fhir.questionnaire_bytes(value.form)),
        "pack": ("toml", lambda: pack_template(library.structure_of(key, value.card.version)).encode()),
        "original": ("json", lambda: library.original_of(site, key, value.card.version)),
    }
    ending, make = makers[what]
    try:
        content = make()
    except ValueError as unknown:
        raise NotFound from unknown
    kind = "application/json" if ending == "json" else "application/toml"
    name = f'attachment; filename="{key}.{ending}"'
    return HttpResponse(content, headers={"Content-Type": f"{kind}; charset=utf-8", "Content-Disposition": name})


def _version(request: Request) -> int | None:
    asked = request.GET.get("version", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None


# ---- bringing in --------------------------------------------------------------------------------------------------


@requires(Permission.INSTRUMENT_IMPORT, takes=LARGEST)
def bring(request: Request, site: str) -> HttpResponse:
    """Take a file, show what bringing it in would do, and do it when that is confirmed.

    No `form_page`: only the file says which of two services takes it, and every line that is wrong with it is listed.
    """
    library_pages.site_of(request.actor, site)
    form = Form(request)
    if not form.sent:
        return _ask(request, site, form)
    name, raw = _carried(request, form) if form.value("kept") else _sent(request, form)
    if raw is None:
        return _ask(request, site, form, form.problems)
    if fhir.holds_lists(raw):
        return _lists(request, site, form, name, raw)
    whole = previews.looks_like_fhir(raw) and not form.text("words_of")
    return (_whole if whole else _pack)(request, site, form, name, raw)


def _ask(request: Request, site: str, form: Form, errors: object = ()) -> HttpResponse:
    """Ask for the file, and whose words a questionnaire holds."""
    structures = library.without_wording()
    done = DONE.get(request.GET.get("done", ""), "")
    status = 422 if errors else 200
    return page(
        request,
        "instruments/bring.html",
        site=site,
        form=form,
        errors=errors,
        structures=structures,
        done=done,
        status=status,
    )


def _sent(request: Request, form: Form) -> tuple[str, bytes | None]:
    """Return the file that was chosen; a note on the form where none was, or where it is too large."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        form.wrong("file", "Choose the file with the text pack or the questionnaire")
        return "", None
    if (file.size or 0) > LARGEST:
        form.wrong("file", sentence("The file has {1} bytes; at most {2} are read", f"{file.size:,}", f"{LARGEST:,}"))
        return "", None
    raw = file.read()
    if len(_packed(raw)) > CARRIED:
        form.wrong("file", "This file is too large for this page. Import it with `fourfold instruments import`")
        return "", None
    if kind := fhir.named_format(raw):
        form.wrong("file", sentence("This is {1}. Choose a text pack (TOML) or a questionnaire in FHIR JSON", kind))
        return "", None
    if not raw.strip():
        form.wrong("file", "The file is empty. Choose the one with the text pack or the questionnaire")
        return "", None
    return (file.name or "file")[:200], raw


def _packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


def _carried(request: Request, form: Form) -> tuple[str, bytes | None]:
    """Return the file that the preview carried along, never more than may be read."""
    try:
        unpacking = zlib.decompressobj()
        raw = unpacking.decompress(base64.b64decode(request.POST.get("kept", ""), validate=True), LARGEST)
        whole = unpacking.eof
    except (binascii.Error, zlib.error, ValueError):
        whole = False
    if not whole:
        form.wrong("file", "The file was not uploaded in full. Choose it again")
        return "", None
    return form.text("name")[:200] or "file", raw


def _lists(request: Request, site: str, form: Form, name: str, raw: bytes) -> HttpResponse:
    """Show the lists of answers that a file holds, or keep them for the forms that name them."""
    try:
        value = lists.preview_lists(site=site, raw=raw, at=request.at)
    except CannotBring as fault:
        return _ask(request, site, form, [("file", str(fault))])
    if form.flag("confirmed"):
        with form.catching(), request.once(lambda _: to("instruments:bring", site=site)):
            services.bring_lists(actor=request.actor, site=site, raw=raw, file=name, at=request.at)
        if form.ok:
            return to("instruments:bring", site=site, done="lists")
    return page(
        request, "instruments/preview_lists.html", site=site, form=form, value=value, name=name, kept=_packed(raw)
    )


def _pack(request: Request, site: str, form: Form, name: str, raw: bytes) -> HttpResponse:
    """Show what a text pack would do, or bring it in."""
    try:
        value = previews.preview_pack(site=site, raw=raw, file=name, at=request.at, key=form.text("words_of"))
    except InvalidPack as invalid:
        return _ask(request, site, form, [("file", str(finding)) for finding in invalid.findings])
    if form.flag("confirmed"):
        with form.catching(), request.once(lambda _: to("instruments:one", site=site, key=value.form.key, done="pack")):
            kept = services.bring_pack(
                actor=request.actor, site=site, raw=raw, file=name, at=request.at, key=form.text("words_of")
            )
        if form.ok:
            done = "pack" if kept.row else "here"
            return to("instruments:one", site=site, key=value.form.key, done=done)
    return page(
        request, "instruments/preview_pack.html", site=site, form=form, value=value, name=name, kept=_packed(raw)
    )


def _whole(request: Request, site: str, form: Form, name: str, raw: bytes) -> HttpResponse:
    """Show how importing a whole instrument would end, or import it."""
    value = None
    if form.flag("confirmed"):
        by = form.choice("by", FilledInBy, missing="Choose who fills it in, and about whom. The file does not say")
        if by is not None:
            with form.catching(), request.once():
                kept = services.import_definition(
                    actor=request.actor, site=site, raw=raw, file=name, at=request.at, by=by
                )
                value = kept.preview
            if value is not None and value.form is not None:
                done = "imported" if kept.row else "here"
                return to("instruments:one", site=site, key=value.form.key, done=done)
    value = value or previews.preview_import(site=site, raw=raw, file=name, at=request.at)
    return page(
        request,
        "instruments/preview_whole.html",
        site=site,
        form=form,
        value=value,
        name=name,
        kept=_packed(raw),
        errors=[(field if field == "by" else "", said) for field, said in form.problems.items()],
        ways=FilledInBy.options(),
        status=200 if value.form and form.ok else 422,
    )


# ---- licence, approval, withdrawal --------------------------------------------------------------------------------


@requires(Permission.INSTRUMENT_APPROVE, takes=LARGEST)
def licence(request: Request, site: str, key: str) -> HttpResponse:
    """Record a licence, with the sum of the document that shows it."""
    value = library_pages.instrument_page(actor=request.actor, site=site, key=key, at=request.at)
    return form_page(
        request,
        "instruments/licence.html",
        draft=lambda form: _licence(request, form),
        does=lambda read: services.record_licence(
            actor=request.actor, site=site, instrument=key, at=request.at, **read
        ),
        then=to("instruments:one", site=site, key=key),
        done="licence",
        shows={"value": value},
    )


def _licence(request: Request, form: Form) -> dict[str, Any] | None:
    draft = form.read(LicenceDraft)
    name, digest = _evidence(request, form)
    if draft is None:
        return None
    return {"granted": Granted(**vars(draft)), "evidence": name, "evidence_sha256": digest}


def _evidence(request: Request, form: Form) -> tuple[str, str]:
    """Return the name and the sum of the document; the document itself is not kept."""
    file = request.FILES.get("evidence")
    if not isinstance(file, UploadedFile):
        form.wrong("evidence", "Choose the licence document. Only its name and checksum are saved")
        return "", ""
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return (file.name or "document")[-200:], digest.hexdigest()


@requires(Permission.INSTRUMENT_APPROVE)
def approve(request: Request, site: str, key: str, brought: UUID) -> HttpResponse:
    """Approve a pack or an imported definition, as one of two people."""
    value = library_pages.piece_page(actor=request.actor, site=site, key=key, brought=brought, at=request.at)
    return form_page(
        request,
        "instruments/approve.html",
        draft=ApprovalDraft,
        does=lambda draft: services.approve_instrument(
            actor=request.actor, brought=brought, at=request.at, words=draft.words, confirms=draft.confirms
        ),
        then=to("instruments:one", site=site, key=key),
        done="approved",
        shows={"value": value, "site": site},
    )


@requires(Permission.INSTRUMENT_APPROVE)
def withdraw(request: Request, site: str, key: str, brought: UUID) -> HttpResponse:
    """Take a pack or an imported definition out of use, with the reason."""
    value = library_pages.piece_page(actor=request.actor, site=site, key=key, brought=brought, at=request.at)
    return form_page(
        request,
        "instruments/withdraw.html",
        draft=WithdrawalDraft,
        does=lambda draft: services.withdraw_instrument(
            actor=request.actor, brought=brought, at=request.at, **vars(draft)
        ),
        then=to("instruments:one", site=site, key=key),
        done="withdrawn",
        shows={"value": value, "site": site},
    )


@requires(Permission.INSTRUMENT_VIEW, methods=("GET",))
def lists_page(request: Request, site: str) -> HttpResponse:
    """Show the lists of answers that a site brought in, with the forms that hold their answers."""
    value = lists.lists_page(actor=request.actor, site=site, at=request.at)
    return page(request, "instruments/lists.html", value=value, done=DONE.get(request.GET.get("done", ""), ""))


@requires(Permission.INSTRUMENT_APPROVE)
def withdraw_list(request: Request, site: str, brought: UUID) -> HttpResponse:
    """Take a list of answers out of use, with the reason; the forms that hold it are named first."""
    return form_page(
        request,
        "instruments/withdraw_list.html",
        draft=WithdrawalDraft,
        does=lambda draft: services.withdraw_list(
            actor=request.actor, site=site, brought=brought, at=request.at, **vars(draft)
        ),
        then=to("instruments:lists", site=site),
        done="withdrawn",
        shows=lambda _: {
            "value": lists.list_line(actor=request.actor, site=site, brought=brought, at=request.at),
            "site": site,
        },
    )


ONE = "instruments/<slug:site>/form/<slug:key>/"
urlpatterns = [
    path("instruments/", first, name="instruments:first"),
    path("instruments/<slug:site>/", library_page, name="instruments:library"),
    path("instruments/<slug:site>/bring/", bring, name="instruments:bring"),
    path("instruments/<slug:site>/lists/", lists_page, name="instruments:lists"),
    path("instruments/<slug:site>/lists/<uuid:brought>/withdraw/", withdraw_list, name="instruments:withdraw_list"),
    path(ONE, one, name="instruments:one"),
    path(f"{ONE}licence/", licence, name="instruments:licence"),
    path(f"{ONE}save/fhir/", save, {"what": "fhir"}, name="instruments:fhir"),
    path(f"{ONE}save/pack/", save, {"what": "pack"}, name="instruments:pack"),
    path(f"{ONE}save/original/", save, {"what": "original"}, name="instruments:original"),
    path(f"{ONE}<uuid:brought>/approve/", approve, name="instruments:approve"),
    path(f"{ONE}<uuid:brought>/withdraw/", withdraw, name="instruments:withdraw"),
]
