"""The accounts of an agency: asked for by one, confirmed by another, taken up by their holders, and vouched for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from fourfold import journey
from fourfold.access import employing, queries, seconds
from fourfold.access import services as access
from fourfold.access.employing import AccountShown
from fourfold.access.rules import OF_A_UNIT, OF_NO_UNIT
from fourfold.access.seconds import Seconds
from fourfold.access.terms import NotFound, PartnerKind, Permission, Role, existing
from fourfold.access.terms.accounts import (
    AccountAnswer,
    AccountStep,
    AccountStepDraft,
    CannotEmploy,
    ProgrammeDraft,
    RoleDraft,
    RoleEndDraft,
    SameDraft,
    VouchDraft,
)
from fourfold.audit.terms import Actor
from fourfold.gateways.mailroom import Mailroom
from fourfold.programme.queries import agencies_beside, name_of, sites_of
from fourfold.upkeep import runs
from fourfold.upkeep.doctor import ago
from fourfold.web.form_pages import button, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, not_found, open_to_all, page, requires, to
from fourfold.web.worklist import WorkRow, source
from fourfold.words import sentence, words

PROGRAMME = PartnerKind.PROGRAMME.value
SOON = timedelta(days=2)
OF_ROLES = (AccountStep.GIVE_ROLE, AccountStep.END_ROLE)
STEPS = tuple(step for step in AccountStep if step not in (AccountStep.TAKE_ON, AccountStep.BIND, *OF_ROLES))
DONE = words(
    {
        "asked": "Your request is saved. The lead of the agency has to confirm it.",
        "given": "Your answer is saved.",
        "vouched": "You vouched for this account.",
        "signed_out": "This person is signed out everywhere.",
    }
)


@requires(Permission.ACCOUNT_CONFIRM, methods=("GET",))
def mine(request: Request) -> HttpResponse:
    """Lead to the accounts of the reader's own agency."""
    return to("agency:one", partner=request.actor.partner)


@requires(Permission.SITE_VIEW, methods=("GET",))
def show(request: Request, partner: str) -> HttpResponse:
    """Show the accounts of an agency and what waits there, to who keeps accounts and to its lead."""
    value = employing.agency_page(actor=request.actor, partner=partner, at=request.at)
    return page(
        request,
        "agency/show.html",
        value=value,
        takes_on=partner == PROGRAMME,
        done=DONE.get(request.GET.get("done", ""), ""),
    )


@requires(Permission.ACCOUNT_CONFIRM)
def confirm(request: Request, asked: UUID) -> HttpResponse:
    """Confirm what somebody else asked of an account, or say why not."""
    value = employing.step_to_confirm(actor=request.actor, asked=asked)

    def link(secret: str) -> str:
        return request.build_absolute_uri(reverse("agency:invitation", kwargs={"secret": secret}))

    return form_page(
        request,
        "agency/confirm.html",
        draft=AccountAnswer,
        does=lambda draft: journey.people_left(
            actor=request.actor,
            does=lambda: access.answer_account(
                actor=request.actor,
                asked=asked,
                given=draft.given == "yes",
                because=draft.because,
                same_as=draft.same_as,
                mailroom=Mailroom(settings.FOURFOLD.digest_dir),
                link=link,
                at=request.at,
            ),
            at=request.at,
        ),
        then=to("agency:one", partner=request.actor.partner, done="given"),
        shows={"value": value},
    )


@requires(Permission.ACCOUNT_CONFIRM)
def alike(request: Request, one: UUID, other: UUID) -> HttpResponse:
    """Say whether two records that look alike are one person or two."""
    pair = existing(
        next(
            (each for each in employing.records_alike(actor=request.actor) if {r.id for r in each} == {one, other}),
            None,
        )
    )
    return form_page(
        request,
        "agency/alike.html",
        draft=SameDraft,
        does=lambda draft: access.say_of_records(
            actor=request.actor, one=one, other=other, same=draft.same, at=request.at
        ),
        then=to("agency:one", partner=request.actor.partner, done="given"),
        shows={"pair": pair},
    )


@requires(Permission.SITE_VIEW)
def account(request: Request, account: UUID) -> HttpResponse:
    """Ask that an account is suspended, let in again, given a new way in, or ended."""
    partner, value = employing.account_page(actor=request.actor, account=account, at=request.at)
    return form_page(
        request,
        "agency/account.html",
        draft=AccountStepDraft,
        does=lambda draft: access.ask_account_step(actor=request.actor, account=account, at=request.at, **vars(draft)),
        then=to("agency:one", partner=partner, done="asked"),
        shows={
            "value": value,
            "partner": partner,
            "steps": [(step.value, step.words) for step in STEPS],
            "may_vouch": employing.leads(request.actor, partner) and not value.mine,
            "vouchers": employing.who_vouches(account=account, beside=agencies_beside, at=request.at),
            "confirms": _confirms(request, partner, value),
            "letter": _letter(account) if value.state == "invited" else "",
            "carrier_ran": _carrier_ran(request.at),
        },
    )


@requires(Permission.SITE_VIEW, methods=("POST",))
def sign_out(request: Request, account: UUID) -> HttpResponse:
    """Sign somebody out everywhere, now: of a device that is lost or stolen."""
    partner, _ = employing.account_page(actor=request.actor, account=account, at=request.at)
    return button(
        request,
        lambda: access.sign_out(actor=request.actor, account=account, at=request.at),
        then="agency:one",
        done="signed_out",
        partner=partner,
    )


def _letter(account: UUID) -> str:
    """Return how the letter with the newest link to an account lies in the mail room; `kept` where nobody of ours carries letters."""
    letter = employing.newest_invitation(account)
    lies_as = Mailroom(settings.FOURFOLD.digest_dir).lies_as(letter) if letter else ""
    return "kept" if lies_as == "eml" and settings.FOURFOLD.mail_by == "folder" else lies_as


def _carrier_ran(at: datetime) -> str:
    """Return for how long what carries letters has not run, in words; "" where it never ran here."""
    last = runs.last(settings.FOURFOLD.data_dir, "dispatch")
    return ago(at - last.at) if last else ""


def _confirms(request: Request, partner: str, of: AccountShown | None = None) -> tuple[Seconds, Seconds | None]:
    """Return who could confirm what the reader asks of an account, and who could ask it where only the reader could."""
    besides = (of.staff,) if of else ()
    return seconds.who_confirms(actor=request.actor, partner=partner, besides=besides, at=request.at)


@requires(Permission.SITE_VIEW)
def take_on(request: Request) -> HttpResponse:
    """Ask that somebody is taken on by the programme, in a role that belongs to no unit."""
    employing.require_sight(request.actor, PROGRAMME)
    return form_page(
        request,
        "agency/take_on.html",
        draft=ProgrammeDraft,
        does=lambda draft: access.ask_account(
            actor=request.actor,
            partner=PROGRAMME,
            partner_kind=PartnerKind.PROGRAMME,
            site="",
            at=request.at,
            **vars(draft),
        ),
        then=to("agency:one", partner=PROGRAMME, done="asked"),
        shows={"roles": _offered(OF_NO_UNIT), "partner": PROGRAMME, "confirms": _confirms(request, PROGRAMME)},
    )


@requires(Permission.SITE_VIEW)
def give_role(request: Request, account: UUID) -> HttpResponse:
    """Ask that somebody who has an account is given a further role."""
    partner, value = employing.account_page(actor=request.actor, account=account, at=request.at)
    sites = sites_of(partner)

    def ask(draft: RoleDraft) -> object:
        if draft.role not in OF_NO_UNIT and draft.site not in dict(sites):
            raise CannotEmploy("site", "Choose a unit in which the agency works")
        return access.ask_account_step(
            actor=request.actor, account=account, step=AccountStep.GIVE_ROLE, at=request.at, **vars(draft)
        )

    return form_page(
        request,
        "agency/give_role.html",
        draft=RoleDraft,
        does=ask,
        then=to("agency:one", partner=partner, done="asked"),
        mended_at={"step": "role"},
        shows={
            "value": value,
            "sites": [("", "choose"), *sites],
            "roles": _offered((*OF_A_UNIT, Role.AGENCY_LEAD) if partner != PROGRAMME else OF_NO_UNIT),
            "confirms": _confirms(request, partner, value),
        },
    )


def _offered(roles: tuple[Role, ...]) -> list[tuple[str, str]]:
    return [("", "choose"), *((role.value, role.label) for role in roles)]


@requires(Permission.SITE_VIEW)
def end_role(request: Request, account: UUID) -> HttpResponse:
    """Ask that a role of somebody who has an account ends."""
    partner, value = employing.account_page(actor=request.actor, account=account, at=request.at)

    def ask(draft: RoleEndDraft) -> object:
        if draft.part not in {part for part, _, _ in value.parts}:
            raise CannotEmploy("part", "Choose from the answers shown.")
        role, _, site = draft.part.partition("@")
        step, at = AccountStep.END_ROLE, request.at
        return access.ask_account_step(
            actor=request.actor, account=account, step=step, role=Role(role), site=site, reason=draft.reason, at=at
        )

    return form_page(
        request,
        "agency/end_role.html",
        draft=RoleEndDraft,
        does=ask,
        then=to("agency:one", partner=partner, done="asked"),
        mended_at={"step": "part"},
        shows={
            "value": value,
            "parts": [(part, f"{role}, {name_of(site)}" if site else role) for part, role, site in value.parts],
            "confirms": _confirms(request, partner, value),
        },
    )


@requires(Permission.ACCOUNT_CONFIRM)
def vouch(request: Request, account: UUID) -> HttpResponse:
    """Vouch, as a lead, for who holds an account, and say until when the training holds."""
    partner, value = employing.account_to_vouch(
        actor=request.actor, account=account, beside=agencies_beside, at=request.at
    )
    own = employing.leads(request.actor, partner)
    return form_page(
        request,
        "agency/vouch.html",
        draft=VouchDraft,
        does=lambda draft: access.vouch(
            actor=request.actor,
            account=account,
            trained_until=draft.trained_until,
            beside=agencies_beside,
            at=request.at,
        ),
        then=to("agency:one", partner=request.actor.partner, done="vouched"),
        shows={"value": value, "partner": partner, "own": own, "days": settings.FOURFOLD.vouched_days},
    )


@open_to_all("a link that was posted to somebody's own work address: it sets a password once, and says nobody's name")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Let whoever was invited choose a password; a link that does not work is not there."""
    at: datetime = request.at  # type: ignore[attr-defined]
    try:
        found = employing.invited(secret, at=at)
    except NotFound:
        return not_found(request)
    form = Form(request)
    if form.sent:
        holder = queries.actor_of(found.account.staff, at=at, account=found.account, strength="invitation")
        try:
            access.accept_invitation(
                actor=holder,
                secret=secret,
                password=request.POST.get("password", "")[:200],
                again=request.POST.get("again", "")[:200],
                at=at,
            )
            return HttpResponseRedirect(reverse("account_login"), status=303)
        except CannotEmploy as why:
            form.wrong(why.field, str(why))
        except NotFound:
            return not_found(request)
    return page(request, "agency/invitation.html", form=form, status=422 if form.problems else 200)


@source(Permission.ACCOUNT_CONFIRM)
def accounts_to_confirm(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what waits for the lead of an agency: requests to confirm, accounts to vouch for."""
    for one in employing.steps_to_confirm(actor=actor):
        yield WorkRow(
            due_at=one.asked_at + SOON,
            what=sentence("Confirm what is asked of an account: {1}, {2}", one.name, one.step.words),
            href=reverse("agency:confirm", kwargs={"asked": one.id}),
            why=sentence("asked by {1}", one.asked_by),
            mine=True,
        )
    for account in employing.to_vouch_for(actor=actor, beside=agencies_beside, at=at):
        new = account.state == "unvouched"
        yield WorkRow(
            due_at=None,
            what=sentence("Vouch for a new account: {1}", account.name)
            if new
            else sentence("Record until when the training of a lead holds: {1}", account.name),
            href=reverse("agency:vouch", kwargs={"account": account.id}),
            why="it opens nothing before that" if new else "this lead confirms nothing before that",
            mine=True,
        )
    for pair in employing.records_alike(actor=actor):
        yield WorkRow(
            due_at=None,
            what=sentence("Say whether these are one person or two: {1}, {2}", *(each.name for each in pair)),
            href=reverse("agency:alike", kwargs={"one": pair[0].id, "other": pair[1].id}),
            why="neither signs beside the other before that",
            mine=True,
        )


urlpatterns = [
    path("agency/", mine, name="agency:home"),
    path("agency/of/programme/new/", take_on, name="agency:take_on"),
    path("agency/of/<slug:partner>/", show, name="agency:one"),
    path("agency/requests/<uuid:asked>/", confirm, name="agency:confirm"),
    path("agency/accounts/<uuid:account>/", account, name="agency:account"),
    path("agency/accounts/<uuid:account>/sign-out/", sign_out, name="agency:sign_out"),
    path("agency/accounts/<uuid:account>/roles/new/", give_role, name="agency:give_role"),
    path("agency/accounts/<uuid:account>/roles/end/", end_role, name="agency:end_role"),
    path("agency/accounts/<uuid:account>/vouch/", vouch, name="agency:vouch"),
    path("agency/alike/<uuid:one>/<uuid:other>/", alike, name="agency:alike"),
    path("invitation/<str:secret>/", invitation, name="agency:invitation"),
]
