"""Founding a site, and changing how it works."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db.models import Model

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import AgencySystem, AgreementAsked, Membership, Staff
from fourfold.access.terms import PartnerKind, Permission, Role
from fourfold.access.terms.accounts import AgreementDraft
from fourfold.access.terms.systems import CannotJoin, Capability, SystemDraft
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.fields import Unfit
from fourfold.programme import queries, rules
from fourfold.programme.models import Catchment, Partner, Site, SitePartner, Working
from fourfold.programme.terms import Area, InvalidModel, ModelOfWorking, SiteSpec
from fourfold.programme.works_with import forces_beside
from fourfold.words import sentence

INSTALLER = "installation"


def found_site(*, actor: Actor, spec: SiteSpec, at: datetime, invented: bool = False) -> Site:
    """Found a site from its description: partners, areas, model of working, and the robot of its feed."""
    access.require(actor, Permission.SITE_CONFIGURE, at=at)
    if problems := queries.why_not_found(spec):
        raise InvalidModel("\n".join(problems))
    with audit.recorded(actor, "site.founded", at=at, operation=Operation.CONFIGURATION) as entry:
        site = Site.objects.create(
            code=spec.code, name=spec.name, force_code=spec.force_code, live_on=spec.live_on, invented=invented
        )
        # Areas first: the log names what an entry is about by a random identifier, which a site has none of.
        for row in (*_draw_catchments(site.code, spec.catchments), site, *_bring_partners(site, spec)):
            entry.about(row)
        if invented:
            access.say_invented(actor=actor, at=at)
        _work_so(actor, site.code, spec.working, spec.live_on, at)
        hire_feed_robot(actor=actor, site=spec.code, at=at)
    return site


def _bring_partners(site: Site, spec: SiteSpec) -> Iterator[Model]:
    for part in spec.partners:
        partner, new = Partner.objects.get_or_create(code=part.code, defaults={"name": part.name, "kind": part.kind})
        if new:
            yield partner
        yield SitePartner.objects.create(site=site, partner=partner, hosts=part.hosts, since_on=spec.live_on)


def _draw_catchments(site: str, areas: Iterable[Area]) -> Iterator[Model]:
    for area in areas:
        yield Catchment.objects.create(
            site_id=site, authority_code=area.code, name=area.name, population=area.population, live_on=area.live_on
        )


def change_working(
    *, actor: Actor, site: str, working: ModelOfWorking, from_on: date, at: datetime, seen: str | None = None
) -> Working:
    """Record how a site works from today or a later day on; what it did before stays as it was.

    `seen` is the version of the site's page that stood before the writer's eyes. Raises InvalidModel naming the setting
    or the day that is wrong, and where nothing would change; Conflict where a colleague has put another change on
    record meanwhile, which a whole model from a later day would undo unread.
    """
    access.require(actor, Permission.SITE_CONFIGURE, at=at)
    if unseen := queries.changes_unseen(site, seen):
        raise Conflict(sentence("How {1} works", site), {"periods": unseen})
    rules.model_of_working(rules.settings_of(working))
    queries.change_foreseen(site, working, from_on=from_on, today=at.date())
    return _work_so(actor, site, working, from_on, at)


def _work_so(actor: Actor, site: str, working: ModelOfWorking, from_on: date, at: datetime) -> Working:
    settings = rules.settings_of(rules.model_of_working(rules.settings_of(working)))
    with audit.recorded(actor, "site.working_changed", at=at, operation=Operation.CONFIGURATION) as entry:
        return entry.about(Working.objects.create(site_id=site, from_on=from_on, settings=settings))


def open_areas(*, actor: Actor, site: str, areas: tuple[Area, ...], at: datetime) -> None:
    """Let a site serve further local authority areas, each from its own day on.

    Raises InvalidModel for an area that a site serves already, or from a day before the site itself was live.
    """
    access.require(actor, Permission.SITE_CONFIGURE, at=at)
    if problems := rules.why_not_serve(areas, queries.served(areas), site_live_on=queries.site(site).live_on):
        raise InvalidModel("\n".join(problems))
    with audit.recorded(actor, "site.areas_opened", at=at, operation=Operation.CONFIGURATION) as entry:
        for row in _draw_catchments(site, areas):
            entry.about(row)


def ask_agreement(*, actor: Actor, site: str, draft: AgreementDraft, at: datetime) -> AgreementAsked:
    """Ask a partner of a unit, or another unit's force, for an agreement about what its people may read of the unit's cases.

    The lead of the partner signs it; where whoever asks works for that partner, the lead of the agency that holds the
    cases: two agencies always. Raises Unfit, naming the field.
    """
    hosts = {part.code: part.hosts for part in queries.site(site).partners}
    forces = {each.code: False for each in forces_beside(site)}
    if why := rules.why_not_agree(draft.partner, forces | hosts):
        raise Unfit("partner", why)
    host = next(code for code, here in hosts.items() if here)
    signer = rules.signer_of(draft.partner, asks_for=actor.partner, host=host)
    said = vars(draft) | {"review_on": draft.review_on or draft.ends_on}
    return access.ask_agreement(actor=actor, site=site, signer=signer, at=at, **said)


def ask_system(*, actor: Actor, partner: str, draft: SystemDraft, at: datetime) -> AgencySystem:
    """Ask that a system of an agency is joined to a unit in which the agency works. Raises CannotJoin, naming the field."""
    part = SitePartner.objects.select_related("partner").filter(site_id=draft.site, partner=partner).first()
    if part is None:
        raise CannotJoin("site", "Choose a unit in which the agency works.")
    if Capability.FEEDS in draft.capabilities and not part.hosts:
        raise CannotJoin("capabilities", "Only the agency that holds the unit’s cases brings files of crimes in.")
    kind = PartnerKind(part.partner.kind)
    return access.ask_system(actor=actor, partner=partner, partner_kind=kind, at=at, **vars(draft))


def hire_feed_robot(*, actor: Actor, site: str, at: datetime) -> Staff:
    """Make the robot that brings a site's feed in: a police analyst of the host partner that nobody signs in as."""
    access.require(actor, Permission.SITE_CONFIGURE, at=at)
    host = SitePartner.objects.select_related("partner").get(site_id=site, hosts=True).partner
    with audit.recorded(actor, "robot.hired", at=at, operation=Operation.ADMINISTRATION) as entry:
        robot = Staff.objects.create(
            name=f"Feed of {site.title()}"[:120], partner=host.code, partner_kind=host.kind, robot=True
        )
        entry.about(robot)
        entry.about(Membership.objects.create(staff=robot, site=site, role=Role.POLICE_ANALYST, from_at=at))
    return robot


def installer(*, at: datetime) -> Actor:
    """Return the installation itself as who acts, so that the first site can be founded by somebody on record.

    It administers and configures, sees no case, and nobody can sign in as it.
    """
    robot = Staff.objects.filter(robot=True, partner="programme", name=INSTALLER).first()
    robot = robot or _install(at)
    return access_queries.actor_of(
        robot, at=at, session="command line", strength="console", client="fourfold", purpose="administration"
    )


def _install(at: datetime) -> Staff:
    staff = Staff(name=INSTALLER, partner="programme", partner_kind=PartnerKind.PROGRAMME, robot=True)
    itself = Actor(staff=staff.pk, name=INSTALLER, partner="programme", partner_kind=PartnerKind.PROGRAMME)
    with audit.recorded(itself, "installation.begun", at=at, operation=Operation.ADMINISTRATION) as entry:
        staff.save(force_insert=True)
        entry.about(staff)
        entry.about(Membership.objects.create(staff=staff, site="", role=Role.SYSTEM_ADMINISTRATOR, from_at=at))
    return staff
