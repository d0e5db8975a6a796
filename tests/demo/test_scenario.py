"""The small world for trying the product from outside: it repeats, it is full of canaries, it obeys every rule."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.apps import apps
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.test import Client

from fourfold.access.terms import Compartment
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.base import Held
from fourfold.demo.scenario import PERSONAS, CannotSeed, World, seed_two_sites
from fourfold.web import clock
from tests.cast import NOW
from tests.web.planted import plant

pytestmark = pytest.mark.django_db


def set_environment(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Change what the environment says."""
    monkeypatch.setattr(django_settings, "FOURFOLD", django_settings.FOURFOLD.model_copy(update=changes))


def stored() -> dict[str, str]:
    """Return every text that lies in the database, by table and column, as one string each."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        if not model.__module__.startswith("fourfold."):
            continue
        for row in _rows(model):
            for column, value in row.items():
                found.setdefault(f"{model._meta.label_lower}.{column}", []).append(str(value))
    return {place: "\n".join(texts) for place, texts in found.items()}


def _rows(model: type[models.Model]) -> list[dict[str, Any]]:
    every: Any = model._default_manager.all()
    return list((every.unscoped("the test looks at everything") if hasattr(every, "unscoped") else every).values())


def test_the_world_repeats_is_marked_everywhere_and_its_log_holds() -> None:
    """One test, for the world takes seconds to build."""
    world = seed_two_sites(seed=7, at=NOW)
    assert verify().clean
    told = world.as_json()
    assert [one["persona"] for one in told["personas"]] == [f"P{number}" for number in range(1, 14)]
    assert len({one["email"] for one in told["personas"]}) == len(PERSONAS)
    assert Counter(one["site"] for one in told["cases"]) == {"northmoor": 4, "southmere": 2}

    texts = stored()
    sealed = {
        word for word, where in world.canaries.given.items() if where.where.startswith(("safe_address", "exhibit"))
    }
    found = set(re.findall(r"CNRY-\d+-[a-z_]+-\d+", "\n".join(texts.values())))
    assert found == set(world.canaries.given) - (sealed - titles(world))

    in_the_log = "\n".join(text for place, text in texts.items() if place.startswith("audit."))
    assert "CNRY" not in in_the_log

    for case in world.cases:
        marked = Counter(c.compartment for c in world.canaries.given.values() if c.case == case)
        assert set(marked) >= {
            Compartment.CORE,
            Compartment.RISK,
            Compartment.VICTIM_CONTACT,
            Compartment.SUBJECT_IDENTITY,
            Compartment.SAFE_ADDRESS_SEALED,
            Compartment.CLINICAL,
            Compartment.ADVOCATE_CONFIDENTIAL,
            Compartment.EVIDENCE_ORIGINAL,
            Compartment.POLICE_INTEL,
        }

    plant(world)
    texts = stored()
    # By its number too: four letters alone stand by chance in what is sealed.
    bare = {place for place in free_text() if not re.search(r"CNRY-\d", texts.get(place, ""))}
    listed = WRITTEN_BY_US | DIGITS_ONLY | NOBODY_WRITES_IT_HERE
    assert sorted(bare - listed) == []
    assert sorted(listed - free_text()) == []
    assert sorted(listed - bare) == [], "what holds a canary stands on no list"


#: Words of ours, codes and keys: nobody's words stand in them.
WRITTEN_BY_US = frozenset({
    "assessment.answer.absent", "assessment.answer.axis", "assessment.answer.item", "assessment.answer.option",
    "assessment.assessment.advice_reasons", "assessment.assessment.advice_state", "assessment.assessment.by_hand",
    "assessment.assessment.computed", "support.checkin.computed", "assessment.assessment.critical", "assessment.assessment.instrument", "assessment.assessment.missing",
    "assessment.assessment.pack_sha256", "assessment.assessment.profession", "assessment.draft.instrument",
    "assessment.draft.pack_sha256", "assessment.draft.unread", "assessment.round.instrument",
    "assessment.round.pack_sha256", "assessment.seat.profession", "cases.levelset.advice_from",
    "cases.reviewdue.reason", "cases.screening.class_expected", "cases.stateset.reason", "exhibits.exhibit.content",
    "exhibits.exhibit.kind", "exhibits.exhibit.media_type", "exhibits.safecopy.content", "exhibits.safecopy.media_type",
    "exhibits.safecopy.of_sha256", "exhibits.safecopy.parameters", "exhibits.safecopy.tool", "exhibits.safecopy.why_none",
    "governance.pack.docx_sha256", "governance.pack.pdf_sha256", "governance.retentionreview.rule",
    "orders.supported.acts", "orders.supported.documents",
    "exhibits.madefor.partner", "people.deliverytold.theirs",
    "intake.allegation.behaviours", "intake.allegation.included_classes", "intake.allegation.row_hash",
    "intake.allegation.system", "intake.allegation.urgency_reasons", "intake.retold.row_hash", "linkage.proposal.evidence",
    "panel.advised.profession", "panel.decision.quorum_present", "panel.declared.profession",
    "panel.measure.owner_partner", "panel.view.profession", "people.message.template", "people.message.why_stopped", "people.safeaddress.sealed",
    "people.safecontact.channels", "people.subject.name_key", "people.subject.sound_key", "people.victim.name_key",
    "people.victim.sound_key", "people.victimreach.why_hostile", "plan.action.owner_partner", "plan.clinicalnote.side", "cases.comment.side",
    "plan.staffminutes.role", "support.checkin.critical", "support.checkin.instrument", "support.checkin.pack_sha256",
    "support.checkin.state", "support.contact.rule_broken", "support.contact.why_stopped", "support.diarybrought.form",
    "support.diarydevice.secret_sha256", "support.diarydevice.word", "support.diaryentry.same_key",
    "support.diaryentry.time_zone", "support.diarylink.token_sha256", "support.entitlementsaid.code",
    "support.measuremissed.instrument", "exhibits.custodystep.how", "exhibits.custodystep.from_whom",
    "exhibits.custodystep.to_whom", "intake.allegation.subject_pronoun", "intake.allegation.victim_pronoun",
    "intake.furtherperson.pronoun", "people.subject.pronoun", "people.victim.pronoun",
})  # fmt: skip
#: Numbers, days and letters that a canary does not fit into; the names beside them hold one.
DIGITS_ONLY = frozenset({
    "intake.allegation.subject_birth", "intake.allegation.subject_phone", "intake.allegation.subject_sex",
    "intake.allegation.victim_birth", "intake.allegation.victim_phone", "intake.allegation.victim_sex",
    "people.subject.given_name", "people.subject.other_names", "people.victim.given_name", "people.victim.other_names",
    "people.subjectmark.key", "people.victimreach.key",
})  # fmt: skip
#: What neither this small world nor `tests.web.planted` writes, and why. A new column of free text comes into one of them.
NOBODY_WRITES_IT_HERE = frozenset({
    # what the machine found of possible courses: JSON, codes and how else the names are spelt
    "cases.possiblecourse.classes", "cases.possiblecourse.members", "cases.possiblecourse.reasons",
    "cases.possiblecourse.rising_because", "cases.possiblecourse.sources",
    "cases.possiblecourse.subject_spellings", "cases.possiblecourse.victim_spellings", "linkage.proposal.model", "linkage.sameproposed.model",
    # JSON and lists of ours, whose words stand in the columns beside them
    "assessment.assessment.sources", "assessment.draft.sources", "governance.pack.withheld",
    "governance.packmadeagain.withheld",
    # hashes, keys of a danger, codes of sites, time zones and a letter for sex
    "cases.transferasked.from_site", "cases.transferasked.to_site", "governance.dangerdecided.danger",
    "governance.packmadeagain.docx_sha256", "governance.packmadeagain.pdf_sha256", "intake.furtherperson.sex",
    "support.diarybrought.time_zone",
    # codes and sentences of ours in a report that was told again
    "intake.version.back_at_desk", "intake.version.behaviours", "intake.version.included_classes",
    "intake.version.urgency_reasons",
})  # fmt: skip


def free_text() -> set[str]:
    """Return every column about a case or a person that holds what somebody wrote, and no word of ours."""
    return {
        f"{model._meta.label_lower}.{column.name}"
        for model in apps.get_models()
        if issubclass(model, Held)
        for column in model._meta.get_fields()
        if isinstance(column, (models.CharField, models.TextField, models.JSONField))
        and not column.choices
        and column.name not in OURS
    }


#: What the system itself writes into a row: keys, codes, hashes, who holds it on which basis.
OURS = frozenset({"controller", "basis", "source", "site", "reference", "sha256"})


@contextmanager
def undone() -> Iterator[None]:
    """Undo everything that is written inside."""
    mark = transaction.savepoint()
    yield
    transaction.savepoint_rollback(mark)


def titles(world: World) -> set[str]:
    """Return the canaries in the titles of documents, which lie open in their table."""
    return {word for word, where in world.canaries.given.items() if where.where == "exhibit.title"}


def test_the_same_seed_gives_the_same_world_and_a_missing_case_changes_nothing_else() -> None:
    worlds = []
    for without in ((5, 6), (5, 6), (2, 5, 6)):
        with undone():
            worlds.append(seed_two_sites(seed=7, at=NOW, without=without).as_json())
    assert worlds[0] == worlds[1]
    whole, lacking = worlds[0], worlds[2]
    assert [one for one in whole["cases"] if one["case"] != 2] == lacking["cases"]
    assert whole["personas"] == lacking["personas"]
    assert whole["sittings"] == lacking["sittings"]


def test_another_seed_gives_other_identifiers() -> None:
    references = []
    for seed in (1, 2):
        with undone():
            world = seed_two_sites(seed=seed, at=NOW, without=(3, 4, 5, 6))
            references.append({work.case.reference for work in world.cases.values()})
    assert not references[0] & references[1]


def test_the_command_prints_logins_identifiers_and_canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, app_clock=NOW.isoformat())
    out = StringIO()
    call_command("seed_scenario", "--seed=3", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["at"] == NOW.isoformat()
    assert {"email", "password", "totp_secret"} <= set(told["personas"][0])
    assert told["canaries"]["CNRY-1-core-1"]["case"] == 1
    with pytest.raises(CommandError, match="empty database"):
        call_command("seed_scenario", "--seed=3")


@pytest.mark.parametrize("changes", [{"production": True}, {"demo": False, "test_mode": False}], ids=str)
def test_nothing_invented_comes_into_production(monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]) -> None:
    set_environment(monkeypatch, **changes)
    with pytest.raises(CommandError, match="demo or test mode only"):
        call_command("seed_scenario")
    assert not Entry.objects.exists()


def test_a_second_world_is_refused_with_what_to_do() -> None:
    seed_two_sites(seed=1, at=NOW, without=(2, 3, 4, 5, 6))
    with pytest.raises(CannotSeed, match="empty database"):
        seed_two_sites(seed=2, at=NOW)


def test_a_persona_signs_in_with_what_was_printed(client: Client) -> None:
    world = seed_two_sites(seed=1, at=clock.now(), without=(2, 3, 4, 5, 6))
    login = world.people.logins["P1"]
    cache.clear()
    client.post("/accounts/login/", {"login": login.email, "password": login.password})
    code = totp.format_hotp_value(totp.hotp_value(login.totp_secret, int(time.time()) // 30))
    client.post("/accounts/second-factor/authenticate/", {"code": code})
    shown = client.get(f"/api/cases/{world.cases[1].case.reference}")
    assert shown.status_code == 200
    assert "CNRY-1-core" in shown.content.decode()


def test_a_world_is_built_at_any_moment() -> None:
    at = datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC)
    assert seed_two_sites(seed=1, at=at, without=(2, 3, 4, 6)).cases.keys() == {1, 5}
    assert verify().clean
