"""Conditions as `enableWhen` can say them: one flat list, joined by *all* or by *any*."""

from fourfold.assessment.terms import AllOf, AnyOf, Clause, Condition, Not, Operator


def flat(condition: Condition) -> tuple[str, list[tuple[Clause, bool]]] | None:
    """Return one list of comparisons (and whether each is denied) that are all joined in the same way, `all` or `any`;
    None for a condition that says more than that."""
    for kind, behaviour in ((AllOf, "all"), (AnyOf, "any")):
        clauses = _listed(condition, kind)
        if clauses is not None:
            return behaviour, clauses
    return None


def _listed(condition: Condition, kind: type[AllOf] | type[AnyOf]) -> list[tuple[Clause, bool]] | None:
    if isinstance(condition, Clause):
        return _single(condition, kind)
    if isinstance(condition, Not):
        inner = condition.part
        plain = isinstance(inner, Clause) and inner.operator is Operator.EXISTS and inner.fact is None
        return [(inner, True)] if plain and isinstance(inner, Clause) else None
    if not isinstance(condition, kind):
        return None
    found: list[tuple[Clause, bool]] = []
    for part in condition.parts:
        listed = _listed(part, kind)
        if listed is None:
            return None
        found += listed
    return found


def _single(clause: Clause, kind: type[AllOf] | type[AnyOf]) -> list[tuple[Clause, bool]] | None:
    """Return one comparison; with several values it is several, joined as its operator demands."""
    if clause.fact is not None:
        return None
    if clause.operator is Operator.EXISTS or len(clause.values) == 1:
        return [(clause, False)]
    wanted = AllOf if clause.operator is Operator.NOT_EQUALS else AnyOf
    if kind is not wanted or not clause.values:
        return None
    return [(Clause(clause.field, clause.operator, (value,)), False) for value in clause.values]
