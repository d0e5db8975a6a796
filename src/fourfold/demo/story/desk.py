"""Told, who, screened: from a row of an export to a case that the unit takes on."""

import secrets
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from fourfold import journey
from fourfold.access.terms import NotFound, Role
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.terms import CannotStep, Outcome
from fourfold.demo import feed, moves
from fourfold.demo.founding import Company
from fourfold.demo.invented import Inventor, misspelt
from fourfold.demo.moves import Pair, Row
from fourfold.demo.story.tale import Tale, counted
from fourfold.intake import services as intake
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.people.terms import Part

HOUR = timedelta(hours=1)


def told(tale: Tale, pair: Pair) -> tuple[Row, Row]:
    """Import the morning's export of three rows, twice; return the two allegations that could be read."""
    tale.chapter("Told")
    at = tale.on(0, 9)
    analyst = tale.who(Role.POLICE_ANALYST, at)
    numbers = [f"{secrets.randbelow(10**7):07d}" for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        feed.write(path, _three_rows(tale, pair, numbers))
        totals = intake.import_file(actor=analyst, path=path, mapping=feed.MAPPING, site=tale.company.site, at=at)
        again = intake.import_file(actor=analyst, path=path, mapping=feed.MAPPING, site=tale.company.site, at=at)
    tale.tell(
        f"The police analyst imports the force's export: {counted(totals.read, 'row')} read, {totals.accepted} accepted "
        f"word for word, {totals.quarantined} held back ({totals.reasons[0][0] if totals.reasons else 'no reason'})."
    )
    tale.tell(f"The police analyst imports the same file again by mistake: {again.accepted} accepted, nothing doubled.")
    for one in (totals, again):
        tale.hold(one.read == one.accepted + one.duplicates + one.quarantined, "every row read is accounted for")
    tale.hold((totals.accepted, totals.quarantined, again.accepted) == (2, 1, 0), "two rows kept once, one held back")
    first, second = (_at_the_desk(tale, f"06/{number}", at) for number in numbers[:2])
    return first, second


def _three_rows(tale: Tale, pair: Pair, numbers: list[str]) -> list[dict[str, str]]:
    """Return two acts, the second with the name as a tired hand wrote it, and one of a day that no calendar has."""
    inventor = Inventor(int(numbers[0]))
    misspelt_victim = replace(pair.victim, name=misspelt(pair.victim.name, inventor.dice))
    suspect = feed.suspect(pair.subject, "Ex partner")
    return [
        feed.act(
            numbers[0],
            tale.on(-3, 21),
            "8L",
            "He rang nine times in an evening and hung up when her brother answered.",
            **feed.victim(pair.victim),
            **suspect,
        ),
        feed.act(
            numbers[1],
            tale.on(0, 7),
            "8R",
            "Flowers were left on the step. The card says that she would be sorry. She has asked him to stop.",
            **feed.victim(misspelt_victim),
            **suspect,
        ),
        feed.act(numbers[2], tale.on(0, 7), "8L", "He waited by the gate.") | {"Reported date": "31/02/2026"},
    ]


def _at_the_desk(tale: Tale, reference: str, at: datetime) -> Row:
    analyst = tale.who(Role.POLICE_ANALYST, at)
    after = ""
    while True:
        page = case_queries.untriaged(actor=analyst, at=at, after=after)
        found = next((row.id for row in page.rows if row.reference == reference), None)
        if found is not None:
            return linkage_queries.allegation(analyst, found, at=at)
        if not page.next:
            raise LookupError(f"{reference} is not at the desk")
        after = page.next


def who(tale: Tale, first: Row, second: Row) -> None:
    """Put both people on record from the first act, find them again in the second, undo, and confirm again."""
    tale.chapter("Who")
    at = tale.on(0, 12)
    analyst = tale.who(Role.POLICE_ANALYST, at)
    victim: Row = cases.confirm_match(actor=analyst, allegation=first, part=Part.VICTIM, at=at).victim
    subject: Row = cases.confirm_match(actor=analyst, allegation=first, part=Part.SUBJECT, at=at).subject
    tale.tell(f"The police analyst puts {victim.name} and {subject.name} on record from the first allegation.")
    proposals = linkage.propose_matches(actor=analyst, allegation=second, at=at)
    proposed = [one for one in proposals if one.victim_id == victim.pk]
    tale.hold(bool(proposed), "the second allegation is proposed as the same victim, although the name is misspelt")
    for one in proposed:
        agreeing = ", ".join(each["field"] for each in one.evidence if each["weight"] > 0)
        tale.tell(f"Linkage proposes {victim.name} for “{second.victim_name}” with its evidence: {agreeing}.")
    match = cases.confirm_match(actor=analyst, allegation=second, part=Part.VICTIM, victim=victim, at=at)
    cases.confirm_match(actor=analyst, allegation=second, part=Part.SUBJECT, subject=subject, at=at)
    tale.tell("The police analyst confirms both people; nothing was merged silently.")
    _undo_and_confirm(tale, second, match, victim)


def _undo_and_confirm(tale: Tale, second: Row, match: Row, victim: Row) -> None:
    at = tale.on(0, 15)
    colleague = tale.who(Role.UNIT_COORDINATOR, at)
    cases.undo_match(actor=colleague, match=match, reason="the spelling made me doubt", at=at)
    tale.hold(linkage_queries.people_of(second.pk)[0] is None, "an undone match is not counted")
    cases.confirm_match(
        actor=colleague, allegation=second, part=Part.VICTIM, victim=victim, reason="same telephone and birth", at=at
    )
    tale.hold(linkage_queries.people_of(second.pk)[0] == victim, "a match that is confirmed again counts again")
    tale.tell("The unit coordinator undoes the link in doubt, rings the officer, and confirms it again.")


def screened(tale: Tale, first: Row, second: Row) -> Row:
    """Look at the desk's page, answer FOUR, and take the case on for the panel; return the case."""
    tale.chapter("Screened")
    at = tale.on(0, 16)
    analyst = tale.who(Role.POLICE_ANALYST, at)
    page = case_queries.desk_page(actor=analyst, allegation_id=second.pk, at=at)
    tale.hold(page.two_acts, "two acts by one person are a course of conduct")
    tale.hold(page.class_check is not None, "the class check speaks for a former partner's second act")
    tale.tell(f"The desk says: {page.class_check.says if page.class_check else 'nothing about the class'}")
    with tale.refused(CannotStep, "The police analyst tries to let it leave the desk without a reason."):
        cases.triage(actor=analyst, allegation=second, outcome=Outcome.PANEL, reason=" ", at=at)
    reason = "second act in three days by a former partner, and fear"
    triage = journey.case_taken_on(
        actor=analyst, allegation=second, answers=moves.FOUR, outcome=Outcome.PANEL, reason=reason, at=at
    )
    cases.triage(actor=analyst, allegation=first, outcome=Outcome.PANEL, reason="the first act of that case", at=at)
    case = triage.case
    assert case is not None  # noqa: S101 -- this outcome opens one
    tale.tell(
        f"The police analyst answers FOUR, asks the force to reclassify, and takes it on as {case.reference}: panel, because {reason}."
    )
    moves.give_team(tale.company, case, at=at + HOUR)
    tale.tell("The unit coordinator gives officer, advocate, clinician and outreach worker their parts in the case.")
    with tale.refused(NotFound, "A police officer in London opens the case."):
        stranger = Company("london").of(Role.POLICE_OFFICER, at)
        case_queries.case_of(actor=stranger, reference=case.reference, at=at + HOUR)
    return case
