"""The reference pages that are written from the code, so that they cannot lie."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from django.conf import settings

from fourfold import glossary
from fourfold.access import rules
from fourfold.access.roles import ROLES
from fourfold.access.terms import Access, Compartment, PartnerKind, Permission, Purpose, RelationKind, Role, Side
from fourfold.cli import architecture, data_standards, statistics_pages

FOLDER = Path("docs/reference")
MADE = "<!-- Written by `make docs` from the code. Do not edit. -->\n"

#: Where each state machine's steps stand: title, module, name of a mapping from state to the states that may follow.
MACHINES = (
    ("A case", "fourfold.cases.rules", "NEXT"),
    ("An offer of a case to another unit", "fourfold.cases.rules", "OFFER_NEXT"),
    ("An item before the panel", "fourfold.panel.rules", "NEXT"),
    ("A round of ratings", "fourfold.assessment.rules.rounds", "NEXT"),
    ("An order", "fourfold.orders.rules", "NEXT"),
)

PARTNER_OF_ROLE = {
    Role.MENTAL_HEALTH_PROFESSIONAL: PartnerKind.NHS,
    Role.OUTREACH_WORKER: PartnerKind.OUTREACH,
    Role.VICTIM_ADVOCATE: PartnerKind.ADVOCACY,
    Role.EVALUATOR: PartnerKind.PROGRAMME,
    Role.PROGRAMME_LEAD: PartnerKind.PROGRAMME,
    Role.SYSTEM_ADMINISTRATOR: PartnerKind.PROGRAMME,
}

RELATION_OF_ROLE = {
    Role.POLICE_OFFICER: RelationKind.OIC,
    Role.MENTAL_HEALTH_PROFESSIONAL: RelationKind.CLINICIAN_OF_SUBJECT,
    Role.VICTIM_ADVOCATE: RelationKind.ADVOCATE,
}


def write(*, check: bool) -> list[Path]:
    """Write every page that is out of date and return which; with `check`, write none."""
    stale = []
    for name, text in pages().items():
        path = settings.BASE_DIR / FOLDER / name
        if not path.exists() or path.read_text() != text:
            stale.append(path.relative_to(settings.BASE_DIR))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    return stale


def pages() -> dict[str, str]:
    """Return the text of each generated page by its file name."""
    return {
        "roles.md": MADE + "\n".join(_roles()) + "\n",
        "compartments.md": MADE + "\n".join(_compartments()) + "\n",
        "states.md": MADE + "\n".join(_states()) + "\n",
        "routes.md": MADE + "\n".join(_routes()) + "\n",
        "architecture.md": MADE + "\n".join(architecture.page()) + "\n",
        "glossary.md": MADE + "\n".join(_glossary()) + "\n",
        "data-standards.md": MADE + "\n".join(data_standards.page()) + "\n",
        "architecture.svg": architecture.picture(),
    } | {f"stats/{name}": MADE + text for name, text in statistics_pages.pages().items()}


def _glossary() -> Iterator[str]:
    yield "# Words\n"
    yield "Every word of ours and of the field, in a line each. The pages show the same list under Help.\n"
    for title, words in glossary.headings().items():
        yield f"## {title}\n\n| word | what it means |\n|---|---|"
        yield from (f"| {word} | {text} |" for word, text in words.items())
        yield ""


def _roles() -> Iterator[str]:
    yield "# Roles and what they may do\n"
    for role, card in ROLES.items():
        yield f"## {role.label.capitalize()}\n\n{card.paragraph}\n"
    yield "## Roles × permissions\n"
    yield "| permission | " + " | ".join(role.label for role in ROLES) + " |"
    yield "|---|" + "---|" * len(ROLES)
    for permission in Permission:
        cells = ("yes" if permission in card.permissions else "" for card in ROLES.values())
        yield f"| `{permission}` | " + " | ".join(cells) + " |"


def _compartments() -> Iterator[str]:
    yield "# Who reads and writes which compartment of a case\n"
    yield (
        "Decided by `fourfold.access.rules` for a person in the unit with second factor, training, purpose and an "
        "agreement in force. *r* reads, *w* writes, *2* only when a second person has approved. Nobody else sees that "
        "the case exists.\n"
    )
    yield "| who | " + " | ".join(compartment.replace("_", " ") for compartment in Compartment) + " |"
    yield "|---|" + "---|" * len(Compartment)
    for role in ROLES:
        yield _row(role.label, role, frozenset())
        if role in RELATION_OF_ROLE:
            relation = RELATION_OF_ROLE[role]
            yield _row(f"{role.label}, as {relation.replace('_', ' ')}", role, frozenset({relation}))


def _row(label: str, role: Role, relations: frozenset[RelationKind]) -> str:
    return f"| {label} | " + " | ".join(_cell(role, relations, compartment) for compartment in Compartment) + " |"


def _cell(role: Role, relations: frozenset[RelationKind], compartment: Compartment) -> str:
    alone = _opens(role, relations, compartment, Access.READ, second=False)
    with_second = _opens(role, relations, compartment, Access.READ, second=True)
    writes = _opens(role, relations, compartment, Access.WRITE, second=False)
    return ("r" if alone else "2" if with_second else "") + ("w" if writes else "")


def _opens(
    role: Role, relations: frozenset[RelationKind], compartment: Compartment, access: Access, *, second: bool
) -> bool:
    team = Permission.CASE_VIEW in ROLES[role].permissions
    facts = rules.Facts(
        roles=frozenset({role}),
        partner_kind=PARTNER_OF_ROLE.get(role, PartnerKind.POLICE),
        active=True,
        vouched=True,
        trained=True,
        cleared=True,
        second_factor=True,
        purpose=Purpose.CASEWORK,
        team=team,
        relations=relations,
        agreement=True,
        walled=False,
        compartment=compartment,
        side=Side.SUBJECT if compartment is Compartment.CLINICAL else Side.NONE,
        access=access,
        second=second,
    )
    return rules.why_not(facts) is None


def _states() -> Iterator[str]:
    yield "# States and the steps between them\n"
    yield "Drawn from the tables by which the rules decide; `[*]` is before the first and after the last.\n"
    for title, module, name in MACHINES:
        steps = getattr(import_module(module), name)
        yield f"## {title}\n\n```mermaid\nstateDiagram-v2"
        for state, following in steps.items():
            yield from (f"    {state or '[*]'} --> {after}" for after in sorted(following, key=str))
            if not following:
                yield f"    {state} --> [*]"
        yield "```\n"


def _routes() -> Iterator[str]:
    from fourfold.access.routes import routes

    yield "# Every address, and what it needs\n"
    yield "| address | name | permission | may show |\n|---|---|---|---|"
    for route in routes():
        declared = route.declared
        if declared is None:
            continue
        needs = f"`{declared.permission}`" if declared.permission else f"open: {declared.open_because}"
        shows = ", ".join(sorted(compartment.replace("_", " ") for compartment in declared.compartments))
        yield f"| `/{route.address}` | {route.name} | {needs} | {shows} |"
