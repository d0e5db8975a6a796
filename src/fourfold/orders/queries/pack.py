"""What the pack for an application says: chosen field by field, and the victim's whereabouts taken out of every word."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from fourfold.access.terms import Compartment, NotFound, Opened, existing
from fourfold.audit.terms import Actor
from fourfold.cases.queries.values import ActRow
from fourfold.exhibits.terms import ExhibitRow
from fourfold.intake.models import Allegation
from fourfold.law.rules import limit
from fourfold.orders import rules
from fourfold.orders.application import Asked, Evidence, Happened, Pack, Passes, Place
from fourfold.orders.models import Breach, Order
from fourfold.orders.queries import supporting, whereabouts
from fourfold.orders.queries.breaches import fallen_acts
from fourfold.orders.queries.case_orders import orders_of
from fourfold.orders.queries.values import ConditionShown, OrderShown
from fourfold.orders.terms import ConditionKind, OrderKind, Step
from fourfold.programme import queries as programme
from fourfold.words import opening, sentence, words

#: The fields of an order and of what speaks for it, as whoever decides on a word reads them.
WORDS = words(
    {
        "court": "court",
        "protected": "whom it is to protect",
        "authorised": "by whom it was authorised",
        "why": "why the order is necessary",
        "told": "account as told",
        "reference": "reference",
        "class": "class as recorded",
        "title": "title",
        "kind": "kind",
        "document": "a document of the case",
        "condition": "words of the condition",
    }
)


def masking(victim: UUID, leaves_out: Passes) -> Passes:
    """Return what masks in a draft, unasked, every way to reach a victim, however it is written.

    A court bears the name of its town, and a condition that names a place of the victim on purpose keeps it.
    """
    places = whereabouts.of_victims({victim})

    def passes(text: str, place: Place) -> str:
        if place.meant:
            return text
        return places.without(text if place.court else leaves_out(text, place))

    return passes


def pack_of(*, actor: Actor, opened: Opened, order: UUID, applicant: str, passes: Passes, at: datetime) -> Pack:
    """Return the pack for one order of a case that was opened, or raise NotFound.

    `passes` says of each text how much of it may stand there; `applicant` is the partner that applies.
    """
    if not opened.may_read(Compartment.SUBJECT_IDENTITY):
        raise NotFound
    shown = orders_of(actor, opened, at=at)
    sought = existing(next((each for each in shown if each.id == order), None))
    case = Order.objects.of(opened).select_related("case__victim", "case__subject").get(pk=order).case
    acts = supporting.acts_in_order(opened)
    documents = supporting.documents_for_court(actor, opened, at=at)
    told, fallen = _accounts(acts), fallen_acts(Breach.objects.of(opened))
    authorised = next((step for step in sought.steps if step.step is Step.AUTHORISED), None)
    others = tuple(each for each in shown if each.id != order and each.made_on)
    here = partial(Place, str(order), sought.kind.words)
    return Pack(
        reference=case.reference,
        kind=sought.kind,
        applicant=programme.name_of(applicant),
        court=passes(sought.court, here(WORDS["court"], court=True)),
        respondent=case.subject.name,
        born_on=case.subject.birth_on,
        protects=(
            *((case.victim.name,) if sought.protects_victim else ()),
            *(passes(each, here(WORDS["protected"], named=True)) for each in sought.protects),
        ),
        authorised_on=authorised.taken_at if authorised else None,
        authorised=passes(authorised.reason, here(WORDS["authorised"])) if authorised else "",
        why=passes(_why(sought), here(WORDS["why"])),
        behaviours=tuple(Counter(kind for act in acts for kind in act.kinds or ("kind not known",)).most_common()),
        chronology=tuple(_happened(act, told.get(act.allegation, ""), passes, fallen) for act in acts),
        evidence=tuple(_evidence(row, passes) for row in documents),
        conditions=_asked(opened, sought, acts, documents, passes, fallen),
        other_orders=tuple(_other(each) for each in others),
        breaches=sum(len(each.breaches) for each in others),
        notifies=notifies(sought.kind, at),
        until=f"until {sought.expires_on:%-d %B %Y}" if sought.expires_on else "",
        made_at=at,
        acts_heading=sought.kind.about.acts_heading,
    )


def _accounts(acts: Iterable[ActRow]) -> dict[UUID, str]:
    """Return the whole words of acts of an opened case, by allegation."""
    rows = Allegation.objects.unscoped("acts of a case that was opened").filter(pk__in=[act.allegation for act in acts])
    return dict(rows.values_list("pk", "words"))


def _why(sought: OrderShown) -> str:
    """Return why the order is necessary, as was said when it was considered and applied for: a paragraph each."""
    reasons = [step.reason.strip() for step in sought.steps if step.step in (Step.CONSIDERED, Step.APPLIED)]
    said = dict.fromkeys(opening(reason) for reason in reasons if reason)
    return "\n".join(reason if reason[-1] in ".!?”" else f"{reason}." for reason in said)


def _evidence(row: ExhibitRow, passes: Passes) -> Evidence:
    place = partial(Place, str(row.id), WORDS["document"], compartment=row.compartment)
    kind = passes(row.kind.replace("_", " ").replace("-", " "), place(field=WORDS["kind"]))
    return Evidence(passes(row.title, place(field=WORDS["title"])), kind, row.kept_at, row.sha256, row)


def _happened(act: ActRow, told: str, passes: Passes, fallen: frozenset[UUID]) -> Happened:
    kinds = ", ".join(kind.replace("_", " ") for kind in act.kinds)
    breach = "breach of an order" if act.is_breach else ""
    record = sentence("report {1} of {2}", act.reference, f"{act.happened_at.astimezone(rules.LONDON):%-d %B %Y}")
    place = partial(Place, str(act.allegation), record)
    as_recorded = passes(act.class_as_recorded, place(field=WORDS["class"]))
    recorded = act.recorded_class.words if act.recorded_class else as_recorded or "not recorded as a crime"
    return Happened(
        on=act.happened_at,
        what="; ".join(filter(None, (kinds, breach))) or "kind not known",
        recorded_as=recorded,
        reference=passes(act.reference, place(field=WORDS["reference"])),
        words=passes(told, place(field=WORDS["told"])),
        kinds=act.kinds,
        confirmed=act.confirmed and act.allegation not in fallen,
        fallen=act.allegation in fallen,
        time_known=act.time_known,
    )


def _asked(
    opened: Opened,
    order: OrderShown,
    acts: list[ActRow],
    documents: tuple[ExhibitRow, ...],
    passes: Passes,
    fallen: frozenset[UUID],
) -> tuple[Asked, ...]:
    """Return the draft conditions, what is forbidden first, each with its length and what supports it."""
    said = supporting.conditions_of(opened, order.id)
    act_numbers = {act.allegation: number for number, act in enumerate(acts, 1)}
    document_numbers = {row.id: number for number, row in enumerate(documents, 1)}
    asked = []
    for condition in sorted(order.conditions, key=lambda each: each.kind is not ConditionKind.PROHIBITION):
        found = said.get(condition.id)
        confirmed = found is not None and found.confirmed_on is not None
        speaking = found.acts if found and confirmed else supporting.suggested(condition.text, acts) - fallen
        asked.append(
            Asked(
                text=passes(condition.text, _of_condition(order, condition)),
                kind=condition.kind.value,
                lasts=found.lasts.words if found else "",
                acts=tuple(sorted(act_numbers[each] for each in speaking if each in act_numbers)),
                documents=tuple(sorted(document_numbers[each] for each in found.documents if each in document_numbers))
                if found
                else (),
                confirmed_on=found.confirmed_on if found else None,
            )
        )
    return tuple(asked)


def _of_condition(order: OrderShown, condition: ConditionShown) -> Place:
    record = sentence("{1}, condition {2}", order.kind.words, condition.number)
    return Place(str(condition.id), record, WORDS["condition"], meant=bool(condition.place))


def _other(order: OrderShown) -> tuple[str, ...]:
    until = order.ended_on or order.expires_on
    return (
        order.kind.words + (", made and not served" if order.unserved else ""),
        f"{order.made_on:%-d %B %Y}",
        f"{until:%-d %B %Y}" if until else "until further order",
        str(len(order.breaches)),
    )


def notifies(kind: OrderKind, at: datetime) -> str:
    """Return by when the subject of such an order must notify the police, with its source; "" where they need not."""
    if not kind.about.notification_limit:
        return ""
    found = limit(kind.about.notification_limit, rules.day_of(at))
    says = found.says.replace("the subject", "the respondent")  # as the court calls them
    return f"{says[0].upper()}{says[1:]} ({found.source})."
