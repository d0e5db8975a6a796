"""What a provider tells by itself of the messages that it took: GOV.UK Notify's callback, behind a token of our own."""

import json
import secrets
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from fourfold.access import services as access
from fourfold.access.terms import NotFound
from fourfold.gateways.transport import Receipt
from fourfold.people import services as people
from fourfold.web.guard import open_to_all

LONGEST = 16_384


@csrf_exempt
@open_to_all(
    "GOV.UK Notify cannot sign in: it shows a token, and may only say what became of a message, by its identifier"
)
def told(request: HttpRequest) -> HttpResponse:
    """Keep what became of a message. Every answer is empty: 204 whether the message is known or not, 401 without the token."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if not _shows_token(request):
        return HttpResponse(status=401)
    at: datetime = request.at  # type: ignore[attr-defined]
    try:
        said = json.loads(request.body[:LONGEST])
        theirs = "".join(filter(str.isprintable, str(said.get("id") or "")))  # no table of PostgreSQL takes a NUL
        receipt = Receipt(str(said["status"]), theirs)
        message = UUID(str(said["reference"]))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError, TypeError, KeyError, AttributeError):
        return HttpResponse(status=400)
    except ValueError:  # a reference that is none of ours: somebody else sends by the same account
        return HttpResponse(status=204)
    # Where it is none of ours, or its word is of a later release, to be told again would change nothing.
    with suppress(NotFound, ValueError):
        people.told_of_delivery(actor=access.first_administrator(at=at), message=message, receipt=receipt, at=at)
    return HttpResponse(status=204)


def _shows_token(request: HttpRequest) -> bool:
    token = settings.FOURFOLD.notify_callback_token.get_secret_value()
    shown = request.headers.get("Authorization", "")
    return bool(token) and secrets.compare_digest(shown.encode(), f"Bearer {token}".encode())


urlpatterns = [path("messages/receipts/", told, name="receipts:told")]
