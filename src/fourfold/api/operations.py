"""The operations: each reads its input, calls one query or one service, and says what came of it."""

# No postponed annotations here: the schema is built from the signatures as they stand.

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Status

from fourfold import journey
from fourfold.access.terms import Compartment as C
from fourfold.access.terms import Permission
from fourfold.api import schemas as s
from fourfold.api.guard import Request, answer_errors, once, requires, signed_in, version_of
from fourfold.audit.terms import AlreadyDone, Conflict
from fourfold.cases import queries as cases
from fourfold.cases import services as case_services
from fourfold.cases.queries.values import CaseHeader, CaseRow
from fourfold.cases.terms import Level, SetBy, State
from fourfold.intake import queries as intake
from fourfold.intake.rules.columns import OF_EVENT, REACH
from fourfold.intake.terms import AsTold, Channel, PersonAsTold, Told


def schema_address(*, production: bool) -> str | None:
    """Return where the description stands: in production nowhere, for it is a map for whoever looks for a way in."""
    return None if production else "/schema.json"


api = NinjaAPI(
    title="Fourfold",
    version="1",
    description="The same services as the pages, with the same person acting. Sign in on the pages; send the session "
    "cookie, and for a write the CSRF token in X-CSRFToken. A field that is closed to you is left out.",
    openapi_url=schema_address(production=settings.FOURFOLD.production),
    docs_url=None,
    urls_namespace="api",
    auth=signed_in,
)
answer_errors(api)

ERRORS: dict[int, Any] = {400: s.Problem, 401: None, 403: s.Problem, 404: s.Problem, 422: s.Invalid, 503: s.Problem}


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", "maxLength": 64},
    }


ONCE = _header("Idempotency-Key", "Sent twice with the same content, it is done once.", required=False)
IF_MATCH = _header("If-Match", "The ETag with which the case was read.", required=True)


@api.post(
    "/allegations",
    response={201: s.Received, 409: s.ToldBefore, **ERRORS},
    exclude_unset=True,
    openapi_extra={"parameters": [ONCE]},
    url_name="refer",
)
@requires(Permission.ALLEGATION_REFER, method="POST", compartments=frozenset({C.CORE}))
def refer_allegation(request: Request, referral: s.ReferralIn) -> Status[dict[str, Any]]:
    """Refer an allegation to a unit; it is kept word for word, and the answer says how soon somebody must act.

    What you told before is answered with your earlier referral (409), unless `another` says that it is another event.
    """
    return Status(201, kept_once(request, referral))


def kept_once(request: Request, referral: s.ReferralIn) -> dict[str, Any]:
    """Keep a referral, or find the one that was sent with the same key before."""
    try:
        with once(request):
            return kept(request, referral)
    except AlreadyDone as done:
        if done.about is None:
            raise
        before = intake.as_told(done.about.id, actor=request.actor, at=request.at)
        return _received(before.id, before)


def kept(request: Request, referral: s.ReferralIn) -> dict[str, Any]:
    """Keep a referral, and say how soon somebody must act."""
    told, another = _told(referral), referral.another
    made = journey.allegation_told(actor=request.actor, told=told, at=request.at, another=another)
    return _received(made.pk, made)


def _received(identifier: UUID, made: Any) -> dict[str, Any]:
    names = ("reference", "urgency", "urgency_reasons")
    return {"id": identifier, **{name: getattr(made, name) for name in names}}


def _told(referral: s.ReferralIn) -> Told:
    said: dict[str, Any] = referral.dict(exclude={"another"})
    said["behaviours"] = tuple(said["behaviours"])
    said |= {part: PersonAsTold(**said[part]) for part in ("victim", "subject")}
    return Told(channel=Channel.REFERRAL, **said)


@api.get("/allegations/{identifier}", response={200: s.AllegationOut, **ERRORS}, exclude_unset=True, url_name="told")
@requires(
    Permission.ALLEGATION_VIEW, method="GET", compartments=frozenset({C.CORE, C.VICTIM_CONTACT, C.SUBJECT_IDENTITY})
)
def allegation(request: Request, identifier: UUID) -> dict[str, Any]:
    """Return an allegation in the words in which it was told."""
    return _allegation(intake.as_told(identifier, actor=request.actor, at=request.at))


def _allegation(told: AsTold) -> dict[str, Any]:
    shown = {name: getattr(told, name) for name in s.AllegationOut.model_fields}
    closed = [name for name in ("subject", *(column.name for column in OF_EVENT)) if shown[name] is None]
    shown["victim"] = _person(told.victim, reach=told.victim_reach_shown)
    if told.subject is not None:
        shown["subject"] = _person(told.subject, reach=True)
    return {name: value for name, value in shown.items() if name not in closed}


def _person(person: PersonAsTold, *, reach: bool) -> dict[str, Any]:
    return {name: value for name, value in asdict(person).items() if reach or name not in REACH}


@api.get("/cases", response={200: s.Cases, **ERRORS}, exclude_unset=True, url_name="cases")
@requires(Permission.CASE_VIEW, method="GET", compartments=frozenset({C.CORE, C.RISK, C.SUBJECT_IDENTITY}))
def list_cases(
    request: Request, after: str = "", state: State | None = None, level: Level | None = None, mine: bool = False
) -> dict[str, Any]:
    """Return the cases that are open to you, the last opened first, fifty from the one after the reference `after`."""
    found = cases.cases(actor=request.actor, at=request.at, after=after, state=state, level=level, mine=mine)
    return {"cases": [_row(row) for row in found.rows], "after": found.after}


def _row(row: CaseRow) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in s.CaseInList.model_fields}
    closed = set() if row.level_shown else {"level", "review_due_at"}
    closed |= {"subject"} if row.subject is None else set()
    return {name: value for name, value in shown.items() if name not in closed}


@api.get("/cases/{reference}", response={200: s.CaseOut, **ERRORS}, exclude_unset=True, url_name="case")
@requires(Permission.CASE_VIEW, method="GET", compartments=frozenset({C.CORE, C.RISK, C.SUBJECT_IDENTITY}))
def case(request: Request, response: HttpResponse, reference: str) -> dict[str, Any]:
    """Return a case: its people, its level, its next review and who works on it. Its version is the ETag."""
    found = cases.header(actor=request.actor, reference=reference, at=request.at)
    response["ETag"] = f'"{found.version}"'
    return _case(found)


def _case(found: CaseHeader) -> dict[str, Any]:
    names = ("id", "reference", "site", "version", "victim", "relationship", "opened_at")
    shown = {name: getattr(found, name) for name in names}
    shown |= {"state": found.state.state, "state_since": found.state.entered_at}
    shown["team"] = [{"name": colleague.name, "kind": colleague.kind} for colleague in found.team]
    if found.subject is not None:
        shown["subject"] = found.subject
    if found.opened.may_read(C.RISK):
        level, review = found.level, found.review
        shown |= {"level": level and level.level, "review_due_at": review and review.due_at}
        shown |= {"level_reason": level.reason, "level_set_at": level.set_at} if level else {}
    return shown


@api.post(
    "/cases/{reference}/level",
    response={200: s.LevelOut, 412: s.Changed, 428: s.Problem, **ERRORS},
    exclude_unset=True,
    openapi_extra={"parameters": [IF_MATCH, ONCE]},
    url_name="level",
)
@requires(Permission.LEVEL_SET, method="POST", compartments=frozenset({C.RISK}))
def set_level(request: Request, response: HttpResponse, reference: str, wanted: s.LevelIn) -> dict[str, Any]:
    """Set the level of a case as a professional. Where somebody else changed the case since, both values come back.

    Below the level in force a second signature is needed, which is asked for and given on the pages.
    """
    version = version_of(request)
    found = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    try:
        with once(request):
            case_services.set_level(
                actor=request.actor,
                case=found,
                level=wanted.level,
                set_in=SetBy.PROFESSIONAL,
                reason=wanted.reason,
                version=version,
                at=request.at,
            )
    except AlreadyDone:
        pass
    except Conflict as conflict:
        conflict.yours = {"level": wanted.level}  # type: ignore[attr-defined]
        raise
    return _level(request, response, reference)


def _level(request: Request, response: HttpResponse, reference: str) -> dict[str, Any]:
    now = cases.header(actor=request.actor, reference=reference, at=request.at)
    response["ETag"] = f'"{now.version}"'
    level, review = now.level, now.review
    assert level is not None  # noqa: S101 -- one was set a moment ago
    due = review.due_at.date() if review else None
    return {"level": level.level, "set_at": level.set_at, "version": now.version, "review_due_on": due}


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer that there is nothing at the root of the API; it stands only so that addresses can be built on it."""
    return api.create_response(request, {"message": "There is nothing here for you."}, status=404)
