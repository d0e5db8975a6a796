"""GOV.UK Notify, by its own client: text messages and emails, and what it says became of them.

Notify keeps our identifier of a message as its `reference` and sends again whatever is handed over again, so nothing
is handed over twice here: an answer that leaves open whether it took the message says just that, and the message is looked
for by its reference later. Its answers are those of https://docs.notifications.service.gov.uk/rest-api.html.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fourfold.gateways.transport import CannotDeliver, Declined, Envelope, NotKnown, Receipt
from fourfold.words import Word

if TYPE_CHECKING:
    from notifications_python_client import NotificationsAPIClient
    from notifications_python_client.errors import HTTPError

HOST = "https://api.notifications.service.gov.uk"
#: Seconds until a connection stands, and until each part of an answer is there.
PATIENCE = (4, 10)
#: A template holds what we write and nothing else: any word beside it would be in every message.
BODY, SUBJECT = "((message))", "((title))"

NO_ANSWER = Word("GOV.UK Notify cannot be reached. This is tried again every few minutes.")
NO_KEY = Word("GOV.UK Notify does not accept our key. Ask the administrator to look. Nothing was sent.")
CLOCK = Word(
    "GOV.UK Notify says that the clock of our server is wrong. Ask the administrator to look. Nothing was sent."
)
TOO_MANY = Word("GOV.UK Notify takes no more messages from us at the moment. This is tried again every few minutes.")
OTHER_WORDS = Word(
    "The template at GOV.UK Notify is missing or says more than the message. Ask the administrator to look. Nothing was sent."
)
NOT_PROCESSED = Word("GOV.UK Notify had a fault and did not take this. It is tried again every few minutes.")
TRIAL = Word("Our account at GOV.UK Notify is still on trial and sends to its own team only. Nothing was sent.")
TEAM_ONLY = Word(
    "Our key for GOV.UK Notify sends to its own team only. Ask the administrator to look. Nothing was sent."
)
NO_RECIPIENT = Word("GOV.UK Notify says that this is no number or mailbox that it can send to. Nothing was sent.")
REFUSED = Word("GOV.UK Notify refused this message. Nothing was sent.")
NOBODY_KNOWS = Word("GOV.UK Notify did not say whether it took this.")


@dataclass(frozen=True)
class Notify:
    """Hands messages over to GOV.UK Notify: those with a title as emails, the others as texts."""

    key: str
    text_template: str = ""
    email_template: str = ""
    host: str = HOST
    patience: tuple[float, float] = PATIENCE
    _looked_at: set[str] = field(default_factory=set, compare=False)

    @cached_property
    def _client(self) -> NotificationsAPIClient:
        from notifications_python_client import NotificationsAPIClient

        return NotificationsAPIClient(self.key, base_url=self.host, timeout=self.patience)

    def carry(self, envelope: Envelope) -> Receipt:
        """Hand a message over to Notify, once."""
        from notifications_python_client.errors import HTTPError, InvalidResponse

        send = self._sending(envelope)
        try:
            return Receipt("created", str(send()["id"]))
        except HTTPError as fault:
            if fault.response is not None and fault.status_code == 500:
                return self._after_a_fault(envelope.id)
            raise _why(fault) from fault
        except (InvalidResponse, KeyError, TypeError) as fault:
            raise NotKnown(NOBODY_KNOWS) from fault

    def asked(self, message: UUID) -> Receipt | None:
        """Ask what became of a message by its reference: whatever Notify says of the last that bears it."""
        from notifications_python_client.errors import APIError

        try:
            found = self._client.get_all_notifications(reference=str(message))["notifications"]
            return Receipt(str(found[0]["status"]), str(found[0]["id"])) if found else None
        except (APIError, KeyError, TypeError) as fault:
            raise CannotDeliver(NO_ANSWER) from fault

    def look(self) -> None:
        """Ask for every template in use: raise CannotDeliver where one says more than what we write, or the key is no good."""
        for template in filter(None, (self.text_template, self.email_template)):
            self._refuse_other_words(template)

    def _sending(self, envelope: Envelope) -> Callable[[], Any]:
        if envelope.channel == "email":
            self._refuse_other_words(self.email_template)
            said = {"message": envelope.text, "title": envelope.title}
            return lambda: self._client.send_email_notification(
                envelope.to, self.email_template, personalisation=said, reference=str(envelope.id)
            )
        self._refuse_other_words(self.text_template)
        return lambda: self._client.send_sms_notification(
            envelope.to, self.text_template, personalisation={"message": envelope.text}, reference=str(envelope.id)
        )

    def _refuse_other_words(self, template: str) -> None:
        """Look once at what stands around our words, before the first message goes."""
        from notifications_python_client.errors import HTTPError, InvalidResponse

        if template in self._looked_at:
            return
        try:
            found = self._client.get_template(template)
        except HTTPError as fault:
            answered = fault.response is not None
            raise CannotDeliver(
                OTHER_WORDS if answered and fault.status_code in (400, 404) else _waits(fault)
            ) from fault
        except InvalidResponse as fault:
            raise CannotDeliver(NO_ANSWER) from fault
        is_email = template == self.email_template
        if str(found.get("body", "")).strip() != BODY or (is_email and str(found.get("subject")).strip() != SUBJECT):
            raise CannotDeliver(OTHER_WORDS)
        self._looked_at.add(template)

    def _after_a_fault(self, message: UUID) -> Receipt:
        """Notify says after a fault of its own that it has processed nothing; it is believed where it knows of no such message."""
        try:
            found = self.asked(message)
        except CannotDeliver as fault:
            raise NotKnown(NOBODY_KNOWS) from fault
        if found is None:
            raise CannotDeliver(NOT_PROCESSED)
        return found


def _why(fault: HTTPError) -> Exception:
    """Return what an answer to a message that was handed over means for it."""
    if fault.response is None:
        return CannotDeliver(NO_ANSWER) if _never_connected(fault) else NotKnown(NOBODY_KNOWS)
    if fault.status_code in (401, 403, 404, 429):
        return CannotDeliver(_waits(fault))
    if fault.status_code >= 500:
        return NotKnown(NOBODY_KNOWS)
    said = str(fault.message).lower()
    if "trial mode" in said:
        return Declined(TRIAL)
    if "team-only" in said:
        return Declined(TEAM_ONLY)
    return Declined(NO_RECIPIENT if "phone_number" in said or "email_address" in said else REFUSED)


def _waits(fault: HTTPError) -> Word:
    """Return why nothing can be handed over at the moment."""
    if fault.response is None or fault.status_code >= 500:
        return NO_ANSWER
    if fault.status_code == 429:
        return TOO_MANY
    return CLOCK if "clock" in str(fault.message).lower() else NO_KEY


def _never_connected(fault: HTTPError) -> bool:
    """Return whether the connection never stood, so that nothing can have been taken."""
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import ConnectTimeout, SSLError
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = fault.__cause__
    if isinstance(cause, SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(cause)
    if isinstance(cause, ConnectTimeout):
        return True
    if not isinstance(cause, NoConnection) or not cause.args:
        return False
    inner = cause.args[0]
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)
