"""Drafts: a form kept at any moment, half filled or whole, with what could not be read in it, until it is signed."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission, existing
from fourfold.assessment import queries, rules
from fourfold.assessment.models import Draft, Round
from fourfold.assessment.queries import library
from fourfold.assessment.terms import Answer, CannotRecord, Informant, Instrument, UnknownInstrument
from fourfold.assessment.terms.filling import NOT_SAID, Circumstances
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.words import sentence

MOST_UNREAD = 20_000
"""Characters of what could not be read in one field; more is no answer that somebody would miss."""


def keep_draft(  # noqa: PLR0913 - a filled-in form says all of this
    *,
    actor: Actor,
    case: Case,
    instrument: str,
    answers: Iterable[Answer],
    first_level: Level | None,
    at: datetime,
    revises: Draft | None = None,
    informed_by: str = "",
    minutes: int | None = None,
    circumstances: Circumstances = NOT_SAID,
    unread: Mapping[str, str] | None = None,
    shows_advice: bool = True,
    round_: Round | None = None,
    agrees: bool = False,
) -> Draft:
    """Keep a form as it stands with the level chosen so far (None: cannot say yet).

    With `shows_advice` the author is shown the advice next, and the level is the first choice: a draft that revises
    this one keeps it. Without, the form is put aside to go on with later. `unread` is what was typed and is no answer,
    by field. Raises AnswerRefused for an answer that does not fit, CannotRecord where the form may not be used or was
    signed.
    """
    opened = access.require(
        actor, Permission.ASSESSMENT_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK
    )
    before = None if revises is None else own_draft(actor, opened, revises)
    form = usable(instrument, case, at) if before is None else queries.form_of(before, case.site)
    given = tuple(answers)
    rules.gaps(form, given)  # raises for whatever does not fit; what is still open may stay open
    with audit.recorded(actor, "assessment.drafted", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        entry.compartments = {Compartment.RISK.value}
        return entry.about(
            Draft.objects.create(
                case=case,
                answers=[asdict(answer) for answer in given],
                unread={name: said[:MOST_UNREAD] for name, said in (unread or {}).items()},
                level=first_level or "",
                informed_by=informed_by.strip(),
                minutes=minutes,
                **_going_on(before, first_level, shows_advice, round_, agrees),
                **asked(form),
                **columns_of(circumstances),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _going_on(
    before: Draft | None, level: Level | None, shows_advice: bool, round_: Round | None, agrees: bool
) -> dict[str, Any]:
    """Return the columns that tie a draft to the one before: once the advice was seen, the first choice stays."""
    if before is None:
        return {"first_level": level or "", "advice_seen": shows_advice, "round": round_, "agrees": agrees}
    return {
        "first_level": before.first_level if before.advice_seen else level or "",
        "advice_seen": before.advice_seen or shows_advice,
        "revises": before,
        "chain": before.chain or before.pk,
        "round_id": before.round_id,
        "agrees": before.agrees,
    }


def drop_draft(*, actor: Actor, draft: Draft, at: datetime) -> Draft:
    """Put a draft of one's own away: no list shows it any more, and nothing of it is taken out."""
    case = draft.case
    opened = access.require(
        actor, Permission.ASSESSMENT_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK
    )
    found = own_draft(actor, opened, draft)
    with audit.recorded(actor, "draft.dropped", at=at, file=case.pk) as entry:
        entry.compartments = {Compartment.RISK.value}
        found.dropped_at = at
        found.save(update_fields=["dropped_at"])
        return entry.about(found)


def usable(key: str, case: Case, at: datetime, version: int | None = None) -> Instrument:
    """Return the instrument, or raise CannotRecord where this site or this page may not use it."""
    try:
        form = library.form(case.site, key, version, at=at)
    except UnknownInstrument as unknown:
        raise CannotRecord("instrument", "Choose one of the forms shown.") from unknown
    if form.informant is Informant.SELF:
        raise CannotRecord(
            "instrument", sentence("{1} is answered by the victim. Record it as a check-in.", form.title)
        )
    return form


def form_to_sign(case: Case, key: str, at: datetime, version: int | None, given_on: Draft | Round | None) -> Instrument:
    """Return the form that is signed: the very wording of the draft or the round, if the form may still be used."""
    if given_on is not None and given_on.instrument != key:
        raise CannotRecord(
            "instrument", "The draft or the round is on another form. Open the case's assessments again."
        )
    form = usable(key, case, at, given_on.version if given_on is not None else version)
    return form if given_on is None else queries.form_of(given_on, case.site)


def own_draft(actor: Actor, opened: Opened | None, draft: Draft) -> Draft:
    """Return the draft as it stands, if it is the actor's own and was neither signed nor revised."""
    found = existing(Draft.objects.of(existing(opened)).filter(pk=draft.pk, recorded_by=actor.staff).first())
    if hasattr(found, "signed") or hasattr(found, "revised_by"):
        raise CannotRecord("draft", "This draft was already signed or changed. Open the assessments of the case again.")
    return found


def asked(form: Instrument) -> dict[str, Any]:
    """Return the columns that say which version of which form was asked, in which wording."""
    return {"instrument": form.key, "version": form.version, "sha256": form.sha256, "pack_sha256": form.pack_sha256}


def columns_of(said: Circumstances) -> dict[str, Any]:
    """Return the columns that say how a form was filled in."""
    return {
        "sources": [str(source) for source in said.sources],
        "other_source": said.other_source.strip(),
        "procedure": said.procedure.strip(),
        "limits": said.limits.strip(),
        "mode": said.mode or "",
        "interpreter": said.interpreter or "",
        "as_at": said.as_at,
        "window_days": said.window_days,
    }
