"""Founding a site and changing how it works; who may, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from fourfold.access.models import Account, Staff
from fourfold.access.terms import Refused, Role
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.programme import queries, services
from fourfold.programme.models import Catchment, Partner, Site
from fourfold.programme.sites import shipped_site
from fourfold.programme.terms import InvalidModel, NoSuchSite, NoWorking, UnitModel
from tests.cast import NOW, Cast


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
    robot = queries.feed_robot("cheshire", at=NOW)
    assert robot is not None
    assert robot.partner == "cheshire-police"
    assert robot.memberships == (("cheshire", Role.POLICE_ANALYST),)
    assert not Account.objects.filter(staff=robot.staff).exists()
    assert Staff.objects.get(pk=robot.staff).robot


def test_a_site_without_a_robot_says_so(cast: Cast) -> None:
    assert queries.feed_robot("northmoor", at=NOW) is None


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
    actor = queries.acting_as("Analyst@Northmoor.example", at=NOW)
    assert actor is not None
    assert actor.staff == cast.analyst.staff
    assert queries.acting_as("nobody@northmoor.example", at=NOW) is None


def test_a_closed_account_acts_for_nobody(cast: Cast) -> None:
    Account.objects.create(
        staff=cast.staff["analyst"], email="analyst@northmoor.example", password="!", is_active=False
    )
    assert queries.acting_as("analyst@northmoor.example", at=NOW) is None


def test_the_sites_are_read_in_three_statements(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        queries.sites()
    with django_assert_num_queries(1):
        queries.working("northmoor", NOW.date())
