"""What every operation passes through: who acts, may they, is it logged before it leaves, was it sent before.

The same promises as the doors of the pages, told in JSON. An operation that declares nothing cannot be reached.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial, wraps
from typing import Any, TypeVar, cast

from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.utils import check_csrf

from fourfold.access import queries as access_queries
from fourfold.access.routes import Declared
from fourfold.access.signed_in import actor_of
from fourfold.access.terms import Compartment, NotFound, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, AlreadyDone, Conflict, KeyReused, LogUnavailable
from fourfold.intake.terms import ToldBefore
from fourfold.words import sentence

Operation = TypeVar("Operation", bound=Callable[..., Any])

SAFE = ("GET", "HEAD", "OPTIONS")
LONGEST_KEY = 64


class Request(HttpRequest):
    """A request that has passed the door: who acts and when."""

    actor: Actor
    at: datetime


class Unreadable(ValueError):
    """A header or parameter that cannot be read; `status` is the answer, the message how to mend it."""

    def __init__(self, field: str, message: str, status: int = 400):
        self.field, self.status = field, status
        super().__init__(message)


def requires(
    permission: Permission, *, method: str, compartments: frozenset[Compartment] | set[Compartment], of: str = "api."
) -> Callable[[Operation], Operation]:
    """Declare what an operation of an API needs and may show, and guard it."""

    def declare(operation: Operation) -> Operation:
        parameters = inspect.signature(operation).parameters.values()
        known = {one.name for one in parameters if one.default is not inspect.Parameter.empty}

        @wraps(operation)
        def door(request: Request, *args: Any, **kwargs: Any) -> Any:
            _refuse_unknown(request, known)
            name = f"{of}{operation.__name__}"
            if not access_queries.may(request.actor, permission):
                audit.refused(request.actor, name, at=request.at, rule="role")
                raise Refused("role", "Your role does not include this.")
            with audit.reading(request.actor, name, at=request.at):
                return operation(request, *args, **kwargs)

        door.declared = Declared(permission, frozenset(compartments), (method,))  # type: ignore[attr-defined]
        return cast("Operation", door)

    return declare


def _refuse_unknown(request: HttpRequest, known: set[str]) -> None:
    for name in request.GET:
        if name not in known:
            raise Unreadable(name, "There is no such parameter. The schema at /api/schema.json lists them.")


def signed_in(request: HttpRequest) -> Actor | None:
    """Return who acts, for a session with a second factor and, where something is written, its CSRF token."""
    actor = actor_of(request)
    if actor is None or actor.strength == "password":
        return None
    if request.method not in SAFE and check_csrf(request) is not None:
        raise HttpError(403, "Send the CSRF token of this session in the header X-CSRFToken.")
    request.actor = actor  # type: ignore[attr-defined]
    return actor


@contextmanager
def once(request: Request) -> Iterator[None]:
    """Make the write inside happen once for the header Idempotency-Key; without the header, as often as it is sent."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        yield
        return
    if len(key) > LONGEST_KEY:
        raise Unreadable("Idempotency-Key", sentence("A key has {1} characters or fewer, such as a UUID.", LONGEST_KEY))
    content = f"{request.path}\n{request.headers.get('If-Match', '')}\n{request.body.decode('utf-8', 'replace')}"
    with audit.once(key, content, request.actor, at=request.at):
        yield


def version_of(request: HttpRequest) -> int:
    """Return the version in If-Match, as an ETag gave it; raises Unreadable (428 where there is none)."""
    said = request.headers.get("If-Match", "")
    if not said:
        raise Unreadable("If-Match", "Read the case first and send its ETag in If-Match.", status=428)
    number = said.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Unreadable("If-Match", 'Send the ETag as it was given, such as "3".')
    return int(number)


def answer_errors(api: NinjaAPI) -> None:
    """Let the API answer what the services raise: each in JSON, with the field and how to mend it."""
    answers: tuple[tuple[type[Exception], Callable[[Any], HttpResponse]], ...] = (
        (NotFound, lambda _: _said(404, "There is nothing here for you. Check the address or the reference.")),
        (Refused, lambda refusal: _said(403, refusal.meaning)),
        (KeyReused, lambda fault: _said(422, str(fault), "Idempotency-Key")),
        (LogUnavailable, lambda _: _said(503, "The audit cannot be written, so nothing may be shown.")),
        (Conflict, _conflict),
        (AlreadyDone, lambda done: _said(409, str(done))),
        (
            IntegrityError,
            lambda _: _said(409, "This was changed meanwhile, and nothing was saved. Read it and try again."),
        ),
        (DataError, lambda _: _said(422, "Something that was sent cannot be saved. Nothing was.")),
        (ValidationError, _invalid),
        (ValueError, _refused_value),
    )
    for kind, answer in answers:
        api.add_exception_handler(kind, partial(_answered, answer))
    api.add_exception_handler(ToldBefore, _told_before)


def _answered(answer: Callable[[Any], HttpResponse], _request: HttpRequest, fault: Any) -> HttpResponse:
    return answer(fault)


def _said(status: int, message: str, field: str = "") -> HttpResponse:
    return JsonResponse({"field": field, "message": message} if field else {"message": message}, status=status)


def _conflict(conflict: Conflict) -> HttpResponse:
    told = {"message": str(conflict), "yours": getattr(conflict, "yours", {}), "theirs": conflict.theirs}
    return JsonResponse(told | {"version": conflict.version}, status=412)


def _invalid(fault: ValidationError) -> HttpResponse:
    """Name each field that cannot be read, without repeating what was sent."""
    problems = [
        {"field": ".".join(map(str, one["loc"][2:] or one["loc"])), "message": one["msg"]} for one in fault.errors
    ]
    return JsonResponse({"message": "This cannot be read.", "problems": problems}, status=422)


def _told_before(request: Any, before: Any) -> HttpResponse:
    if not before.earlier.own:  # what was gathered inside went with what was refused
        parts = {str(Compartment.CORE), str(Compartment.SUBJECT_IDENTITY)}
        actor, file = request.actor, before.earlier.id
        audit.consulted(actor, "unit.holds", at=request.at, file=file, compartments=parts, count=1)
    earlier = {"earlier": str(before.earlier.id), "reference": before.earlier.told.reference}
    return JsonResponse({"field": before.field, "message": str(before), **earlier}, status=409)


def _refused_value(fault: ValueError) -> HttpResponse:
    field = getattr(fault, "field", None)
    if field is None:
        raise fault
    return _said(getattr(fault, "status", 422), str(fault), str(field))
