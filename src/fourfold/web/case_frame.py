"""What stands around every page of one case: who, how dangerous, how to reach the victim, orders in force, and the tabs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.cases.queries.values import CaseHeader
from fourfold.cases.terms import SHUT, ShownLevel
from fourfold.orders import queries as orders
from fourfold.orders.queries import OrderOutline, OrderShown
from fourfold.orders.queries.values import BreachShown
from fourfold.orders.terms import ORDER_WORDS, BreachDecision
from fourfold.people.queries import contact as people
from fourfold.web.components.shell import Link
from fourfold.web.components.words import ago, day, happened, happened_ago, in_words, moment, plural
from fourfold.web.jinja import url
from fourfold.web.translation import composed, translated
from fourfold.words import Word, together, words

#: The tabs of a case: name, address, the permission without which a tab is not there.
TABS = words(
    (
        ("Pattern", "case:pattern", Permission.CASE_VIEW),
        ("Assessment", "assessment:page", Permission.CASE_VIEW),
        ("Panel", "panel:case", Permission.PANEL_VIEW),
        ("Plan", "plan:page", Permission.CASE_VIEW),
        ("Orders", "orders:page", Permission.CASE_VIEW),
        ("Victim", "support:file", Permission.SUPPORT_VIEW),
        ("Subject", "case:subject", Permission.CASE_VIEW),
        ("Documents", "documents:list", Permission.DOCUMENT_VIEW),
        ("Comments", "case:comments", Permission.CASE_VIEW),
        ("History", "case:history", Permission.CASE_VIEW),
        ("Disclosures", "disclosures:page", Permission.DISCLOSURE_VIEW),
    )
)


@dataclass(frozen=True)
class Banner:
    """The identity bar, as the component takes it."""

    reference: str
    title: str
    subtitle: str
    level: ShownLevel
    level_note: str
    review: str
    review_note: str
    review_overdue: bool


@dataclass(frozen=True)
class InForce:
    """An order that binds the subject today, or will once the subject is served."""

    name: str
    until: str


@dataclass(frozen=True)
class Danger:
    """The most dangerous thing about the case now."""

    title: str
    overdue: str
    after: str
    action: str
    href: str


@dataclass(frozen=True)
class Frame:
    """Everything around the page; `handed_at`: the reader's unit handed the case over, and reads it as it stood then."""

    reference: str
    handed_at: datetime | None
    banner: Banner
    tabs: tuple[Link, ...]
    danger: Danger | None
    contact: str
    contact_note: str
    in_force: tuple[InForce, ...]
    unserved: tuple[InForce, ...]
    orders: tuple[OrderOutline | OrderShown, ...]


def frame(
    header: CaseHeader, tab: str, *, actor: Actor, at: datetime, read: tuple[OrderShown, ...] | None = None
) -> Frame:
    """Return what stands around a page of this case for this reader; `tab` is the address of the page.

    `read` are the orders of the case, where the page has read them in full.
    """
    shown = orders.order_outlines(header.opened, at=at) if read is None else read
    # What was agreed with the victim may hint at where they are: it never stands around the subject's page.
    agreed = (
        None if tab == "case:subject" else people.agreed_contact(header.opened, header.victim_id, actor=actor, at=at)
    )
    return Frame(
        reference=header.reference,
        handed_at=header.opened.as_of,
        banner=_banner(header, at),
        tabs=tuple(_tabs(header, tab, actor)),
        danger=_danger(shown, header, actor, at),
        contact=agreed.words if agreed else "",
        contact_note=agreed.note if agreed else "",
        in_force=tuple(_in_force(one) for one in shown if one.binds),
        unserved=tuple(_in_force(one) for one in shown if one.unserved),
        orders=shown,
    )


def _banner(header: CaseHeader, at: datetime) -> Banner:
    level, review = header.level, header.review
    sees_risk = header.opened.may_read(Compartment.RISK)
    said = f"{in_words(level.set_in)}, {day(level.set_at)}" if level else ""
    advice = ""
    if level and level.advised:
        advice = composed("; {1} said {2}", translated(level.advice_from) or Word("advice"), level.advised.words)
    who = ", ".join(f"{in_words(one.kind)} {one.name}" for one in header.team)
    return Banner(
        reference=header.reference,
        title=header.title,
        subtitle=" · ".join(part for part in (header.relationship, in_words(header.state.state), who) if part),
        level=(level.level if level else None) if sees_risk else SHUT,
        level_note=said + advice if sees_risk else "",
        review=moment(review.due_at) if review else "",
        review_note=together("; ", (ago(review.due_at, at), review.because)) if review else "",
        review_overdue=review is not None and review.due_at < at,
    )


def _tabs(header: CaseHeader, tab: str, actor: Actor) -> list[Link]:
    links = []
    for text, name, permission in TABS:
        if not access_queries.may(actor, permission):
            continue
        if name == "case:subject" and header.subject_id is None:
            continue
        try:
            href = url(name, reference=header.reference)
        except NoReverseMatch:
            continue
        links.append(Link(text, href, current=name == tab))
    return links


def _danger(
    shown: Iterable[OrderOutline | OrderShown], header: CaseHeader, actor: Actor, at: datetime
) -> Danger | None:
    waiting = [breach for one in shown for breach in one.breaches if breach.undecided or breach.alarm]
    if not waiting:
        return None
    worst = min(waiting, key=lambda breach: breach.decide_by)
    undecided = ", ".join(in_words(step) for step in worst.undecided)
    title = composed("Breach of condition {1}: {2} not decided", worst.condition, undecided or Word("assessment"))
    late = composed("Overdue since {1}", moment(worst.decide_by)) if worst.overdue else ""
    since = happened_ago(worst.happened_at, worst.time_known, at)
    when = composed("happened {1}, {2}", happened(worst), since)
    return Danger(title, late, translated(worst.alarm or "") or when, *_next_step(worst, header, actor))


def _next_step(breach: BreachShown, header: CaseHeader, actor: Actor) -> tuple[str, str]:
    """Return what this reader may do about a breach, and where: decide, assess again, or read it."""
    case = {"reference": header.reference}
    writes = Compartment.CORE in header.opened.writable and header.opened.as_of is None
    deciding = access_queries.may(actor, Permission.BREACH_RECORD) or (
        BreachDecision.VICTIM_TOLD in breach.undecided and access_queries.may(actor, Permission.SUPPORT_RECORD)
    )
    if writes and breach.undecided and deciding:
        return composed("Record the decision"), url("orders:decide", **case, breach=breach.id)
    if writes and not breach.undecided and access_queries.may(actor, Permission.ASSESSMENT_RECORD, site=header.site):
        return composed("Assess again"), url("assessment:page", **case)
    return composed("See the breach"), url("orders:page", **case)


def _in_force(order: OrderOutline | OrderShown) -> InForce:
    name = composed("{1}, {2}", ORDER_WORDS[order.kind].capitalize(), plural(order.condition_count, "condition"))
    return InForce(
        name, composed("to {1}", day(order.expires_on)) if order.expires_on else composed("until further order")
    )
