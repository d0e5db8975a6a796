"""What an agency's system may ask: each operation calls one query or one service, as the pages do."""

# No postponed annotations here: the schema is built from the signatures as they stand.

import re
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Status
from ninja.errors import Throttled

from fourfold import journey
from fourfold.access import systems
from fourfold.access.routes import Declared
from fourfold.access.terms import Compartment as C
from fourfold.access.terms import NotFound, Permission
from fourfold.access.terms.systems import Capability, Change
from fourfold.api import agency_schemas as s
from fourfold.api import schemas
from fourfold.api.guard import Unreadable, answer_errors
from fourfold.api.operations import ERRORS, ONCE, kept, kept_once
from fourfold.api.systems import PerMinute, SystemRequest, comes_in, given_for, token_of, too_many, too_much_told
from fourfold.assessment import fhir
from fourfold.assessment.queries import library_pages
from fourfold.assessment.queries.to_hand_out import signed_forms
from fourfold.audit import services as audit
from fourfold.audit.terms import AlreadyDone, KeyReused
from fourfold.cases.queries import case_of, referrals
from fourfold.feeds import queries as feeds
from fourfold.feeds import services as feed_services
from fourfold.feeds.terms import Brought, InvalidFeed, WorkKind
from fourfold.governance.terms import RecipientDraft
from fourfold.intake.terms import InvalidMapping, InvalidTold, TooManyTold
from fourfold.orders.queries.binding import in_force_now
from fourfold.programme.queries import name_of
from fourfold.words import sentence

api = NinjaAPI(
    title="Fourfold for agencies’ systems",
    version="1",
    description="For a system that an agency asked for and its lead confirmed. Fetch a token at /api/v1/token with the "
    "system's identifier and secret (OAuth 2.0 client credentials), and send it as `Authorization: Bearer …`. What a system "
    "reads and does is what the agency's agreement with the unit opens on the day, as far as the system was given for it. "
    "429 says in Retry-After when to come back. An answer names the field that does not fit, and how to mend it.",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="agencies",
    auth=comes_in,
    throttle=[PerMinute()],
)
answer_errors(api)
api.add_exception_handler(Throttled, too_many)
api.add_exception_handler(TooManyTold, too_much_told)

REFUSED: dict[int, Any] = {**ERRORS, 429: schemas.Problem}
FHIR = "application/fhir+json"
SENT_BEFORE = (
    "“{1}” was sent before, with other content or with an Idempotency-Key, so this was not kept. Send it under another "
    "reference. If it is another event told in the same words, set “another” too."
)
#: `bytes 0-1048575/5000000`, as RFC 9110 writes it.
RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)
TOKEN_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                    },
                }
            }
        },
    }
}


def _with_range() -> dict[str, Any]:
    header: dict[str, Any] = {"name": "Content-Range", "in": "header", "required": True}
    header["schema"] = {"type": "string", "pattern": "^bytes [0-9]+-[0-9]+/[0-9]+$"}
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"parameters": [header], "requestBody": {"required": True, "content": content}}


@api.post(
    "/token", response={200: s.Token, 400: s.TokenRefused, 401: s.TokenRefused, 429: schemas.Problem}, auth=None,
    throttle=[], openapi_extra=TOKEN_FORM, url_name="token",
)  # fmt: skip
def fetch_token(request: HttpRequest) -> HttpResponse:
    """Return a token for the identifier and the secret of a system, sent in the form or as HTTP Basic."""
    return token_of(request)


WITHOUT = Declared(None, open_because="a system has no session: it shows its secret, and nothing is shown without")
fetch_token.declared = WITHOUT  # type: ignore[attr-defined]


# ---- reports in, and what became of them


@api.post(
    "/allegations", response={201: schemas.Received, 200: s.Answered, 409: schemas.ToldBefore, **REFUSED},
    openapi_extra={"parameters": [ONCE]}, url_name="report",
)  # fmt: skip
@given_for(Capability.ALLEGATIONS, Permission.ALLEGATION_REFER, method="POST", compartments=frozenset({C.CORE}))
def report(request: SystemRequest, sent: s.ReportIn) -> Status[Any]:
    """Send a report in; it is kept word for word, and the answer says how soon somebody must act.

    Sent again as it was, it is answered with what became of it (200), and nothing is kept again. Another report under a
    reference that this system has sent before is not kept (422).
    """
    _refuse_other_site(request, sent.site, "site")
    if request.headers.get("Idempotency-Key"):
        return Status(201, kept_once(request, schemas.ReferralIn(**sent.dict())))
    return _kept_once_a_reference(request, sent)


def _kept_once_a_reference(request: SystemRequest, sent: s.ReportIn) -> Status[Any]:
    key = systems.mark("reference", request.system.id, sent.reference)
    for _ in range(2):  # of two that come at once, the later finds the receipt of the other the second time
        try:
            with audit.once(key, sent.model_dump_json(), request.actor, at=request.at):
                return Status(201, kept(request, schemas.ReferralIn(**sent.dict())))
        except AlreadyDone:
            return Status(200, _of_reference(request, sent.reference)[0])
        except KeyReused:
            break
        except (IntegrityError, InvalidTold):
            if not _of_reference(request, sent.reference):
                raise
    raise InvalidTold("reference", sentence(SENT_BEFORE, sent.reference))


@api.get("/allegations", response={200: s.AnsweredPage, **REFUSED}, url_name="reports")
@given_for(Capability.ALLEGATIONS, Permission.ALLEGATION_REFER, method="GET", compartments=frozenset({C.CORE}))
def reports(request: SystemRequest, after: str = "", reference: str = "") -> dict[str, Any]:
    """Return what became of what this system sent in, the newest first; with `reference`, of that alone."""
    found = referrals.my_referrals(actor=request.actor, at=request.at, after=after, reference=reference)
    return {"reports": list(found), "after": found.next}


def _of_reference(request: SystemRequest, reference: str) -> tuple[referrals.Referral, ...]:
    return referrals.my_referrals(actor=request.actor, at=request.at, reference=reference).rows


def _refuse_other_site(request: SystemRequest, site: str, field: str) -> None:
    if site != request.system.site:
        raise InvalidTold(
            field, sentence("This system belongs to the unit {1}. Send its reports there.", request.system.site)
        )


# ---- orders


@api.get("/orders", response={200: s.OrdersPage, **REFUSED}, url_name="orders")
@given_for(Capability.ORDERS, Permission.CASE_VIEW, method="GET", compartments=frozenset({C.CORE, C.SUBJECT_IDENTITY}))
def orders(request: SystemRequest, after: str = "") -> dict[str, Any]:
    """Return the orders that bind today, each with its conditions, without what is on record of who or where a victim is."""
    found = in_force_now(actor=request.actor, at=request.at, after=after)
    rows = [
        asdict(row)
        | {"conditions": [dict(zip(("number", "kind", "text"), one, strict=True)) for one in row.conditions]}
        for row in found
    ]
    return {"orders": rows, "after": found.next}


# ---- instruments and signed assessments, as FHIR R4


@api.get("/instruments", response={200: list[s.InstrumentOut], **REFUSED}, url_name="instruments")
@given_for(Capability.FORMS, Permission.INSTRUMENT_VIEW, method="GET", compartments=frozenset())
def instruments(request: SystemRequest) -> list[Any]:
    """Return the instruments that the unit uses."""
    shelf = library_pages.shelf(actor=request.actor, site=request.system.site, at=request.at)
    return [card for card in shelf.cards if card.is_active]


@api.get("/instruments/{key}", response={200: dict[str, Any], **REFUSED}, url_name="instrument")
@given_for(Capability.FORMS, Permission.INSTRUMENT_VIEW, method="GET", compartments=frozenset())
def instrument(request: SystemRequest, key: str) -> HttpResponse:
    """Return an instrument that the unit uses as a FHIR R4 Questionnaire."""
    site = request.system.site
    value = library_pages.instrument_page(actor=request.actor, site=site, key=key, at=request.at)
    if not value.card.is_active:
        raise NotFound
    return HttpResponse(fhir.questionnaire_bytes(value.form), content_type=FHIR)


@api.get("/cases/{reference}/assessments", response={200: list[s.FormOut], **REFUSED}, url_name="forms")
@given_for(Capability.FORMS, Permission.ASSESSMENT_HAND_OUT, method="GET", compartments=frozenset({C.CORE, C.RISK}))
def forms(request: SystemRequest, reference: str) -> list[Any]:
    """Return which signed assessments of a case there are, and nothing of what they say."""
    return list(signed_forms(actor=request.actor, reference=reference, at=request.at))


@api.post("/cases/{reference}/assessments/{identifier}", response={200: dict[str, Any], **REFUSED}, url_name="hand_out")
@given_for(Capability.FORMS, Permission.ASSESSMENT_HAND_OUT, method="POST", compartments=frozenset({C.CORE, C.RISK}))
def hand_out(request: SystemRequest, reference: str, identifier: UUID, said: s.HandOutIn) -> HttpResponse:
    """Hand a signed assessment out to the agency as a FHIR R4 Bundle; the unit's ledger keeps to whom, why and on which ground."""
    case = case_of(actor=request.actor, reference=reference, at=request.at)
    system = request.system
    to = RecipientDraft(to_whom=f"{name_of(system.partner)}, {system.name}"[:200], **said.dict())
    content = journey.assessment_handed_out(actor=request.actor, case=case, signed=identifier, to=to, at=request.at)
    return HttpResponse(content, content_type=FHIR)


# ---- files of recorded crimes


@api.get("/feeds", response={200: s.FeedsPage, **REFUSED}, url_name="list_feeds")
@given_for(Capability.FEEDS, Permission.ALLEGATION_IMPORT, method="GET", compartments=frozenset())
def list_feeds(request: SystemRequest) -> dict[str, Any]:
    """Return the last files that this system brought, and the ways in which a file can be read that are known here."""
    rows = feeds.brought_files(actor=request.actor, at=request.at)
    known = feeds.known_mappings(actor=request.actor, at=request.at)
    return {"files": [_feed(row) for row in rows if row.mine], "readings": list(known)}


@api.post("/feeds", response={201: s.FeedOut, **REFUSED}, url_name="begin_feed")
@given_for(Capability.FEEDS, Permission.ALLEGATION_IMPORT, method="POST", compartments=frozenset())
def begin_feed(request: SystemRequest, said: s.FeedIn) -> Status[dict[str, Any]]:
    """Begin to bring a file. Send its bytes to /feeds/{identifier}/content, in parts of up to one megabyte."""
    known = {one.key: one.text for one in feeds.known_mappings(actor=request.actor, at=request.at)}
    if said.reading and said.reading not in known:
        raise InvalidFeed("reading", "Choose one of the keys that GET /feeds shows, or leave it out.")
    begun = feed_services.begin_upload(
        actor=request.actor,
        site=request.system.site,
        name=said.file_name,
        size=said.size,
        sha256=said.sha256,
        mapping=known.get(said.reading, ""),
        at=request.at,
    )
    return Status(201, _state(request, begun))


@api.put(
    "/feeds/{identifier}/content", response={200: s.FeedOut, **REFUSED}, openapi_extra=_with_range(), url_name="part"
)
@given_for(Capability.FEEDS, Permission.ALLEGATION_IMPORT, method="PUT", compartments=frozenset())
def part(request: SystemRequest, identifier: UUID) -> dict[str, Any]:
    """Send the next part of a file, its place in Content-Range. Cut off: ask `received` of the file, and go on from there.

    Whole and not `brought`: send its last byte again, and the answer says why not.

    Once it is whole and its digest is right it waits for what is done with every file: a draft of how it is read, decisions
    where that is in doubt, a check, and the import.
    """
    said = RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if said is None:
        raise Unreadable(
            "Content-Range", "Send it as bytes 0-1048575/5000000: first and last byte of the part, size of the file."
        )
    first, last, _ = map(int, said.groups())
    if len(request.body) != last - first + 1:
        raise Unreadable("Content-Range", "The part has another length than Content-Range says. Send it again.")
    feed_services.add_part(actor=request.actor, upload=identifier, offset=first, part=request.body, at=request.at)
    return _state(request, identifier)


@api.get("/feeds/{identifier}", response={200: s.FeedOut, **REFUSED}, url_name="feed")
@given_for(Capability.FEEDS, Permission.ALLEGATION_IMPORT, method="GET", compartments=frozenset())
def feed(request: SystemRequest, identifier: UUID) -> dict[str, Any]:
    """Return how far a file is."""
    return _state(request, identifier)


@api.post("/feeds/{identifier}/reading", response={200: s.FeedOut, **REFUSED}, url_name="decide_reading")
@given_for(Capability.FEEDS, Permission.ALLEGATION_IMPORT, method="POST", compartments=frozenset())
def decide_reading(request: SystemRequest, identifier: UUID, said: s.ReadingIn) -> dict[str, Any]:
    """Say how a file is to be read, with nothing left in doubt."""
    try:
        feed_services.decide_reading(
            actor=request.actor, brought=identifier, mapping=said.mapping, seen=said.seen, at=request.at
        )
    except InvalidMapping as why:
        raise InvalidFeed("mapping", str(why)) from why
    return _state(request, identifier)


@api.post("/feeds/{identifier}/work", response={200: s.FeedOut, **REFUSED}, url_name="ask_for_work")
@given_for(Capability.FEEDS, Permission.ALLEGATION_IMPORT, method="POST", compartments=frozenset())
def ask_for_work(request: SystemRequest, identifier: UUID, said: s.WorkIn) -> dict[str, Any]:
    """Ask for a check, or after it for the import. Both are done beside: ask for the state until `finished_at` is there."""
    feed_services.ask_for_work(actor=request.actor, brought=identifier, kind=WorkKind(said.kind), at=request.at)
    return _state(request, identifier)


def _state(request: SystemRequest, identifier: UUID) -> dict[str, Any]:
    try:
        half = feeds.half(identifier, actor=request.actor, at=request.at)
    except NotFound:
        return _feed(feeds.brought_file(identifier, actor=request.actor, at=request.at))
    there = feeds.how_much_is_there(half)
    of_half = {"id": half.key, "file_name": half.name, "size": half.size, "received": there, "mapping": half.mapping}
    return {**of_half, "mapping_sha256": "", "doubts": [], "work": [], "brought": False, "imported": False}


def _feed(file: Brought) -> dict[str, Any]:
    shown = {name: getattr(file, name) for name in ("id", "file_name", "size", "mapping", "mapping_sha256", "doubts")}
    work = [{name: getattr(each, name) for name in s.WorkOut.model_fields} for each in file.work]
    return {**shown, "received": file.size, "work": work, "brought": True, "imported": file.imported is not None}


def described() -> dict[str, Any]:
    """Return the description of these operations, and of what systems are told, in OpenAPI 3.1."""
    return {**api.get_openapi_schema(), "webhooks": {each.value: {"post": _told(each)} for each in Change}}


def _told(change: Change) -> dict[str, Any]:
    text = {"type": "string"}
    about = {"type": "object", "required": ["id"], "properties": {"id": text | {"format": "uuid"}}}
    said = {"type": {"const": change.value}, "timestamp": text | {"format": "date-time"}, "data": about}
    headers = [
        {"name": f"webhook-{each}", "in": "header", "required": True, "schema": text}
        for each in ("id", "timestamp", "signature")
    ]
    return {
        "summary": change.label,
        "description": "Sent to the address of a system, at least once and in no order, signed as Standard Webhooks has it. "
        "What it says now is asked for with a token.",
        "parameters": headers,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object", "required": [*said], "properties": said}}},
        },
        "responses": {
            "2XX": {"description": "Taken"},
            "410": {"description": "Nothing more is sent to this address"},
            "default": {"description": "Tried again later"},
        },
    }
