"""What a panel may do and see, and what it must answer. No framework, no clock."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, timedelta

from fourfold.cases.rules.levels import highest
from fourfold.cases.terms import Level
from fourfold.panel.gates import why_not_direct_work
from fourfold.panel.measures import why_not_kind
from fourfold.panel.terms import (
    DECISION_TEXTS,
    DecisionDraft,
    Gap,
    MeasureDraft,
    OrderConsidered,
    Phase,
    Signs,
    Strand,
    Table,
    ViewGiven,
)
from fourfold.words import Word, named, sentence, together, words

#: What may follow what; None is an item that is not there yet. No step leads back.
NEXT: dict[Phase | None, frozenset[Phase]] = {
    None: frozenset({Phase.INDEPENDENT}),
    Phase.INDEPENDENT: frozenset({Phase.CONSOLIDATING}),
    Phase.CONSOLIDATING: frozenset({Phase.DECIDED}),
    Phase.DECIDED: frozenset(),
}

MOST_MEASURES = 40
"""More than that is no plan that anybody follows."""


# --- the rhythm ---------------------------------------------------------------------------------------------


def sits_by(last_on: date | None, live_on: date, every_days: int) -> date:
    """Return the last day on which the site's rhythm lets its next sitting fall: after the last one, or its start."""
    return (last_on or live_on) + timedelta(days=every_days)


# --- who has spoken ---------------------------------------------------------------------------------------


def missing_professions(quorum: Iterable[str], views: Iterable[ViewGiven]) -> tuple[str, ...]:
    """Return the professions that the site's quorum asks for and that have not given a view, in its order."""
    spoken = {view.profession for view in views}
    return tuple(profession for profession in quorum if profession not in spoken)


def why_not_give_view(phase: Phase, profession: str) -> str | None:
    """Return why somebody cannot give a view on an item, or None. A view may be added until the decision."""
    if not profession:
        return "Only the four professions give views. The chair hears them and records the decision."
    if phase is Phase.DECIDED:
        return "This item is decided. Bring the case before a new sitting to reopen it."
    return None


def why_not_see_views(phase: Phase, *, mine_is_in: bool) -> str | None:
    """Return why the views of others stay shut for somebody, or None: each thinks alone before all think together."""
    if mine_is_in or phase is not Phase.INDEPENDENT:
        return None
    return Word("You can read the other views, and the advice of the rules and tools, after you give your own view.")


def why_not_open_views(phase: Phase, quorum: Iterable[str], views: Iterable[ViewGiven]) -> str | None:
    if Phase.CONSOLIDATING not in NEXT[phase]:
        return "The views are open already."
    if missing := missing_professions(quorum, views):
        return sentence(
            "Views still to come: {1}. Wait for them, or move the item to another day.",
            together(", ", map(named, missing)),
        )
    return None


# --- whose level stands ------------------------------------------------------------------------------------


def stated_levels(views: Iterable[ViewGiven]) -> dict[str, Level]:
    """Return the level that each profession stands by: the latest that each of its people stated, the highest of them.

    `views` come in the order in which they were given. A later "cannot say" takes nothing back: what is unknown
    lowers nothing.
    """
    latest = {view.staff: (view.profession, view.level) for view in views if view.level is not None}
    stated: dict[str, Level] = {}
    for profession, level in latest.values():
        stated[profession] = max(stated.get(profession, level), level, key=lambda each: each.rank)
    return stated


def standing_above(level: Level, views: Iterable[ViewGiven]) -> dict[str, Level]:
    """Return the professions that stand by a higher level than this one, with theirs."""
    return {profession: theirs for profession, theirs in stated_levels(views).items() if theirs.rank > level.rank}


# --- what a decision must answer --------------------------------------------------------------------------


def why_not_decide(draft: DecisionDraft, table: Table) -> tuple[Gap, ...]:
    """Return everything that keeps a decision from being recorded; nothing when it may be."""
    return (
        *_phase_gaps(table),
        *_assessment_gaps(draft, table),
        *_answer_gaps(draft),
        *_level_gaps(draft, table),
        *_dissent_gaps(draft, table),
        *_measures_gaps(draft, table),
        *_review_gaps(draft, table),
    )


def _phase_gaps(table: Table) -> Iterator[Gap]:
    if Phase.DECIDED not in NEXT[table.phase]:
        yield Gap("phase", _NOT_TO_DECIDE[table.phase])
    if missing := missing_professions(table.quorum, table.views):
        yield Gap("quorum", f"The panel is not quorate: no view from {', '.join(missing)}. Wait for it or adjourn.")


_NOT_TO_DECIDE = words(
    {
        Phase.INDEPENDENT: "The views are not open yet. Open them when every profession has given one.",
        Phase.DECIDED: "This item is decided already. Bring the case before a new sitting to decide again.",
    }
)


def _assessment_gaps(draft: DecisionDraft, table: Table) -> Iterator[Gap]:
    """Ask for an assessment, or for the reason: what cannot wait is decided without one, and says so."""
    if not table.assessed and not draft.without_assessment.strip():
        yield Gap(
            "without_assessment",
            "No assessment of this case is up to date. Assess it first, or say why the panel decides without one.",
        )


def _answer_gaps(draft: DecisionDraft) -> Iterator[Gap]:
    """Yield what nobody has answered, in the order of the form."""
    missing = {
        text.name: text.missing for text in DECISION_TEXTS if text.missing and not getattr(draft, text.name).strip()
    }
    if draft.order_considered not in set(OrderConsidered):
        missing["order_considered"] = Word("Say whether a stalking protection order is sought: yes or no.")
    yield from (Gap(each.name, missing[each.name]) for each in fields(draft) if each.name in missing)


def _level_gaps(draft: DecisionDraft, table: Table) -> Iterator[Gap]:
    if draft.level not in set(Level):
        yield Gap("level", "Set the level: low, medium, high or very high.")
        return
    level, bar = Level(draft.level), highest(table.advised, table.in_force)
    if bar is None or level.rank >= bar.rank:
        return
    if not draft.level_reason.strip():
        yield Gap("level_reason", f"{level.label} is lower than {bar.words}. Give the reason.")
    if not table.second_signature:
        yield Gap("level", f"{level.label} is lower than {bar.words}. A second person must sign it.")


def _dissent_gaps(draft: DecisionDraft, table: Table) -> Iterator[Gap]:
    """Yield a gap for a higher level passed over in silence: words of dissent must stand next to it, or the reason."""
    if draft.level not in set(Level) or draft.dissent.strip() or draft.level_reason.strip():
        return
    level = Level(draft.level)
    if above := standing_above(level, table.views):
        higher = ", ".join(f"{profession} recommends {theirs.words}" for profession, theirs in above.items())
        yield Gap(
            "dissent",
            f"{higher[0].upper()}{higher[1:]}, and the panel would decide {level.words}. "
            "Write their dissent here, or the reason for the lower level.",
        )


def _measures_gaps(draft: DecisionDraft, table: Table) -> Iterator[Gap]:
    if len(draft.measures) > MOST_MEASURES:
        yield Gap("measures", f"Enter {MOST_MEASURES} measures or fewer. Combine those that belong together.")
    if not draft.measures:
        yield Gap("measures", "Add at least one measure with an owner and a date.")
    if draft.measures and all(measure.strand is not Strand.VICTIM_SAFETY for measure in draft.measures):
        yield Gap("measures", "Add a measure for the victim’s safety, even if it is only who speaks with the victim.")
    for number, measure in enumerate(draft.measures, start=1):
        yield from _measure_gaps(number, measure, draft, table)


def _measure_gaps(number: int, measure: MeasureDraft, draft: DecisionDraft, table: Table) -> Iterator[Gap]:
    where = f"measure-{number}"
    if not measure.what.strip():
        yield Gap(f"{where}-what", f"Say what measure {number} is.")
    if not measure.owner_partner:
        yield Gap(f"{where}-owner_partner", f"Say which agency owns measure {number}.")
    elif measure.owner_partner not in table.partners:
        yield Gap(f"{where}-owner_partner", f"Choose an agency of this unit as the owner of measure {number}.")
    if measure.due_on is None:
        yield Gap(f"{where}-due_on", f"Enter the date by which measure {number} is done.")
    elif measure.due_on < table.today:
        yield Gap(f"{where}-due_on", f"The date of measure {number} must be today or later.")
    if why := why_not_kind(measure.kind, measure.strand):
        yield Gap(f"{where}-kind", why)
    if measure.is_direct_work and (why := why_not_direct_work(draft.under_investigation, table, draft.resident)):
        yield Gap(f"{where}-direct_work", why)


def _review_gaps(draft: DecisionDraft, table: Table) -> Iterator[Gap]:
    last = table.review_by.get(Level(draft.level)) if draft.level in set(Level) else None
    if draft.review_on is None:
        yield Gap("review_on", "Enter the date of the next review.")
    elif draft.review_on < table.today:
        yield Gap("review_on", "The date of the next review must be today or later.")
    elif last is not None and draft.review_on > last:
        level = Level(draft.level).words
        yield Gap(
            "review_on", f"At {level} this site reviews by {last.day} {last:%B %Y}. Enter that date or an earlier one."
        )


# --- what the rules suggest -------------------------------------------------------------------------------


def advised_level(signs: Signs) -> Level | None:
    """Return the highest level that the latest assessments and the acts advise; None where nothing speaks.

    An assessment that is out of date still counts: only a newer one, or a second signature, takes its level away.
    Two breaches, or one while acts come closer together, advise at least high: our own choice, to be tested by the
    evaluation. What is unknown lowers nothing.
    """
    return highest(*(level for _, level in signs.tools), _from_acts(signs))


def _from_acts(signs: Signs) -> Level | None:
    grave = signs.breaches >= 2 or (signs.breaches == 1 and signs.shortening is True)
    return Level.HIGH if grave else None
