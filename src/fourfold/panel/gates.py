"""What a site's rules ask before anybody works with the subject directly. No framework, no clock.

The rules are those that the Hampshire panel publishes; each site says in its model of working which of them it has.
What is not known keeps a gate shut, for not known is never no.
"""

from collections.abc import Iterator

from fourfold.cases.terms import Answer
from fourfold.panel.terms import Gate, GateState, Table
from fourfold.words import Word, sentence, together, words


def gates(table: Table, under_investigation: Answer, resident: Answer = Answer.NOT_KNOWN) -> tuple[Gate, ...]:
    """Return the gates of the site, each with the rule in words, the fact it stands on, and its source."""
    return tuple(_gates(table, under_investigation, resident))


def why_not_direct_work(under_investigation: Answer, table: Table, resident: Answer = Answer.NOT_KNOWN) -> Word | None:
    """Return why there may be no direct psychological work with the subject, or None: every gate that is not open."""
    shut = [gate.stops for gate in gates(table, under_investigation, resident) if gate.stops]
    return together(" ", [*shut, *filter(None, [table.gate_source])]) if shut else None


def _gates(table: Table, under_investigation: Answer, resident: Answer) -> Iterator[Gate]:
    if not table.therapy_while_investigated:
        yield _investigation(table, under_investigation)
    if table.minimum_age:
        yield _age(table)
    if table.residents_only:
        yield _resident(table, resident)
    if table.referring_service_keeps_case:
        yield Gate(
            code="keeps_case",
            says=Word("The unit does not coordinate care. The service that referred the case keeps it."),
            state=GateState.STANDS,
            fact=_held_by(table.kept_by),
            source=table.gate_source,
        )


def _held_by(service: str) -> Word:
    return sentence("Kept by {1}.", service) if service else Word("Nobody has recorded who keeps it.")


def _investigation(table: Table, answer: Answer) -> Gate:
    return Gate(
        code="investigation",
        says=Word("No direct psychological work while the police investigate."),
        state=_state(answer, opens=Answer.NO),
        fact=_INVESTIGATED[answer],
        source=table.gate_source,
        stops=_WHILE_INVESTIGATED[answer],
    )


_INVESTIGATED = words(
    {
        Answer.YES: "The last decision says that the subject is under investigation.",
        Answer.NO: "The last decision says that there is no investigation.",
        Answer.NOT_KNOWN: "No decision says whether the subject is under investigation.",
    }
)
_WHILE_INVESTIGATED = words(
    {
        Answer.YES: "No direct psychological work while the subject is under investigation. "
        "Assessment, and advice to teams, are allowed.",
        Answer.NO: "",
        Answer.NOT_KNOWN: "No direct psychological work while the subject may be under investigation. "
        "Assessment, and advice to teams, are allowed.",
    }
)


def _age(table: Table) -> Gate:
    age, least = table.subject_age, table.minimum_age
    if age is None:
        state, fact = GateState.NOT_KNOWN, Word("The date of birth is not recorded.")
        stops: Word = sentence(
            "Direct work is for people aged {1} or over. The subject’s date of birth is not recorded. Record it first.",
            least,
        )
    elif age < least:
        state, fact = GateState.SHUT, Word("The subject is younger.")
        stops = sentence(
            "Direct work is for people aged {1} or over. Refer the subject to a service for younger people.", least
        )
    else:
        state, fact, stops = GateState.OPEN, sentence("The subject is {1} or over.", least), Word("")
    return Gate("age", sentence("People aged {1} or over only.", least), state, fact, table.gate_source, stops)


def _resident(table: Table, answer: Answer) -> Gate:
    return Gate(
        code="resident",
        says=Word("People who live in this site’s area only."),
        state=_state(answer, opens=Answer.YES),
        fact=_LIVES_THERE[answer],
        source=table.gate_source,
        stops=_UNLESS_RESIDENT[answer],
    )


_LIVES_THERE = words(
    {
        Answer.YES: "The last decision says that the subject lives in the area.",
        Answer.NO: "The last decision says that the subject lives elsewhere.",
        Answer.NOT_KNOWN: "No decision says whether the subject lives in the area.",
    }
)
_UNLESS_RESIDENT = words(
    {
        Answer.YES: "",
        Answer.NO: "Direct work is for people who live in this site’s area. Ask the site where the subject lives.",
        Answer.NOT_KNOWN: "Direct work is for people who live in this site’s area. Record whether the subject does.",
    }
)


def _state(answer: Answer, *, opens: Answer) -> GateState:
    if answer is Answer.NOT_KNOWN:
        return GateState.NOT_KNOWN
    return GateState.OPEN if answer is opens else GateState.SHUT
