"""How the victim comes to the diary: a link from the advocate, bound to one device, and the word that opens it there.

Nothing here needs an account. What is kept of a code, a secret and a word are digests; what happened at the door is
rows, so that the advocate can say when it was opened, and close it for good.
"""

import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support import rules
from fourfold.support.models import DiaryClosed, DiaryDevice, DiaryLink, DiaryVisit
from fourfold.support.queries.diary_access import giver_stands
from fourfold.support.terms import CannotKeepDiary, DiaryShut, Language, OpenDiary, VisitKind, WhyClosed

_OWN = "the door of the victim's own diary: found by the digest of a secret that only they hold"


def give_diary_link(
    *, actor: Actor, case: Case, at: datetime, language: Language = Language.ENGLISH
) -> tuple[DiaryLink, str]:
    """Make a link to the diary of this case and return it with its code, which is shown this once and never kept.

    It is read out or shown in a safe contact; no message carries it. Older links that nobody has used
    stop working.
    """
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    code = "".join(secrets.choice(rules.CODE_LETTERS) for _ in range(rules.CODE_SHAPE))
    with audit.recorded(actor, "diary.link_given", at=at, file=case.pk) as entry:
        for old in _unused(case):
            entry.about(_close(actor, old, WhyClosed.REPLACED, at))
        link = DiaryLink.objects.create(
            case=case,
            token_sha256=rules.digest(code),
            language=language,
            expires_at=at + rules.LINK_LASTS,
            **access_queries.held_by(actor, "entered", at=at),
        )
        return entry.about(link), rules.code_as_read(code)


def _unused(case: Case) -> list[DiaryLink]:
    rows = DiaryLink.objects.unscoped("the case was opened above").filter(case=case)
    return list(rows.filter(device__isnull=True, closed__isnull=True))


def close_diary_link(*, actor: Actor, link: DiaryLink, at: datetime) -> None:
    """Close a link and the device bound to it, from the next request on; entries stay."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=link.case_id, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    with audit.recorded(actor, "diary.link_closed", at=at, file=link.case_id) as entry:
        if DiaryClosed.objects.unscoped("the case was opened above").filter(link=link).exists():
            raise CannotKeepDiary("link", "This link is closed already.")
        entry.about(_close(actor, link, WhyClosed.REVOKED, at))


def close_codes_of_who_left(*, actor: Actor, at: datetime) -> int:
    """Close each code that waits to be used and whose giver may not give it any more; return how many that were.

    A device that the victim has bound stays open. Nothing is asked of `actor`, who has just let somebody leave, or
    sends what waits: the closing follows from who stands where alone.
    """
    rows = DiaryLink.objects.unscoped("whoever gave a code may have left: only its state is read")
    waiting = rows.filter(device__isnull=True, closed__isnull=True, expires_at__gt=at).order_by("recorded_at", "id")
    gone = [link for link in waiting if not giver_stands(link, at)]
    for link in gone:
        with audit.recorded(actor, "diary.link_closed", at=at, file=link.case_id) as entry:
            entry.about(_close(actor, link, WhyClosed.LEFT, at))
    return len(gone)


def bind_device(*, actor: Actor, link: DiaryLink, word: str, hers_alone: bool, at: datetime) -> str:
    """Bind a link to the device at hand, with a secret word, and return the secret that the device keeps.

    One use: a second device, even in the same moment, gets DiaryShut. Raises CannotKeepDiary for a word too short.
    """
    access.require(actor, Permission.DIARY_KEEP, at=at, site=link.case.site)
    CannotKeepDiary.refuse(rules.why_not_word(word))
    secret = secrets.token_urlsafe(32)
    try:
        with audit.recorded(actor, "diary.device_bound", at=at, file=link.case_id) as entry:
            device = DiaryDevice.objects.create(
                link=link,
                secret_sha256=rules.digest(secret),
                word=make_password(word.strip().lower()),
                hers_alone=hers_alone,
                **access_queries.held_by(actor, "victim", at=at),
            )
            entry.about(device)
            entry.about(_visit(actor, device, VisitKind.OPENED, at))
    except IntegrityError as fault:
        raise DiaryShut from fault
    return secret


def open_diary(*, actor: Actor, device: DiaryDevice, word: str, at: datetime) -> bool:
    """Open the diary on the device that it is bound to; return whether the word was the right one.

    After five wrong words since it was last open, link and device are closed, and the advocate is shown why.
    """
    case = device.link.case
    access.require(actor, Permission.DIARY_KEEP, at=at, site=case.site)
    with transaction.atomic():
        # Whoever tries holds the row: tries that run side by side are counted one after the other.
        held = DiaryDevice.objects.unscoped(_OWN).select_for_update().get(pk=device.pk)
        if DiaryClosed.objects.unscoped(_OWN).filter(link=held.link_id).exists():
            raise DiaryShut
        right = check_password(word.strip().lower(), held.word)
        with audit.recorded(actor, "diary.opened" if right else "diary.wrong_word", at=at, file=case.pk) as entry:
            entry.about(_visit(actor, held, VisitKind.OPENED if right else VisitKind.WRONG, at))
            if not right and rules.why_not_open(_visits(held)):
                entry.about(_close(actor, held.link, WhyClosed.TRIES, at))
    return right


def _visits(device: DiaryDevice) -> list[VisitKind]:
    rows = DiaryVisit.objects.unscoped(_OWN).filter(device=device).exclude(what=VisitKind.LEFT)
    newest = list(rows.order_by("-recorded_at", "-id").values_list("what", flat=True)[: rules.TRIES])
    return [VisitKind(what) for what in newest]


def leave_diary(*, actor: Actor, diary: OpenDiary, at: datetime) -> None:
    """Close the diary on this device until the word is given again; Back shows nothing of it."""
    access.require(actor, Permission.DIARY_KEEP, at=at, site=diary.site)
    with audit.recorded(actor, "diary.left", at=at, file=diary.case) as entry:
        device = DiaryDevice.objects.unscoped(_OWN).get(pk=diary.device)
        entry.about(_visit(actor, device, VisitKind.LEFT, at))


def forget_device(*, actor: Actor, diary: OpenDiary, at: datetime) -> None:
    """Close the own link for good, such as on a phone that is given away; entries stay with the advocate."""
    access.require(actor, Permission.DIARY_KEEP, at=at, site=diary.site)
    with audit.recorded(actor, "diary.link_closed", at=at, file=diary.case) as entry:
        link = DiaryLink.objects.unscoped(_OWN).get(pk=diary.link)
        entry.about(_close(actor, link, WhyClosed.BY_VICTIM, at))


def _close(actor: Actor, link: DiaryLink, why: WhyClosed, at: datetime) -> DiaryClosed:
    """Keep that a link is closed; the closing is held by whose agency gave the link, whoever brought it about."""
    held = access_queries.held_by(actor, "entered", at=at) | {"controller": link.controller, "basis": link.basis}
    return DiaryClosed.objects.create(link=link, why=why, **held)


def _visit(actor: Actor, device: DiaryDevice, what: VisitKind, at: datetime) -> DiaryVisit:
    return DiaryVisit.objects.create(device=device, what=what, **access_queries.held_by(actor, "victim", at=at))
