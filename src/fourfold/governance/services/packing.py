"""Packs that leave the unit: built from zero, read back from their bytes before they are kept and before they leave."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.exhibits import queries as exhibit_queries
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import DOCX, LARGEST, PDF
from fourfold.gateways import documents
from fourfold.gateways.documents import NO_PHOTOS, Document, Photo
from fourfold.gateways.reading_back import Part, docx_parts, docx_photos, pdf_parts, pdf_photos
from fourfold.gateways.redraw import CannotRedraw, Redrawn, redraw
from fourfold.governance import packs
from fourfold.governance.models import DangerDecided, Pack, PackMadeAgain, PackReleased
from fourfold.governance.queries import dangers, packing
from fourfold.governance.queries.advising import details_of
from fourfold.governance.queries.packing import Composed
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules.dangers import Sieve, unexplained, why_not_decide
from fourfold.governance.services.disclosing import kept
from fourfold.governance.services.pack_orders import due_on, require_order
from fourfold.governance.terms import (
    CannotGovern,
    Choice,
    Consent,
    DangerDraft,
    DisclosureDetails,
    Found,
    Ground,
    NotClean,
    PackKind,
    PackOrder,
)
from fourfold.words import counted, sentence

#: Hears how many steps are done, and of how many.
Told = Callable[[int, int], None]
STEPS = 3
PHOTOS_IN = {"pdf": pdf_photos, "docx": docx_photos}
READ_BACK = "nothing in it reaches another person; read back before it left"
FOR_A_COURT = "a court decides what it must be told; read back before it left"
RELEASED_BY_ANOTHER = "Somebody else has to release the pack that you made or decided on."


def nobody(done: int, steps: int) -> None:
    """Tell nobody how far it is."""


def make_pack(
    *, actor: Actor, case: Case, order: PackOrder, at: datetime, at_risk: Iterable[str] = (), told: Told = nobody
) -> Pack:
    """Make a pack as PDF and DOCX from what its reader may have, every danger in it masked, and read both back.

    `at_risk`: the names of children and others at risk. Each danger then waits for a person (`decide_on_danger`).
    Raises CannotGovern where the request says too little, NotClean where a made document holds what no record explains:
    nothing is kept then.
    """
    require_order(actor=actor, case=case, order=order, at=at)
    made = packing.composed(actor, case, order, at=at, at_risk=at_risk, decided={})
    files = _read_back(actor, case, made, at, told=told)
    with audit.recorded(actor, "pack.made", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        entry.more["sought"], entry.more["dangers"] = made.sought, len(made.sieve.dangers)
        return entry.about(
            Pack.objects.create(
                case=case,
                kind=order.kind,
                application_id=order.application,
                consultation=getattr(order, "consultation", None),
                recipient=getattr(order, "recipient", None),
                asked_by=order.asked_by.strip(),
                received_on=order.received_on,
                due_on=due_on(order),
                identity_proved=order.identity_proved.strip(),
                proved_on=order.proved_on,
                must_not_know=order.must_not_know,
                restriction_reason=order.restriction_reason.strip(),
                **_kept_files(actor, case, order, files, made, at),
                **access_queries.held_by(actor, "made", at=at),
            )
        )


def decide_on_danger(
    *,
    actor: Actor,
    pack: Pack,
    danger: str,
    decision: DangerDraft,
    at: datetime,
    at_risk: Iterable[str] = (),
    seen: str | None = None,
) -> tuple[DangerDecided, ...]:
    """Decide what happens to words that may lead to a victim, here and wherever else the same is decided.

    Once nothing waits any more, the files are made again from the decisions and read back, but those of a long case: that takes
    longer than others may wait for this write (`make_pack_again`). Raises CannotGovern where the
    words do not allow the choice, where it lacks its reason, and once the pack was released; Conflict where
    a colleague decided first: `seen` names the decision that stood before the writer's eyes.
    """
    _require_open(actor, pack, at)
    keys = tuple(dict.fromkeys((danger, *decision.also)))
    names, known, files = tuple(at_risk), audit.how_long(), dangers.files_of(pack)
    now = dangers.composed_now(actor, pack, dangers.decided_of(pack), at_risk=names, at=at)
    met = {each.key: each for each in now.sieve.dangers}
    CannotGovern.refuse(why_not_decide(decision, [met.get(key) for key in keys]))
    is_long = dangers.is_long(pack.case)
    is_last = decision.choice is not Choice.ASK and {each.key for each in now.sieve.undecided} <= set(keys)
    # Before anybody waits for this write.
    drawn = _drawn(_to_show(now.sieve, keys, decision.choice)) if is_last and not is_long else {}
    with audit.recorded(actor, "pack.danger_decided", at=at, file=pack.case_id) as entry:
        _hold(pack)
        if is_long and dangers.files_of(pack) != files:
            raise CannotGovern("choice", "The files were made again meanwhile. Send your decision once more.")
        also = {key: set(met[key].choices) - {Choice.ASK} for key in decision.also}
        stand = dangers.decided_of(pack).items()
        before = [row for key, row in stand if key == danger or row.choice in also.get(key, ())]
        access_queries.refuse_unseen("This decision", before, seen, _said)
        entry.reason, entry.more["choice"] = decision.reason.strip(), decision.choice.value
        rows = tuple(
            entry.about(
                DangerDecided.objects.create(
                    pack=pack,
                    danger=key,
                    choice=decision.choice,
                    reason=decision.reason.strip(),
                    waits_for=decision.waits_for.strip() if decision.choice is Choice.ASK else "",
                    **access_queries.held_by(actor, "entered", at=at),
                )
            )
            for key in keys
        )
        # Where nobody wrote meanwhile, what waited besides waits still.
        if not is_long and (is_last or audit.how_long() != known):
            after = dangers.composed_now(actor, pack, dangers.decided_of(pack), at_risk=names, at=at)
            if not after.sieve.undecided:
                _make_again(actor, pack, after, at, drawn)
        return rows


def _to_show(sieve: Sieve, keys: Container[str], choice: Choice) -> dict[str, str]:
    """Return the pictures that stand in the pack once this is decided of these dangers, each with its caption."""
    said = [(each, choice if each.key in keys else sieve.decision(each)) for each in sieve.dangers if each.picture]
    return {str(each.picture): f"{each.words}, a picture" for each, said_of in said if said_of is Choice.KEEP}


def _said(decisions: Sequence[DangerDecided]) -> dict[str, object]:
    last = decisions[-1]
    return {"choice": Choice(last.choice), "reason": last.reason, "waits_for": last.waits_for}


def make_pack_again(
    *, actor: Actor, pack: Pack, at: datetime, at_risk: Iterable[str] = (), told: Told = nobody
) -> PackMadeAgain:
    """Make the files of a pack again, from the record as it is now; what nobody decided is masked in them."""
    _require_open(actor, pack, at)
    decided = dangers.decided_of(pack)
    now = dangers.composed_now(actor, pack, decided, at_risk=at_risk, at=at)
    return _make_again(actor, pack, now, at, decided=decided, told=told)


def _hold(pack: Pack) -> None:
    """Let of two who decide on a pack, make its files again or let it go at once one wait for the other."""
    Pack.objects.unscoped("opened above").select_for_update().get(pk=pack.pk)


def _refuse_decided(pack: Pack, decided: dict[str, DangerDecided], field: str) -> None:
    """Refuse to go on where somebody decided since the decisions were read."""
    if dangers.decided_of(pack) != decided:
        raise CannotGovern(field, "Somebody decided on this pack meanwhile. Look at it, and send this again.")


def _require_open(actor: Actor, pack: Pack, at: datetime) -> None:
    case = pack.case
    access.require(actor, Permission.PACK_MAKE, at=at, site=case.site, file=case.pk, reads=Compartment.SUBJECT_IDENTITY)
    if _is_released(pack):
        raise CannotGovern("choice", "This pack has been released already. Make a new one.")


def _is_released(pack: Pack) -> bool:
    return PackReleased.objects.unscoped("the case was opened above").filter(pack=pack).exists()


def _make_again(
    actor: Actor,
    pack: Pack,
    now: Composed,
    at: datetime,
    drawn: Mapping[str, Redrawn] = NO_PHOTOS,
    *,
    decided: dict[str, DangerDecided] | None = None,
    told: Told = nobody,
) -> PackMadeAgain:
    files = _read_back(actor, pack.case, now, at, drawn, told)
    with audit.recorded(actor, "pack.made_again", at=at, operation=Operation.COLLECTION, file=pack.case_id) as entry:
        if decided is not None:
            _hold(pack)
            _refuse_decided(pack, decided, "choice")
        kept = _kept_files(actor, pack.case, pack, files, now, at)
        return entry.about(
            PackMadeAgain.objects.create(pack=pack, **kept, **access_queries.held_by(actor, "made", at=at))
        )


def _kept_files(
    actor: Actor, case: Case, order: PackOrder | Pack, files: dict[str, bytes], made: Composed, at: datetime
) -> dict[str, Any]:
    pdf = _keep(actor, case, order, files["pdf"], PDF, at)
    docx = _keep(actor, case, order, files["docx"], DOCX, at)
    return {
        "pdf": pdf.pk,
        "pdf_sha256": pdf.sha256,
        "docx": docx.pk,
        "docx_sha256": docx.sha256,
        "sought": made.sought,
        "withheld": list(made.withheld),
        "undecided": len(made.sieve.undecided),
    }


def _read_back(
    actor: Actor,
    case: Case,
    made: Composed,
    at: datetime,
    drawn: Mapping[str, Redrawn] = NO_PHOTOS,
    told: Told = nobody,
) -> dict[str, bytes]:
    """Write the files and read them back from their bytes, or raise NotClean and remember that they were thrown away."""
    told(1, STEPS)
    photos = _photos(made.document, drawn)
    files = {"pdf": documents.pdf(made.document, photos), "docx": documents.docx(made.document, photos)}
    told(2, STEPS)
    if found := _unexplained(files, made, photos):
        audit.refused(actor, "pack.made", at=at, rule="not clean", file=case.pk)
        raise NotClean(found)
    if max(map(len, files.values())) > LARGEST:
        raise CannotGovern(
            "choice", "With these pictures the pack is too large. Leave some out, and hand them over by themselves."
        )
    return files


def _photos(document: Document, drawn: Mapping[str, Redrawn] = NO_PHOTOS) -> dict[str, Redrawn]:
    """Return the pictures of a document, drawn anew where they were not yet: nothing but these can be in it."""
    captions = {block.name: block.caption for block in document.blocks if isinstance(block, Photo)}
    found = {**drawn, **_drawn({name: said for name, said in captions.items() if name not in drawn})}
    return {name: found[name] for name in captions}


def _drawn(captions: Mapping[str, str]) -> dict[str, Redrawn]:
    """Draw pictures anew from their pixels, two at a time, or raise CannotGovern naming the one that cannot be."""
    with ThreadPoolExecutor(2) as pool:
        drawing = pool.map(partial(redraw, on_paper=True), [_bytes(UUID(name)) for name in captions])
        found: dict[str, Redrawn] = {}
        for name, caption in captions.items():
            try:
                found[name] = next(drawing)
            except CannotRedraw as fault:
                raise CannotGovern("choice", sentence("{1}: it cannot be shown. Leave it out.", caption)) from fault
    return found


def _unexplained(files: dict[str, bytes], made: Composed, photos: dict[str, Redrawn]) -> tuple[Found, ...]:
    """Return what stands in the files and should not, and pictures that are not byte for byte those that were decided on."""
    drawn = frozenset(each.content for each in photos.values())
    found = unexplained(_parts(files, drawn), made.sieve, packs.texts(made.document), empty=_empty_parts())
    other = [where for where, read in PHOTOS_IN.items() if read(files[where]) != drawn]
    return (*found, *(Found("a picture", where.upper()) for where in other))


def _parts(files: dict[str, bytes], photos: frozenset[bytes] = frozenset()) -> list[Part]:
    parts = [(f"PDF, {where}", text) for where, text in pdf_parts(files["pdf"], photos)]
    return parts + [(f"DOCX, {where}", text) for where, text in docx_parts(files["docx"], photos)]


@cache
def _empty_parts() -> frozenset[Part]:
    """Return the parts of a document that says nothing."""
    nothing = Document("-", "-", "-", datetime(2026, 1, 1, tzinfo=UTC), ())
    return frozenset(_parts({"pdf": documents.pdf(nothing), "docx": documents.docx(nothing)}))


def _keep(actor: Actor, case: Case, order: PackOrder | Pack, content: bytes, media_type: str, at: datetime) -> Exhibit:
    kind = PackKind(order.kind)
    return exhibits.keep(
        actor=actor,
        file=case.pk,
        kind=f"pack-{kind.value}",
        title=f"Pack, {kind.words}, for a request of {packs.day(order.received_on)}",
        content=content,
        media_type=media_type,
        compartment=_compartment(kind),
        at=at,
    )


def _compartment(kind: PackKind) -> Compartment:
    """Return who may open such a pack: advice is about the risk."""
    return Compartment.RISK if kind is PackKind.ADVICE else Compartment.CORE


def release_pack(
    *, actor: Actor, pack: Pack, channel: str, at: datetime, at_risk: Iterable[str] = (), told: Told = nobody
) -> PackReleased:
    """Let a pack leave as a second person, once somebody decided on every danger that is in the record by now.

    Its bytes are read once more, and it goes into the ledger with the hash of its bytes. Raises Refused for whoever made
    it or decided on a danger of it; CannotGovern, saying whose decision it waits for, while one is undecided or where the
    record changed after the files were made.
    """
    details = require_release(actor=actor, pack=pack, channel=channel, at=at)
    case, decided = pack.case, dangers.decided_of(pack)
    files = _ready(actor, pack, decided, at_risk, at, told)
    with audit.recorded(actor, "pack.released", at=at, operation=Operation.DISCLOSURE, file=case.pk) as entry:
        _hold(pack)
        _refuse_decided(pack, decided, "channel")
        if dangers.files_of(pack) != files or _is_released(pack):
            raise CannotGovern(
                "channel", "Its files were made again or released meanwhile. Look at it, and send this again."
            )
        entry.relies_on(pack)
        entry.more["pdf_sha256"], entry.more["docx_sha256"] = files.pdf_sha256, files.docx_sha256
        released = PackReleased.objects.create(
            pack=pack, channel=channel.strip(), **access_queries.held_by(actor, "entered", at=at)
        )
        entry.about(released)
        entry.about(kept(actor, case, details, _compartment(PackKind(pack.kind)), at=at, sha256=files.pdf_sha256))
    return released


def require_release(*, actor: Actor, pack: Pack, channel: str, at: datetime) -> DisclosureDetails:
    """Refuse what may not leave now whatever its files hold, before they are read; return what the ledger says of it."""
    case = pack.case
    access.require(actor, Permission.PACK_RELEASE, at=at, site=case.site, file=case.pk)
    decided = dangers.decided_of(pack)
    needs = Needs(Permission.PACK_MAKE, case.site, case.pk, reads=Compartment.SUBJECT_IDENTITY)
    for first in {pack.recorded_by, *(row.recorded_by for row in decided.values())}:
        made_it = first == pack.recorded_by
        if why := why_not_answer(first, actor, needs, at=at, same=RELEASED_BY_ANOTHER, asks=made_it):
            audit.refused(actor, "pack.released", at=at, rule="two people", file=case.pk)
            raise Refused("two people", why)
    if not channel.strip():
        raise CannotGovern(
            "channel", "Say how you will send it: by hand, by sealed post or by the court's own channel."
        )
    if _is_released(pack):
        raise CannotGovern("channel", "This pack has been released already.")
    details = _details(pack, PackKind(pack.kind))
    if details.expires_on is not None and details.expires_on <= local_day(at):
        raise CannotGovern(
            "channel", "It was to be kept until a day that has passed. Make the letter again, with a later day."
        )
    return details


def _ready(
    actor: Actor, pack: Pack, decided: dict[str, DangerDecided], at_risk: Iterable[str], at: datetime, told: Told
) -> Pack | PackMadeAgain:
    """Return the files of a pack in which nothing waits, or raise CannotGovern saying for whom it waits."""
    now = dangers.composed_now(actor, pack, decided, at_risk=at_risk, at=at)
    if waiting := now.sieve.undecided:
        audit.refused(actor, "pack.released", at=at, rule="undecided", file=pack.case_id)
        whose = "; ".join(dangers.waits_for(now.sieve, decided))
        raise CannotGovern(
            "channel",
            sentence(
                "{1} not decided. This pack waits for {2}.", counted(len(waiting), "danger is", "dangers are"), whose
            ),
        )
    files = dangers.files_of(pack)
    if dangers.are_older(files, decided):
        raise CannotGovern("channel", dangers.older_words())
    told(1, STEPS)
    if _unexplained({"pdf": _bytes(files.pdf), "docx": _bytes(files.docx)}, now, _photos(now.document)):
        audit.refused(actor, "pack.released", at=at, rule="not clean", file=pack.case_id)
        raise CannotGovern(
            "channel",
            sentence(
                "The record changed after these files were made. They wait for {1} to make them again.",
                dangers.holders_of(Permission.PACK_MAKE),
            ),
        )
    return files


def _bytes(exhibit: UUID) -> bytes:
    return exhibit_queries.content_of(Exhibit.objects.unscoped("read back before it leaves").get(pk=exhibit))


def _details(pack: Pack, kind: PackKind) -> DisclosureDetails:
    if kind is PackKind.ADVICE:
        return details_of(pack)
    return DisclosureDetails(
        what=sentence("a pack: {1}", kind.words),
        to_whom=pack.asked_by,
        ground=Ground.DATA_SUBJECT if kind is PackKind.SUBJECT else Ground.COURT,
        necessity="; ".join(
            (
                f"asked for on {packs.day(pack.received_on)}",
                *((f"identity: {pack.identity_proved}",) if pack.identity_proved else ()),
            )
        ),
        consent=Consent.NOT_ASKED,
        consent_reason=READ_BACK if kind is PackKind.SUBJECT else FOR_A_COURT,
        expires_on=None,
    )
