"""A double of GOV.UK Notify on the loopback: it speaks its API, keeps what it took, and refuses as the real one does.

Errors and their words are those of https://docs.notifications.service.gov.uk/rest-api.html. Like the real one it takes a
message again that is handed over again, under whatever reference.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"casework-{SERVICE}-{SECRET}"
TEXTS, MAILS = "f33517ff-2a88-4f6e-b855-c550268ce08a", "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"
TEAM = ("07700 900555",)
#: What is answered to a message that is handed over: its status, error and words.
REFUSALS = {
    "trial": (400, "BadRequestError", "Can’t send to this recipient when service is in trial mode - see https://…"),
    "team": (400, "BadRequestError", "Can’t send to this recipient using a team-only API key"),
    "invalid": (400, "ValidationError", "phone_number Number is not valid – double check the phone number you entered"),
    "unknown key": (403, "AuthError", "Invalid token: API key not found"),
    "clock": (403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds"),
    "rate": (429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3,000 requests per 60 seconds"),
    "day": (429, "TooManyRequestsError", "Exceeded send limits (sms: 40000) for today"),
    "fault": (500, "Exception", "Internal server error"),
    "gateway": (502, "", "<html>Bad gateway</html>"),
}


class Double(ThreadingHTTPServer):
    """The double; `mood` is how it takes messages, one of REFUSALS, "well", or what it does after it took one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reset()

    def reset(self) -> None:
        self.mood, self.taken, self.let = "well", list[dict[str, Any]](), Event()
        self.templates = {
            TEXTS: {"id": TEXTS, "type": "sms", "body": "((message))", "subject": None},
            MAILS: {"id": MAILS, "type": "email", "body": "((message))\r\n", "subject": "((title))"},
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Double

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if not self._known():
            return
        parts = urlsplit(self.path)
        if parts.path == "/v2/notifications":
            (reference,) = parse_qs(parts.query)["reference"]
            found = [one for one in reversed(self.server.taken) if one["reference"] == reference]
            self._say(200, {"notifications": found, "links": {"current": self.path}})
        elif found := self.server.templates.get(parts.path.removeprefix("/v2/template/")):
            self._say(200, found)
        else:
            self._refuse(404, "NoResultFound", "No result found")

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._known():
            self._take(told)

    def _take(self, told: dict[str, Any]) -> None:
        mood, kind = self.server.mood, self.path.rpartition("/")[2]
        if mood in REFUSALS:
            self._refuse(*REFUSALS[mood])
        elif told.get("template_id") not in self.server.templates:
            self._refuse(400, "BadRequestError", "Template not found")
        elif "message" not in told.get("personalisation", {}):
            self._refuse(400, "BadRequestError", "Missing personalisation: message")
        else:
            made = {"id": str(uuid4()), "status": "created", "type": kind, **told}
            self.server.taken.append(made)
            self._answer(mood, made)

    def _answer(self, mood: str, made: dict[str, Any]) -> None:
        if mood == "taken, then gone":
            self.connection.close()
        elif mood == "taken, then a fault":
            self._refuse(*REFUSALS["fault"])
        else:
            if mood == "held":
                self.server.let.wait(30)
            if mood == "taken, then silence":
                time.sleep(0.6)
            content = {"body": made["personalisation"]["message"], "from_number": "REMINDERS"}
            self._say(201, {"id": made["id"], "reference": made.get("reference"), "content": content})

    def _known(self) -> bool:
        """Check the token as the real one does: signed with the key's secret, of the service, and of these 30 seconds."""
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            said = jwt.decode(bearer, SECRET, algorithms=["HS256"], options={"verify_iat": False})
        except jwt.InvalidTokenError:
            self._refuse(403, "AuthError", "Invalid token: signature, api token not found")
            return False
        if said["iss"] != SERVICE or abs(said["iat"] - time.time()) > 30:
            self._refuse(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")
            return False
        return True

    def _refuse(self, status: int, error: str, message: str) -> None:
        self._say(status, {"status_code": status, "errors": [{"error": error, "message": message}]} if error else None)

    def _say(self, status: int, told: object) -> None:
        content = json.dumps(told).encode() if told is not None else b"<html>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running() -> Iterator[Double]:
    double = Double()
    Thread(target=double.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield double
    finally:
        double.shutdown()
        double.server_close()
