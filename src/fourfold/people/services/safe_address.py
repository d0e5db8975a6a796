"""Where a victim truly is: sealed by the advocate, and opened by two people, each in a session of their own.

The named advocate asks with a reason; another advocate of the unit answers; then the first opens it once, within
minutes. Who the first may be, access decides; the second may be whoever holds the same permission and may open the
case. Neither the request nor its answer says anything of the address.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.people.models import AddressAnswered, AddressAsked, AddressOpened, SafeAddress, Victim
from fourfold.people.queries import safe_address as queries
from fourfold.people.rules import safe_address as rules
from fourfold.people.terms import AskState, UnsafeContact

SEALED = Compartment.SAFE_ADDRESS_SEALED
_OPENED = "the file was opened above for who asks and who answers"


def keep_safe_address(*, actor: Actor, case_file: UUID, victim: Victim, address: str, at: datetime) -> SafeAddress:
    """Seal where the victim truly is, with a key outside the database; nothing else will show it."""
    access.require(actor, Permission.SAFE_ADDRESS_SET, at=at, file=case_file, writes=SEALED)
    if not address.strip():
        raise UnsafeContact("address", "Write the address to seal.")
    kept = SafeAddress(victim=victim, **access_queries.held_by(actor, "victim", at=at))
    kept.sealed = audit.keyring().seal(address.strip(), place=place_of(kept))
    with audit.recorded(actor, "safe_address.kept", at=at, file=case_file) as entry:
        kept.save(force_insert=True)
        return entry.about(kept)


def ask_for_safe_address(*, actor: Actor, case_file: UUID, victim: Victim, reason: str, at: datetime) -> AddressAsked:
    """Ask another advocate that the sealed address be opened to the named advocate, and say why.

    Raises UnsafeContact for a reason of fewer than 20 characters, for a second request while one runs, and where
    none was sealed; Refused for any other reader.
    """
    access.require(actor, Permission.SAFE_ADDRESS_VIEW, at=at, site=victim.site, file=case_file, writes=SEALED)
    UnsafeContact.refuse(rules.why_not_ask(reason=reason, running=queries.is_running(case_file, actor.staff, at=at)))
    if _newest(victim) is None:
        raise UnsafeContact("reason", "No address is sealed in this file, so there is nothing to open.")
    with audit.recorded(actor, "safe_address.asked", at=at, file=case_file) as entry:
        entry.compartments, entry.reason = {str(SEALED)}, reason
        return entry.about(
            AddressAsked.objects.create(
                file=case_file, victim=victim, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def answer_for_safe_address(
    *, actor: Actor, asked: AddressAsked, given: bool, at: datetime, words: str = ""
) -> AddressAnswered:
    """Answer yes as the second advocate, or no with words; a yes holds for 15 minutes.

    Raises UnsafeContact for one's own request, for one that lapsed or was answered, and for a no without words.
    """
    access.require(actor, Permission.SAFE_ADDRESS_VIEW, at=at, site=asked.victim.site, file=asked.file)
    asked = _as_it_stands(asked)
    needs = Needs(Permission.SAFE_ADDRESS_VIEW, asked.victim.site, asked.file, writes=SEALED)
    not_second = why_not_answer(asked.recorded_by, actor, needs, at=at, same=rules.BY_ANOTHER, asks=given)
    state = queries.state_of(asked, at=at)
    UnsafeContact.refuse(rules.why_not_answer(state=state, not_second=not_second, given=given, words=words))
    try:
        with audit.recorded(actor, "safe_address.answered", at=at, file=asked.file) as entry:
            entry.relies_on(asked)
            entry.compartments, entry.more = {str(SEALED)}, {"given": given}
            return entry.about(
                AddressAnswered.objects.create(
                    asked=asked, given=given, words=words.strip(), **access_queries.held_by(actor, "entered", at=at)
                )
            )
    except IntegrityError as answered:
        raise UnsafeContact("given", "This request has already been answered.") from answered


def reveal_safe_address(*, actor: Actor, asked: AddressAsked, at: datetime) -> str:
    """Open the sealed address once, to the named advocate who asked and was told yes.

    Both people, the reason's digest and which address it was stand on record before it is returned. Raises
    UnsafeContact where the request opens nothing (not answered, refused, lapsed, opened before), Refused for any
    other reader and where the second advocate may not open the file any more.
    """
    view, site, file = Permission.SAFE_ADDRESS_VIEW, asked.victim.site, asked.file
    access.require(actor, view, at=at, site=site, file=file, writes=SEALED)
    asked = _as_it_stands(asked)
    UnsafeContact.refuse(
        rules.why_not_open(state=queries.state_of(asked, at=at), mine=asked.recorded_by == actor.staff)
    )
    second = queries.second_person(asked.answer, at=at)
    another = signatories.why_not_second(actor.staff, second, at=at) is None
    may = another and _may_approve(second, asked, at)
    access.require(actor, view, at=at, site=site, file=file, reads=SEALED, second=may)
    kept = existing(_newest(asked.victim))
    address = audit.keyring().open(kept.sealed, place=place_of(kept))
    _keep_opening(actor, asked, kept, second, at)
    return address


def _keep_opening(actor: Actor, asked: AddressAsked, kept: SafeAddress, second: Actor, at: datetime) -> None:
    """Put on record what is opened and for whom; a second opening of the same request is refused by the table."""
    try:
        with audit.recorded(
            actor, "safe_address.revealed", at=at, file=asked.file, operation=Operation.DISCLOSURE
        ) as entry:
            held = access_queries.held_by(actor, "entered", at=at)
            entry.relies_on(asked, asked.answer)
            entry.about(AddressOpened.objects.create(asked=asked, address=kept, **held))
            entry.about(kept)
            entry.compartments, entry.reason = {str(SEALED)}, asked.reason
            entry.more = {"second": str(second.staff)}
    except IntegrityError as opened:
        raise UnsafeContact("opening", rules.SHUT[AskState.OPENED]) from opened


def _may_approve(second: Actor, asked: AddressAsked, at: datetime) -> bool:
    """Return whether the second person may open the case even now: a wall keeps out an approver too."""
    try:
        access_queries.opened(second, asked.file, at=at)
    except NotFound:
        return False
    return access_queries.may(second, Permission.SAFE_ADDRESS_VIEW, site=asked.victim.site)


def _as_it_stands(asked: AddressAsked) -> AddressAsked:
    """Read a request again with what came of it since its page was shown."""
    return AddressAsked.objects.unscoped(_OPENED).select_related("victim", "answer", "opening").get(pk=asked.pk)


def _newest(victim: Victim) -> SafeAddress | None:
    rows = SafeAddress.objects.unscoped(_OPENED).filter(victim_id=victim.pk)
    return rows.order_by("-recorded_at", "-id").first()


def place_of(kept: SafeAddress) -> str:
    return f"people_safeaddress.sealed:{kept.pk}"
