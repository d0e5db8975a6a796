"""Founding a site and changing how it works; who may, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from fourfold.access.models import Account, Staff
from fourfold.access.terms import NotFound, Refused, Role
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.programme import acting, queries, services
from fourfold.programme.models import Catchment, Partner, Site
from fourfold.programme.sites import shipped_site
from fourfold.programme.terms import Area, InvalidModel, NoSuchSite, NoWorking, UnitModel
from tests.cast import NOW, Cast

LOG = 5
"""Statements of the log's own entry."""


def found(cast: Cast, code: str = "cheshire") -> Site:
    """Found one of the shipped sites."""
    return services.found_site(actor=cast.administrator, spec=shipped_site(code), at=NOW)


def test_a_site_is_founded_with_all_that_its_file_says(cast: Cast) -> None:
    found(cast)
    card = queries.site("cheshire")
    assert card.name == "Cheshire"
    assert not card.invented
    assert [part.code for part in card.partners if part.hosts] == ["cheshire-police"]
    assert {area.name for area in card.catchments} == {
        "Warrington",
        "Halton",
        "Cheshire East",
        "Cheshire West and Chester",
    }
    assert queries.working("cheshire", NOW.date()).model is UnitModel.REFERRAL
    assert audit_queries.verify().clean


def test_three_sites_are_founded_side_by_side(cast: Cast) -> None:
    for code in ("cheshire", "hampshire", "london"):
        found(cast, code)
    assert {card.code for card in queries.sites()} >= {"cheshire", "hampshire", "london"}


def test_a_partner_that_is_known_is_not_written_again(cast: Cast) -> None:
    Partner.objects.create(code="cheshire-nhs", name="Known before", kind="nhs")
    found(cast)
    assert Partner.objects.get(code="cheshire-nhs").name == "Known before"


def test_a_site_is_founded_once(cast: Cast) -> None:
    found(cast)
    with pytest.raises(InvalidModel, match="founded already"):
        found(cast)
    assert Catchment.objects.filter(site_id="cheshire").count() == 4


@pytest.mark.parametrize("name", ["officer", "coordinator", "advocate", "evaluator", "olu"])
def test_only_who_configures_sites_founds_one(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        services.found_site(actor=cast.actor(name), spec=shipped_site("cheshire"), at=NOW)
    assert not Site.objects.filter(code="cheshire").exists()
    assert Entry.objects.get().operation == "refusal"


def test_the_programme_lead_may_found_one(cast: Cast) -> None:
    assert services.found_site(actor=cast.lead, spec=shipped_site("london"), at=NOW, invented=True).invented


def test_the_feed_gets_a_robot_of_the_host_that_nobody_signs_in_as(cast: Cast) -> None:
    found(cast)
    robot = acting.feed_robot("cheshire", at=NOW)
    assert robot is not None
    assert robot.partner == "cheshire-police"
    assert robot.memberships == (("cheshire", Role.POLICE_ANALYST),)
    assert not Account.objects.filter(staff=robot.staff).exists()
    assert Staff.objects.get(pk=robot.staff).robot


def test_a_site_without_a_robot_says_so(cast: Cast) -> None:
    assert acting.feed_robot("northmoor", at=NOW) is None


def test_a_change_of_working_leaves_what_was_before(cast: Cast) -> None:
    found(cast)
    changed = replace(queries.working("cheshire", NOW.date()), panel_every_days=7)
    services.change_working(
        actor=cast.administrator, site="cheshire", working=changed, from_on=date(2027, 1, 1), at=NOW
    )
    assert queries.working("cheshire", date(2026, 12, 31)).panel_every_days == 28
    assert queries.working("cheshire", date(2027, 1, 1)).panel_every_days == 7


def test_a_day_has_one_model_of_working(cast: Cast) -> None:
    found(cast)
    working = queries.working("cheshire", NOW.date())
    with pytest.raises(InvalidModel, match="choose a later day"):
        services.change_working(
            actor=cast.administrator, site="cheshire", working=working, from_on=date(2018, 4, 1), at=NOW
        )


def test_a_change_in_the_past_would_rewrite_what_was_decided(cast: Cast) -> None:
    changed = replace(queries.working("northmoor", NOW.date()), panel_every_days=14)
    for day, said in ((NOW.date() - timedelta(days=1), "which has passed"), (NOW.date(), "")):
        change = {"actor": cast.administrator, "site": "northmoor", "working": changed, "from_on": day, "at": NOW}
        if said:
            with pytest.raises(InvalidModel, match=said):
                services.change_working(**change)
        else:
            services.change_working(**change)
    assert queries.working("northmoor", NOW.date() - timedelta(days=1)).panel_every_days == 7


def test_a_change_that_changes_nothing_is_no_row(cast: Cast) -> None:
    same = queries.working("northmoor", NOW.date())
    with pytest.raises(InvalidModel, match="what holds already"):
        services.change_working(
            actor=cast.administrator, site="northmoor", working=same, from_on=date(2027, 1, 1), at=NOW
        )


def test_no_two_units_serve_one_area(cast: Cast) -> None:
    found(cast)
    with pytest.raises(InvalidModel, match=r"“E06000007” .Warrington., which Cheshire serves already"):
        services.found_site(actor=cast.lead, spec=replace(shipped_site("cheshire"), code="fourth"), at=NOW)
    assert not Site.objects.filter(code="fourth").exists()


def test_the_partners_of_a_site_are_read_alone(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    found(cast)
    for code in ("northmoor", "cheshire"):
        with django_assert_num_queries(1):
            partners = queries.partners_of(code)
        assert partners == tuple((part.code, part.name) for part in queries.site(code).partners)
        assert len(partners) > 1
    assert queries.partners_of("atlantis") == ()


def test_a_site_grows_area_by_area_each_from_its_own_day(cast: Cast) -> None:
    areas = (Area("E06000099", "Moorside", date(2026, 12, 1)), Area("E06000098", "Dale", date(2027, 4, 1), 81_000))
    services.open_areas(actor=cast.lead, site="northmoor", areas=areas, at=NOW)
    card = queries.site("northmoor")
    assert [area.name for area in card.areas_live(date(2026, 11, 30))] == []
    assert [area.name for area in card.areas_live(date(2026, 12, 1))] == ["Moorside"]
    assert {area.name for area in card.areas_live(date(2027, 4, 1))} == {"Moorside", "Dale"}
    page = queries.site_page(actor=cast.coordinator, code="northmoor", at=NOW)
    assert [area.name for area in page.areas_to_come] == ["Dale", "Moorside"]
    with pytest.raises(InvalidModel, match="Northmoor serves already"):
        services.open_areas(actor=cast.lead, site="southmere", areas=areas[:1], at=NOW)


@pytest.mark.parametrize("name", ["coordinator", "officer", "governance", "olu"])
def test_only_who_configures_sites_opens_areas(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        services.open_areas(
            actor=cast.actor(name), site="northmoor", areas=(Area("E06000099", "M", NOW.date()),), at=NOW
        )
    assert not Catchment.objects.exists()


def test_a_unit_reads_how_it_works_and_not_how_another_does(cast: Cast) -> None:
    page = queries.site_page(actor=cast.coordinator, code="northmoor", at=NOW)
    assert {each.name: each.value for each in page.said}["panel_every_days"] == "every week"
    with pytest.raises(NotFound):
        queries.site_page(actor=cast.olu, code="northmoor", at=NOW)
    assert [row.card.code for row in queries.sites_shown(actor=cast.olu, at=NOW)] == ["southmere"]
    assert {row.card.code for row in queries.sites_shown(actor=cast.lead, at=NOW)} == {"northmoor", "southmere"}
    with pytest.raises(NotFound):
        queries.site_page(actor=cast.lead, code="atlantis", at=NOW)


def test_what_a_site_will_change_and_has_changed_stands_on_its_page(cast: Cast) -> None:
    then = replace(queries.working("northmoor", NOW.date()), panel_every_days=14)
    services.change_working(actor=cast.lead, site="northmoor", working=then, from_on=date(2027, 1, 1), at=NOW)
    before = queries.site_page(actor=cast.coordinator, code="northmoor", at=NOW)
    assert [(p.from_on, p.changes[0].after) for p in before.to_come] == [(date(2027, 1, 1), "every 2 weeks")]
    after = queries.site_page(actor=cast.coordinator, code="northmoor", at=NOW + timedelta(days=60))
    assert (after.since, after.to_come, len(after.before)) == (date(2027, 1, 1), (), 2)


def test_a_wrong_model_is_refused_before_anything_is_kept(cast: Cast) -> None:
    working = replace(queries.working("northmoor", NOW.date()), panel_every_days=0)
    with pytest.raises(InvalidModel, match="panel_every_days"):
        services.change_working(
            actor=cast.administrator, site="northmoor", working=working, from_on=date(2027, 1, 1), at=NOW
        )
    assert queries.working("northmoor", date(2027, 1, 1)).panel_every_days == 7


def test_before_it_was_live_a_site_had_no_way_of_working(cast: Cast) -> None:
    found(cast)
    with pytest.raises(NoWorking, match="31 March 2018"):
        queries.working("cheshire", date(2018, 3, 31))


def test_an_unknown_site_names_those_that_there_are(cast: Cast) -> None:
    with pytest.raises(NoSuchSite, match="northmoor, southmere"):
        queries.site("atlantis")


def test_the_installation_is_on_record_before_it_founds_anything(db: None) -> None:
    installer = services.installer(at=NOW)
    services.found_site(actor=installer, spec=shipped_site("cheshire"), at=NOW)
    assert services.installer(at=NOW + timedelta(days=1)).staff == installer.staff, "made once"
    assert Entry.objects.earliest("seq").action == "installation.begun"
    assert audit_queries.verify().clean


def test_an_account_is_found_by_its_address_whatever_the_case(cast: Cast) -> None:
    Account.objects.create(staff=cast.staff["analyst"], email="analyst@northmoor.example", password="!")
    actor = acting.acting_as("Analyst@Northmoor.example", at=NOW)
    assert actor is not None
    assert actor.staff == cast.analyst.staff
    assert acting.acting_as("nobody@northmoor.example", at=NOW) is None


def test_a_closed_account_acts_for_nobody(cast: Cast) -> None:
    Account.objects.create(
        staff=cast.staff["analyst"], email="analyst@northmoor.example", password="!", is_active=False
    )
    assert acting.acting_as("analyst@northmoor.example", at=NOW) is None


def test_the_sites_are_read_in_three_statements(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        queries.sites()
    with django_assert_num_queries(1):
        queries.working("northmoor", NOW.date())


def test_the_pages_of_sites_cost_a_known_number_of_statements(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for code in ("cheshire", "hampshire", "london"):
        found(cast, code)
    lead = cast.lead
    with django_assert_num_queries(4 + LOG):
        queries.sites_shown(actor=lead, at=NOW)
    with django_assert_num_queries(4 + LOG):
        queries.site_page(actor=lead, code="london", at=NOW)
