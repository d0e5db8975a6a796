"""Whose diary a code or a device's secret leads to, and who then acts: the victim, and nobody else.

The one place that makes an actor of a victim, who holds the role of the diary at the site of the case and no other,
opens no file, and stands in the log by the identifier of the record.
"""

from datetime import datetime
from uuid import UUID

from fourfold.access.askers import still_may
from fourfold.access.terms import Compartment, PartnerKind, Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support import rules
from fourfold.support.models import DiaryDevice, DiaryLink, DiaryVisit
from fourfold.support.terms import DiaryShut, Language, LinkState, OpenDiary, VisitKind

_OWN = "the door of the victim's own diary: found by the digest of a secret that only they hold"


def link_of_code(code: str, *, at: datetime) -> tuple[Actor, DiaryLink]:
    """Return the victim, and the link that a code leads to; DiaryShut for one that was used, ended or never given.

    A code does not outlive its giver: whoever gave it must still work here and have this case.
    """
    said = rules.normal_code(code)
    rows = DiaryLink.objects.unscoped(_OWN).select_related("case", "device", "closed")
    link = rows.filter(token_sha256=rules.digest(said)).first() if said else None
    if link is None or state_of(link, at) is not LinkState.WAITING:
        raise DiaryShut
    return victim_of(link.case, link.controller), link


def device_of_secret(secret: str) -> tuple[Actor, DiaryDevice]:
    """Return the victim, and the device that holds this secret; DiaryShut where there is none or it was closed."""
    rows = DiaryDevice.objects.unscoped(_OWN).select_related("link__case", "link__closed")
    device = rows.filter(secret_sha256=rules.digest(secret)).first() if secret else None
    if device is None or hasattr(device.link, "closed"):
        raise DiaryShut
    return victim_of(device.link.case, device.link.controller), device


def diary_of(device: DiaryDevice, *, opened_at: datetime, seen_at: datetime, at: datetime) -> OpenDiary:
    """Return the diary that stands open on a device, or raise DiaryShut: idle too long, open too long, or left since."""
    if at - seen_at > rules.OPEN_FOR or at - opened_at > rules.OPEN_MOST or seen_at > at or opened_at > at:
        raise DiaryShut
    left = DiaryVisit.objects.unscoped(_OWN).filter(device=device, what=VisitKind.LEFT, recorded_at__gte=opened_at)
    if left.exists():
        raise DiaryShut
    case = device.link.case
    return OpenDiary(device.pk, device.link_id, case.pk, case.site, Language(device.link.language), opened_at)


def state_of(link: DiaryLink, at: datetime) -> LinkState:
    """Return where a link, read with its device and its closing, stands; unused, it is closed once its giver has left."""
    state = rules.link_state(link.expires_at, hasattr(link, "device"), hasattr(link, "closed"), at)
    return LinkState.CLOSED if state is LinkState.WAITING and not giver_stands(link, at) else state


def giver_stands(link: DiaryLink, at: datetime) -> bool:
    """Return whether whoever gave a link could still give it."""
    return still_may(
        link.recorded_by, Permission.SUPPORT_RECORD, file=link.case_id, writes=Compartment.ADVOCATE_CONFIDENTIAL, at=at
    )


def victim_of(case: Case, partner: str) -> Actor:
    """Return the victim of a case as who acts in the own diary, kept by the partner whose advocate gave the link."""
    return Actor(
        staff=UUID(str(case.victim_id)),
        name="the victim",
        partner=partner,
        partner_kind=PartnerKind.ADVOCACY,
        memberships=((case.site, Role.VICTIM),),
        strength="device+word",
        purpose="casework",
        session="diary",
    )
