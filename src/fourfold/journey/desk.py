"""From what was told to a case that somebody works on."""

from __future__ import annotations

from datetime import datetime

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import services as cases
from fourfold.cases.terms import CannotStep, Outcome, ScreeningAnswers
from fourfold.intake import services as intake
from fourfold.intake.terms import Told
from fourfold.journey.holding import is_alone
from fourfold.journey.rows import Allegation, Case, Triage
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.panel import services as panel
from fourfold.people.terms import Part
from fourfold.support import services as support
from fourfold.support.terms import UpdateKind

OWNER = "the officer in the case"


def allegation_told(*, actor: Actor, told: Told, at: datetime, another: bool = True) -> Allegation:
    """Keep what was told, behind the walls of whom it probably concerns; then propose whom it may concern, and make it
    searchable.

    The walls stand with the allegation or neither is there: nobody reads it for a moment who never may. The rest is
    kept by itself: whatever goes wrong in matching, the allegation stands and its teller hears so. The log says that
    the matching failed, and the desk looks for people again whenever it opens the allegation. `another` False: what its author told before
    is asked about, and not kept (ToldBefore).
    """
    with audit.recorded(actor, "allegation.told", at=at, operation=Operation.COLLECTION, whole=True) as entry:
        allegation = entry.about(intake.receive_allegation(actor=actor, told=told, at=at, another=another))
        entry.file = allegation.pk
        linkage.wall_what_came(actor=actor, site=told.site, at=at, among=[allegation.pk])
    try:
        linkage.propose_matches(actor=actor, allegation=allegation, at=at)
        cases.keep_summary(actor=actor, allegation=allegation, at=at)
    except Exception as fault:  # noqa: BLE001 -- nothing that matching can do may lose what was told
        linkage.matching_failed(actor=actor, allegation=allegation, fault=type(fault).__name__, at=at)
        cases.keep_summary(actor=actor, allegation=allegation, at=at)
    return allegation


def case_taken_on(  # noqa: PLR0913 -- all that the desk says when a report leaves it
    *,
    actor: Actor,
    allegation: Allegation,
    answers: ScreeningAnswers,
    outcome: Outcome,
    reason: str,
    at: datetime,
    redirected_to: str = "",
    attached_to: Case | None = None,
    another_because: str = "",
    both_new: bool = False,
) -> Triage:
    """Screen an allegation and let it leave the desk; where that opens a case, the victim's first contact falls due, and where
    the case stays with its owner, the clock of the advice starts.

    `attached_to` is a case that it joins without naming its people. Where its own people may have a case, another one
    is opened only with a reason (`another_because`), which the log and the triage keep. `both_new` adds the victim and
    the subject whom it names to the record first, which is refused where somebody on record could be meant.
    """
    with audit.recorded(actor, "allegation.settled", at=at, file=allegation.pk, whole=True) as entry:
        if both_new:
            _add_both(actor, allegation, at)  # where nothing on record could be meant: no case of theirs either
        elif attached_to is None and cases.refuse_second_case(
            actor=actor, allegation=allegation, outcome=outcome, because=another_because, at=at
        ):
            reason = f"{reason.strip()}\n{another_because.strip()}"
        cases.screen(actor=actor, allegation=allegation, answers=answers, at=at)
        triage = entry.about(
            cases.triage(
                actor=actor,
                allegation=allegation,
                outcome=outcome,
                reason=reason,
                at=at,
                redirected_to=redirected_to,
                attached_to=attached_to,
            )
        )
        what_follows(actor=actor, triage=triage, allegation=allegation, reason=reason, at=at)
        return triage


def _add_both(actor: Actor, allegation: Allegation, at: datetime) -> None:
    if not (linkage_queries.names_two(actor, allegation, at=at) and is_alone(actor=actor, report=allegation, at=at)):
        raise CannotStep("both_new", "Somebody on record could be meant now. Say first who they are.")
    for part in Part:
        cases.confirm_match(actor=actor, allegation=allegation, part=part, at=at)


def what_follows(*, actor: Actor, triage: Triage, allegation: Allegation, reason: str, at: datetime) -> None:
    """Owe the victim of a case that was opened the first contact, and ask for a consultation where that is the outcome."""
    if triage.case is not None and triage.case.opened_at == at:
        first = UpdateKind.FIRST_CONTACT
        support.owe_update(actor=actor, case=triage.case, what=first, happened_at=at, at=at)
    if triage.case is not None and triage.outcome == Outcome.CONSULTATION:
        owner = allegation.teller or OWNER
        panel.ask_consultation(actor=actor, case=triage.case, owner=owner, question=reason, at=at)
