"""What a site's rules ask before anybody works with the subject directly. No framework, no clock.

The rules are those that the Hampshire panel publishes; each site says in its model of working which of them it has.
What is not known keeps a gate shut, for not known is never no.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.cases.terms import Answer
from fourfold.panel.terms import Gate, GateState, Table


def gates(table: Table, under_investigation: Answer, resident: Answer = Answer.NOT_KNOWN) -> tuple[Gate, ...]:
    """Return the gates of the site, each with the rule in words, the fact it stands on, and its source."""
    return tuple(_gates(table, under_investigation, resident))


def why_not_direct_work(under_investigation: Answer, table: Table, resident: Answer = Answer.NOT_KNOWN) -> str | None:
    """Return why there may be no direct psychological work with the subject, or None: every gate that is not open."""
    shut = [gate.stops for gate in gates(table, under_investigation, resident) if gate.stops]
    return f"{' '.join(shut)} {table.gate_source}".strip() if shut else None


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
            says="The unit coordinates no care: the service that referred keeps holding the case.",
            state=GateState.STANDS,
            fact=f"Held by {table.kept_by}." if table.kept_by else "Nobody has recorded who holds it.",
            source=table.gate_source,
        )


def _investigation(table: Table, answer: Answer) -> Gate:
    state = "is under investigation" if answer is Answer.YES else "may be under investigation"
    stops = (
        f"No direct psychological work while the subject {state}. Assessment, and advice to teams, are allowed."
        if answer is not Answer.NO
        else ""
    )
    facts = {
        Answer.YES: "The last decision says that he is under investigation.",
        Answer.NO: "The last decision says that there is no investigation.",
        Answer.NOT_KNOWN: "No decision says whether he is under investigation.",
    }
    return Gate(
        code="investigation",
        says="No direct psychological work while the police investigate.",
        state=_state(answer, opens=Answer.NO),
        fact=facts[answer],
        source=table.gate_source,
        stops=stops,
    )


def _age(table: Table) -> Gate:
    age, least = table.subject_age, table.minimum_age
    if age is None:
        stops = (
            f"Direct work is for people of {least} or older, and his date of birth is not on record. Record it first."
        )
        fact = "His date of birth is not on record."
    elif age < least:
        stops, fact = (
            f"Direct work is for people of {least} or older. Refer him to a service for his age.",
            "He is younger.",
        )
    else:
        stops, fact = "", f"He is {least} or older."
    state = GateState.NOT_KNOWN if age is None else GateState.SHUT if stops else GateState.OPEN
    return Gate("age", f"People of {least} or older only.", state, fact, table.gate_source, stops)


def _resident(table: Table, answer: Answer) -> Gate:
    stops = {
        Answer.NO: "Direct work is for people who live in the site's area. Ask the site where he lives.",
        Answer.NOT_KNOWN: "Direct work is for people who live in the site's area. Say whether he does.",
    }.get(answer, "")
    facts = {
        Answer.YES: "The last decision says that he lives in the area.",
        Answer.NO: "The last decision says that he lives elsewhere.",
        Answer.NOT_KNOWN: "No decision says whether he lives in the area.",
    }
    says = "People who live in the site's area only."
    return Gate("resident", says, _state(answer, opens=Answer.YES), facts[answer], table.gate_source, stops)


def _state(answer: Answer, *, opens: Answer) -> GateState:
    if answer is Answer.NOT_KNOWN:
        return GateState.NOT_KNOWN
    return GateState.OPEN if answer is opens else GateState.SHUT
