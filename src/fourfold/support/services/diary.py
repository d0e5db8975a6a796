"""What the victim writes and brings, kept as it came; and what becomes an allegation of the unit's, on whose word.

An entry is sealed and hashed before anything else reads it, with the first line of its custody record. It is read by
the advocate alone until the victim says that the unit may read it, when writing or later; only a life in danger stands
above their word, and then the reason stands on record beside it.
"""

from collections.abc import Iterable
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import filled
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.terms import LARGEST, Brought
from fourfold.intake import services as intake
from fourfold.intake.terms import Channel, PersonAsTold, Told
from fourfold.programme.queries import for_the_unit
from fourfold.support import rules
from fourfold.support.models import (
    ContactAsked,
    DiaryBrought,
    DiaryDevice,
    DiaryEntry,
    DiaryPassed,
    DiaryPicture,
    DiaryRead,
)
from fourfold.support.services.care import record_consent
from fourfold.support.terms import (
    CannotKeepDiary,
    ConsentMatter,
    ConsentState,
    OpenDiary,
    Origin,
    PassedBy,
    PictureBrought,
    Readers,
    Written,
)

_OWN = "the victim's own diary, opened by their device and secret word"
MOST_PICTURES = 5
SEALED = Compartment.ADVOCATE_CONFIDENTIAL


def write_entry(
    *, actor: Actor, diary: OpenDiary, written: Written, at: datetime, pictures: Iterable[PictureBrought] = ()
) -> DiaryEntry:
    """Keep what was written, word for word, with its pictures; where the writer chose so, it becomes an allegation at once.

    Entry, pictures, custody and allegation are kept together or not at all. Raises CannotKeepDiary naming the field.
    """
    access.require(actor, Permission.DIARY_KEEP, at=at, site=diary.site)
    CannotKeepDiary.refuse(rules.why_not_write(written, at))
    pictures = [picture for picture in pictures if picture.content]
    if len(pictures) > MOST_PICTURES:
        raise CannotKeepDiary("pictures", "You can add up to 5 files to one entry. Add the rest to a second entry.")
    if any(len(picture.content) > LARGEST for picture in pictures):
        raise CannotKeepDiary(
            "pictures", "One of the files is larger than 25 MB. Save your words without it, then ask your advocate."
        )
    with audit.recorded(actor, "diary.written", at=at, operation=Operation.COLLECTION, file=diary.case) as entry:
        case = Case.objects.unscoped(_OWN).select_related("victim").get(pk=diary.case)
        device = DiaryDevice.objects.unscoped(_OWN).get(pk=diary.device)
        key = rules.same_key(written, case=str(case.pk), device=str(device.pk))
        kept = entry.about(keep_entry(actor, case, written, key=key, at=at, device=device))
        for picture in pictures:
            entry.about(add_picture(actor, kept, picture.content, at))
        if written.readers is Readers.UNIT:
            entry.about(_passed(actor, kept, PassedBy.VICTIM, "", at))
        return kept


def keep_entry(
    actor: Actor,
    case: Case,
    written: Written,
    *,
    key: str,
    at: datetime,
    device: DiaryDevice | None = None,
    brought: DiaryBrought | None = None,
    rest: Iterable[tuple[str, str]] = (),
) -> DiaryEntry:
    """Seal one entry and keep its row; whoever calls has asked who may and holds the audit's entry."""
    origin = Origin.WRITTEN if brought is None else Origin.BROUGHT
    content = rules.canonical(written, case=str(case.pk), origin=origin, rest=rest)
    how = "written in the diary" if brought is None else f"row {written.row} of the file {brought.sha256[:12]}"
    original = exhibits.receive(
        actor=actor,
        file=case.pk,
        site=case.site,
        brought=Brought("diary-entry", "Diary entry, as it came", content, "the victim", how),
        compartment=SEALED,
        at=at,
    )
    entry = filled(
        DiaryEntry,
        written,
        case=case,
        device=device,
        brought=brought,
        origin=origin,
        sha256=original.sha256,
        same_key=key,
        exhibit=original,
        **access_queries.held_by(actor, "victim", at=at),
    )
    entry.save(force_insert=True)
    return entry


def add_picture(actor: Actor, entry: DiaryEntry, content: bytes, at: datetime) -> DiaryPicture:
    """Keep a picture or recording that came with an entry; whoever calls holds the audit's entry."""
    brought = Brought(
        "diary-file", "File that came with an entry", content, "the victim", "chosen on the victim's device"
    )
    exhibit = exhibits.receive(
        actor=actor, file=entry.case_id, site=entry.case.site, brought=brought, compartment=SEALED, at=at
    )
    held = access_queries.held_by(actor, "victim", at=at)
    return DiaryPicture.objects.create(entry=entry, exhibit=exhibit, **held)


def mark_read(*, actor: Actor, entry: DiaryEntry, at: datetime) -> DiaryRead:
    """Record that the advocate read an entry; the victim is shown when. A second reading changes nothing."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=entry.case_id, writes=SEALED)
    before = DiaryRead.objects.unscoped("the case was opened above").filter(entry=entry).first()
    if before is not None:
        return before
    with audit.recorded(actor, "diary.read", at=at, file=entry.case_id) as draft:
        return draft.about(DiaryRead.objects.create(entry=entry, **access_queries.held_by(actor, "entered", at=at)))


def pass_on(*, actor: Actor, entry: DiaryEntry, by: PassedBy, at: datetime, why: str = "") -> DiaryPassed:
    """Let the unit see an entry as an allegation: with the victim's consent, or because a life is in danger.

    The consent, or the reason that stood above a no, is recorded in the same transaction. Raises
    CannotKeepDiary where the unit sees it already, or where acting without consent has no reason.
    """
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=entry.case_id, writes=SEALED)
    CannotKeepDiary.refuse(rules.why_not_pass(by, why))
    if DiaryPassed.objects.unscoped("the case was opened above").filter(entry=entry).exists():
        raise CannotKeepDiary("by", "The unit can already see this entry.")
    state = ConsentState.OVERRIDDEN if by is PassedBy.OVERRIDE else ConsentState.GIVEN
    with audit.recorded(actor, "diary.passed_on", at=at, operation=Operation.DISCLOSURE, file=entry.case_id) as draft:
        draft.reason = why
        record_consent(
            actor=actor, case=entry.case, matter=ConsentMatter.DIARY, state=state, to_whom="the unit", why=why, at=at
        )
        return draft.about(_passed(actor, entry, by, why, at))


def _passed(actor: Actor, entry: DiaryEntry, by: PassedBy, why: str, at: datetime) -> DiaryPassed:
    """Make the allegation, with the walls of the case around it, and hand over what may be shown of the pictures."""
    case = entry.case
    allegation = intake.receive_allegation(actor=for_the_unit(actor, case.site), told=told_of(entry), at=at)
    access.copy_walls(actor=actor, source=case.pk, to=[allegation.pk], at=at)
    cases.keep_summary(actor=actor, allegation=allegation, at=at)
    for picture in DiaryPicture.objects.unscoped(_OWN).filter(entry=entry).select_related("exhibit"):
        exhibits.hand_over(
            actor=actor,
            exhibit=picture.exhibit,
            compartment=Compartment.CORE,
            to_whom="the unit",
            how=by.words,
            came_with=f"report {allegation.reference}",
            at=at,
        )
    held = access_queries.held_by(actor, "victim", at=at)
    return DiaryPassed.objects.create(entry=entry, allegation=allegation, by=by, why=why.strip(), **held)


def told_of(entry: DiaryEntry) -> Told:
    """Return an entry as an allegation is told: the words as they came, with source, zone and hash beside them."""
    victim = entry.case.victim
    return Told(
        site=entry.case.site,
        channel=Channel.DIARY,
        told_at=entry.told_at,
        words=entry.words,
        system="diary",
        teller=f"the victim, case {entry.case.reference}",
        occurred_from=entry.occurred_from,
        occurred_until=entry.occurred_until,
        time_known=entry.time_known,
        victim=PersonAsTold(name=victim.name, birth=victim.birth_on.isoformat() if victim.birth_on else ""),
        original={
            "source": "diary" if entry.brought_id is None else "file brought to the diary",
            "time zone": entry.time_zone,
            "sha256": entry.sha256,
            "exhibit": str(entry.exhibit_id),
            "told at": entry.told_at.isoformat(),
        },
    )


def ask_contact(*, actor: Actor, diary: OpenDiary, at: datetime, words: str = "") -> ContactAsked:
    """Ask the advocate to get in touch; it stands on the advocate's day until there was a safe contact."""
    access.require(actor, Permission.DIARY_KEEP, at=at, site=diary.site)
    if len(words) > 500:
        raise CannotKeepDiary("reach_words", "Shorten this to 500 characters or fewer.")
    with audit.recorded(actor, "contact.asked", at=at, operation=Operation.COLLECTION, file=diary.case) as entry:
        return entry.about(
            ContactAsked.objects.create(
                case_id=diary.case, words=words.strip(), **access_queries.held_by(actor, "victim", at=at)
            )
        )
