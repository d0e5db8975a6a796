"""A form that a unit imported computes: on the page, in the record, for whoever reads it later, and for nobody else."""

from __future__ import annotations

import json
import re
import warnings
from copy import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from fourfold.access import queries as access_queries
from fourfold.assessment import fhir, instruments, queries, rules, services
from fourfold.assessment.fhir.meanings import ABSENT_EXTENSION
from fourfold.assessment.models import Answer as AnswerRow
from fourfold.assessment.models import Assessment, DefinitionImported, ListBrought
from fourfold.assessment.queries import library
from fourfold.assessment.queries.holdings import definition_of
from fourfold.assessment.queries.lists import lists_page
from fourfold.assessment.queries.previews import preview_import, with_lists
from fourfold.assessment.queries.recorded_forms import RecordedForms
from fourfold.assessment.rules.sheets import because
from fourfold.assessment.services import library as library_services
from fourfold.assessment.terms import (
    Answer,
    AnswerRefused,
    Band,
    CannotRecord,
    FilledInBy,
    LevelKind,
    LevelRule,
    LevelStep,
    Licence,
    Meaning,
    Norm,
    NormKind,
    Provenance,
)
from fourfold.assessment.terms.instrument import Route
from fourfold.assessment.terms.licences import Citation
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.cli.instrument_lists import app
from fourfold.governance.models import Disclosure
from fourfold.people.models import VictimReach
from fourfold.people.terms import MarkKind
from fourfold.support import services as support
from fourfold.support.models import AtRisk, CheckIn
from fourfold.support.queries import measures
from fourfold.support.terms import CannotSupport
from fourfold.web import filling
from tests.assessment.fhir.forms import (
    HL7,
    Json,
    ask,
    choice,
    extension,
    fhirpath,
    form,
    group,
    option,
    scale,
    total,
    when,
)
from tests.assessment.test_wording import published, shaped
from tests.cast import NOW, Cast
from tests.panel.scene import open_case
from tests.support.builders import case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

GOES = {"to_whom": "Dr Ott", "ground": "safeguarding", "necessity": "Care.", "consent": "given"}
WEIGHED = "%resource.descendants().where(linkId in ('gate' | 'hedge')).answer.weight().sum()"
GARDEN = (
    group(
        "garden",
        {**scale("gate"), "text": "How often is the gate open?"},
        {**scale("hedge"), "text": "How often is the hedge cut?"},
        ask("visits", "integer"),
        {**total("sum", WEIGHED), "text": "Garden total"},
        {**total("twice", "%resource.descendants().where(linkId='visits').answer.value * 2"), "text": "Visits doubled"},
        {**ask("late", "boolean", readOnly=True, extension=[fhirpath("today() > @2026-11-01")]), "text": "Late"},
        total("odd", "1.lowBoundary()"),
    ),
)


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()}))


def brought(cast: Cast, *items: Json, by: FilledInBy = FilledInBy.ABOUT_VICTIM, confirms: tuple[str, ...] = ()) -> str:
    """Import a form and approve it by two people; return its key."""
    return approved(cast, json.dumps(form(*items, title="Garden", name="Garden")).encode(), by, confirms)


def approved(cast: Cast, raw: bytes, by: FilledInBy, confirms: tuple[str, ...] = ()) -> str:
    made = services.import_definition(actor=cast.coordinator, site="northmoor", raw=raw, file="f.json", at=NOW, by=by)
    assert made.row is not None, made.preview.reasons
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=made.row.pk, at=NOW, confirms=confirms)
    return str(made.row.key)


def signed(actor: Actor, case: Case, key: str, **said: str) -> Assessment:
    """Sign the form with these answers and a low level."""
    answers = [
        Answer(name, text=words) if name == "visits" else Answer(name, option=words) for name, words in said.items()
    ]
    return services.record_assessment(
        actor=actor, case=case, instrument=key, answers=answers, at=NOW, professional_level=Level.LOW
    )


def page(client: Client, address: str, status: int = 200, **fields: Any) -> str:
    answer = client.post(address, fields, follow=True) if fields else client.get(address)
    assert answer.status_code == status, answer.content.decode()[:300]
    return " ".join(unescape(answer.content.decode()).split())


def test_what_the_signer_saw_is_what_a_colleague_reads_and_olu_never(cast: Cast, signed_in: SignIn) -> None:
    case, key = open_case(cast), brought(cast, *GARDEN, confirms=("sum",))
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    empty = page(client, f"{here}new/{key}/")
    assert 'name="sum"' not in empty, "what the form works out is not typed in"
    assert "worked out from your answers" in empty
    seen = page(
        client, f"{here}new/{key}/", go="keep", once="k1", gate="d", hedge="c", visits="4", level="low", sum="0"
    )
    figures = (
        "<strong>5</strong>", "<strong>8</strong>", "<strong>Yes</strong>", "nobody here has confirmed",
        "Not computed. It uses a function that is not known here",
    )  # fmt: skip
    for said in figures:
        assert said in seen, said
    draft = client.get(here).content.decode().partition("assessment/draft/")[2][:36]
    page(client, f"{here}draft/{draft}/", do="sign", level="low", once="k2", formulation="")
    made = Assessment.objects.unscoped("test").get()
    assert (made.professional_level, made.advised) == ("low", ""), "no figure moves a level"
    later = page(signed_in("clinician"), f"{here}{made.pk}/")
    for said in figures:
        assert said in later, said
    page(signed_in("olu"), f"{here}{made.pk}/", 404)


def resources(answer: Any, name: str) -> dict[str, Any]:
    """What a saved file holds, by type, after an independent reader has taken it for R4."""
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}')
    read = json.loads(answer.content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from fhir.resources.R4B.bundle import Bundle

        Bundle.model_validate(read)
    return {each["resource"]["resourceType"]: each["resource"] for each in read["entry"]}


def test_a_form_that_was_filled_in_leaves_as_r4_with_its_figures_and_names_nobody(
    cast: Cast, signed_in: SignIn
) -> None:
    case = open_case(cast)
    said = {
        **ask("echo", readOnly=True, extension=[fhirpath("%resource.descendants().where(linkId='words').answer.value")])
    }
    key = brought(cast, *GARDEN, ask("words"), ask("dialled", "decimal"), said, confirms=("sum",))
    held = access_queries.held_by(cast.officer, "entered", at=NOW)
    for kind, value in (
        ("phone", "07700 900123"),
        ("email", "quiet.bee@mail.example"),
        (MarkKind.OTHER_NAME.value, "Maus"),
    ):
        VictimReach.objects.create(victim=case.victim, kind=kind, value=value, key=value, **held)
    AtRisk.objects.create(case=case, name="Tilly Inventa", kind="child", risk="", review_on=NOW.date(), **held)
    words = (
        "Tilly says Vera Inventa, called Maus, fears Sven: ring 07700 900123 or mail quiet.bee@mail.example at night."
    )
    told = [Answer("gate", "d", note=words), Answer("visits", text="4"), Answer("words", text=words)]
    made = services.record_assessment(
        actor=cast.officer, case=case, instrument=key, at=NOW, professional_level=Level.LOW, formulation=words,
        answers=[*told, Answer("dialled", text="7700900123")],
    )  # fmt: skip
    assert {one["key"]: one["value"] for one in made.computed}["echo"] == words
    where = f"/cases/{case.reference}/assessment/{made.pk}/"
    client = signed_in("officer")
    assert f'href="{where}save/"' in page(client, where)
    assert "who receives it" in page(client, f"{where}save/", 422, once="s0", **(GOES | {"to_whom": ""}))
    answer = client.post(f"{where}save/", GOES | {"once": "s1"})
    found = resources(answer, "assessment-")
    for each in ("900123", "quiet.bee", "Vera", "Inventa", "Maus", "Tilly", "Sven"):
        assert each not in answer.content.decode(), each
    assert answer.content.decode().count("at night.") == 4, "what names nobody is still told, a note too"
    row = Disclosure.objects.unscoped("test").get()
    assert (row.compartment, row.to_whom, row.sha256) == ("risk", "Dr Ott", sha256(answer.content).hexdigest())
    again = client.post(f"{where}save/", GOES | {"once": "s1"}, follow=True)
    assert "It is in the ledger" in again.content.decode(), "a button pressed twice discloses once"
    ledger = page(client, f"/cases/{case.reference}/disclosures/")
    assert "a signed assessment, as a file (FHIR R4)" in ledger
    assert "to Dr Ott" in ledger
    said = ["--to", "Dr Ott", "--necessity", "care", "--ground", "safeguarding", "--consent", "given"]
    run = partial(CliRunner().invoke, app)
    by_command = run(["answers", case.reference, str(made.pk), "--as", "officer@demo.invalid", *said])
    assert by_command.stdout_bytes == answer.content, by_command.stderr
    for wrong, words in (
        (["S-0", str(made.pk)], "You have no case S-0."),
        ([case.reference, str(case.pk)], "no measure"),
    ):
        refused = run(["answers", *wrong, "--as", "officer@demo.invalid", *said])
        assert (refused.exit_code, refused.stdout_bytes) == (2, b""), refused.stderr
        assert words in refused.stderr
    assert Disclosure.objects.unscoped("test").count() == 2
    assert found["Observation"]["dataAbsentReason"]["text"].startswith("Not scored")
    assert found["RiskAssessment"]["prediction"][0]["qualitativeRisk"]["text"] == "Low"
    garden = {each["linkId"]: each.get("answer") for each in found["QuestionnaireResponse"]["item"][0]["item"]}
    assert garden["twice"] == [{"valueDecimal": 8}], "what the form worked out by its own rule goes with it"
    assert garden["visits"] == [{"valueInteger": 4}]
    entry = Entry.objects.filter(action="assessment.handed_out").latest("pk")
    assert (entry.operation, entry.file) == ("disclosure", case.pk)
    for name in ("governance", "olu"):
        assert signed_in(name).post(f"{where}save/", GOES | {"once": f"s {name}"}).status_code in (403, 404), name
    assert Entry.objects.filter(action="assessment.handed_out").count() == 2


def test_a_gap_is_named_by_its_words_and_a_score_waits_for_two_people(cast: Cast, signed_in: SignIn) -> None:
    case, key = open_case(cast), brought(cast, *GARDEN)
    made = signed(cast.officer, case, key, gate="d", hedge="c", visits="4")
    assert {one["key"]: one["value"] for one in made.computed}["sum"] == "5"
    assert all(one["by_form"] for one in made.computed), "nobody confirmed the sum, so it is the form's own figure"
    row, later, forms = DefinitionImported.objects.get(), NOW + timedelta(hours=1), RecordedForms("northmoor")
    services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="Once more.", at=later)
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=row.pk, at=later, confirms=("sum",))
    after = copy(made)
    after.recorded_at = later
    with CaptureQueriesContext(connection) as asked:
        assert [forms.of(one).scores[0].confirmed for one in (made, after)] == [False, True], (
            "each as of its own moment"
        )
    assert len(asked) == 2
    huge = signed(cast.officer, case, key, gate="d", hedge="c", visits="9" * 26)
    assert {one["key"]: one["why"] for one in huge.computed}["twice"].startswith(
        "Not computed. The number is too large"
    )
    gap = signed(cast.officer, case, key, gate="d")
    said = page(signed_in("clinician"), f"/cases/{case.reference}/assessment/{gap.pk}/")
    assert "Not computed. 1 of 2 questions are open: “How often is the hedge cut?”." in said
    Assessment.objects.unscoped("test").filter(pk=gap.pk).update(computed=None)
    said = page(signed_in("clinician"), f"/cases/{case.reference}/assessment/{gap.pk}/")
    assert "before scores were kept" in said


def test_a_condition_on_what_the_form_works_out_holds_where_it_is_worked_out(cast: Cast, signed_in: SignIn) -> None:
    often = {**ask("often", required=True), "enableWhen": [when("twice", ">", answerDecimal=10)]}
    case, key = open_case(cast), brought(cast, *GARDEN, often)
    where = f"/cases/{case.reference}/assessment/"
    assert "“Visits doubled” is more than “10”" in page(signed_in("officer"), f"{where}new/{key}/")
    for visits, asked in (("4", False), ("6", True), ("", True)):
        draft = services.keep_draft(
            actor=cast.officer, case=case, instrument=key, first_level=Level.LOW, at=NOW,
            answers=[Answer("gate", "d"), Answer("hedge", "c"), *([Answer("visits", text=visits)] if visits else [])],
        )  # fmt: skip
        shown = queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=draft.pk, at=NOW)
        assert ("often" in {one.field for one in shown.open_questions}) is asked, visits
        made = services.record_assessment(
            actor=cast.officer, case=case, instrument=key, at=NOW, draft=draft, professional_level=Level.LOW,
            answers=because(queries.answers_of(draft), shown.passed_over, "No time."),
        )  # fmt: skip
        assert bool(shown.passed_over) is (visits == "6"), (
            "what may be asked is told, what is asked is never passed over"
        )
        row = AnswerRow.objects.unscoped("test").get(assessment=made, item="often")
        assert row.standing == ("omitted" if asked else "not_applicable"), "unknown is never no"


TALL = "%resource.descendants().where(linkId='tall').answer.value"
HEAVY = f"%resource.descendants().where(linkId='heavy').answer.value / ({TALL} * {TALL}) > 30"
RECKONED = (
    ask("heavy", "decimal"),
    ask("tall", "decimal"),
    ask("diet", required=True, extension=[fhirpath(HEAVY, use="sdc-questionnaire-enableWhenExpression")]),
    *(ask(f"q{n}") for n in range(2)),
)


@pytest.mark.parametrize(("tall", "asked"), [("2", False), ("1.5", True), ("", None)])
def test_a_condition_that_reckons_is_worked_out_when_the_form_is_kept_and_when_it_is_signed(
    cast: Cast, signed_in: SignIn, tall: str, asked: bool | None
) -> None:
    case, key = open_case(cast), brought(cast, *RECKONED)
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    empty = page(client, f"{here}new/{key}/")
    assert "“the form’s own rule for ‘What of diet?’” is “Yes”" in empty
    assert 'name="diet_asked"' not in empty
    page(client, f"{here}new/{key}/", go="keep", once="k1", heavy="90", tall=tall, level="low")
    draft = draft_of(client, here)
    shown = queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=draft, at=NOW)
    assert ("diet" in {one.field for one in shown.open_questions}) is (asked is not False), "unknown is never no"
    sent = client.post(f"{here}draft/{draft}/", {"do": "sign", "level": "low", "once": "k2", "formulation": ""})
    assert sent.status_code == (422 if asked else 303), "a required question is never passed over"
    if asked:
        assert "Answer “What of diet?”" in unescape(sent.content.decode())
        return
    row = AnswerRow.objects.unscoped("test").get(item="diet")
    assert row.standing == ("not_applicable" if asked is False else "omitted")
    read = page(client, f"{here}{Assessment.objects.unscoped('test').get().pk}/")
    assert "own rule" not in read, "what nobody is asked is no answer"


def draft_of(client: Client, here: str) -> UUID:
    """Return the one form that was begun on a case."""
    return UUID(client.get(here).content.decode().partition("assessment/draft/")[2][:36])


UCUM = "http://unitsofmeasure.org"
POUNDS = {"value": 150, "unit": "pounds", "system": UCUM, "code": "[lb_av]"}
MEASURED = (
    ask("weight", "quantity", extension=[
        extension("questionnaire-unitValueSet", "Canonical", "http://hl7.org/fhir/ValueSet/ucum-bodyweight|4.0.1"),
        extension("questionnaire-unit", "Coding", {"system": UCUM, "code": "kg", "display": "kg"}),
        extension("sdc-questionnaire-maxQuantity", "Quantity", {"value": 140, "system": UCUM, "code": "kg"}),
    ]),
    ask("span", "quantity", extension=[extension("questionnaire-unitOption", "Coding", each) for each in (
        {"system": UCUM, "code": "cm"}, {"display": "hands"})]),
    {**total("half", "%resource.descendants().where(linkId='weight').answer.value.value / 2"), "text": "Half of it"},
    ask("heavy", enableWhen=[when("weight", ">", answerQuantity={"value": 90, "code": "kg"})], required=True),
)  # fmt: skip


def test_a_number_is_kept_and_leaves_in_the_unit_that_was_chosen(cast: Cast, signed_in: SignIn) -> None:
    case, key = open_case(cast), brought(cast, *MEASURED)
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    asked = page(client, f"{here}new/{key}/")
    assert 'name="weight.unit"' in asked
    units = ('"kg">kg', '"g">g', '"[lb_av]">pounds', '"cm">cm', '"hands">hands')
    assert sorted(units, key=asked.index) == list(units), "the one that it is asked in first"
    sent: dict[str, Any] = {"go": "keep", "level": "low", "weight": "150", "span": "16"}
    wrong = page(client, f"{here}new/{key}/", 422, once="u0", **sent, **{"weight.unit": "[st_av]"})
    assert "“[st_av]” is not a unit of “What of weight?”. Choose one of: kg, g, pounds." in wrong
    seen = page(client, f"{here}new/{key}/", once="u1", **sent, **{"weight.unit": "[lb_av]", "span.unit": "hands"})
    assert "Not computed. It reckons in “kg”, and this was answered in another unit: “What of weight?”." in seen
    assert "Write something for “What of heavy?”" in seen, "whether it is above 90 kg is not known from pounds"
    draft = client.get(here).content.decode().partition("assessment/draft/")[2][:36]
    change = (
        client.get(f"{here}draft/{draft}/")
        .content.decode()
        .partition(">Change your answers<")[0]
        .rpartition('href="')[2]
    )
    again = page(client, unescape(change.partition('"')[0]))
    assert '"[lb_av]" selected>pounds' in again, "it is there when the form is gone on with"
    sign = partial(
        services.record_assessment,
        actor=cast.officer, case=case, instrument=key, at=NOW, professional_level=Level.LOW,
    )  # fmt: skip
    with pytest.raises(CannotRecord, match=r"Choose the unit of .* Change your answers"):
        sign(answers=[Answer("weight", text="80")])
    made = sign(answers=[Answer("weight", "[lb_av]", text="150"), Answer("span", "hands", text="16")])
    later = page(signed_in("clinician"), f"{here}{made.pk}/")
    assert "150 pounds" in later
    assert "16 hands" in later
    answer = client.post(f"{here}{made.pk}/save/", GOES | {"once": "u2"})
    told = {
        each["linkId"]: each["answer"] for each in resources(answer, "assessment-")["QuestionnaireResponse"]["item"]
    }
    assert told["weight"] == [{"valueQuantity": POUNDS}]
    assert told["span"] == [{"valueQuantity": {"value": 16, "unit": "hands"}}]


def test_a_number_without_its_unit_is_not_signed(cast: Cast) -> None:
    case, key = case_of(cast), brought(cast, *MEASURED, by=FilledInBy.VICTIM)
    form_of = library.form("northmoor", key, at=NOW)
    bare = (Answer("weight", text="80"),)
    assert ("weight.unit", "Choose the unit of “What of weight?”.") in [
        (each.field, each.message) for each in rules.gaps(form_of, bare)
    ]
    for kilograms, problem in (("80", ""), ("141", "more than 140")):
        found = rules.why_not_answer(form_of, Answer("weight", "kg", text=kilograms)) or ""
        assert problem in found
        assert bool(found) is bool(problem)
    with pytest.raises(CannotSupport, match="Choose the unit of"):
        support.take_measure(actor=cast.advocate, case=case, instrument=key, answers={"weight": "80"}, at=NOW)
    support.take_measure(
        actor=cast.advocate, case=case, instrument=key, answers={"weight": "80", "weight.unit": "g"}, at=NOW
    )
    kept = CheckIn.objects.unscoped("test").get().answers
    assert rules.read_answers(form_of, kept)[0] == (Answer("weight", "g", text="80"),)


def test_a_long_measure_is_asked_a_page_at_a_time_and_is_kept_whole(cast: Cast, signed_in: SignIn) -> None:
    lines = (ask(f"q{n}", "integer" if n == 1 else "string") for n in range(1, 71))
    case, key = case_of(cast), brought(cast, *lines, by=FilledInBy.VICTIM)
    client, where = signed_in("advocate"), f"/cases/{case.reference}/victim/measures/{key}/"

    def carried(shown: str) -> str:
        return shown.partition('name="carried" value="')[2].partition('">')[0]

    first = page(client, where)
    assert "Questions 1 to 25 of 70" in first
    assert 'name="q26"' not in first
    wrong = page(client, where, 422, step="0", carried="[[", go="next", q1="x", once="p0")
    assert "Questions 1 to 25 of 70" in wrong
    second = page(client, where, step="0", carried="{}", go="next", q1="1", once="p1")
    assert "Questions 26 to 50 of 70" in second
    back = page(client, where, step="1", carried=carried(second), go="back", q26="two", once="p2")
    assert 'value="1"' in back
    again = page(client, where, step="0", carried=carried(back), go="next", q1="3", once="p3")
    third = page(client, where, step="1", carried=carried(again), go="next", q26="two", once="p4")
    kept = client.post(where, {"step": "1", "carried": carried(again), "q26": "six", "later": "yes", "once": "p7"})
    assert kept.status_code == 303
    left = page(client, where)
    assert "Questions 26 to 50 of 70" in left
    assert 'value="six"' in left
    assert '"q1": ["3"]' in unescape(carried(left)), "what stands on the other pages is kept too"
    page(client, where, 422, step="2", carried=carried(third), go="save", q70="last", once="p5")
    page(client, where, step="2", carried=carried(third), go="save", q70="last", once="p6", mode="telephone")
    assert CheckIn.objects.unscoped("test").get().answers == {"q1": "3", "q26": "two", "q70": "last"}


INCIDENTS = (group("incident", ask("where", "string"), ask("cost", "integer"), repeats=True), ask("end", "string"))


def test_what_repeats_in_a_measure_has_room_for_one_more_as_often_as_it_is_asked(cast: Cast, signed_in: SignIn) -> None:
    case, key = case_of(cast), brought(cast, *INCIDENTS, by=FilledInBy.VICTIM)
    client, where = signed_in("advocate"), f"/cases/{case.reference}/victim/measures/{key}/"
    first = page(client, where)
    assert "can be answered more than once" in first
    assert 'name="where-2"' not in first
    second = page(client, where, go="more", once="r1", **{"where-1": "the gate", "cost-1": "5"})
    assert 'value="the gate"' in second
    assert 'name="where-2"' in second
    third = page(client, where, go="more", once="r2", **{"where-1": "the gate", "cost-1": "5", "where-2": "work"})
    assert 'name="cost-3"' in third
    assert not CheckIn.objects.unscoped("test").exists(), "nothing is saved by it"
    told = {"where-1": "the gate", "cost-1": "5", "where-2": "work", "end": "no more"}
    page(client, where, once="r3", mode="telephone", **told)
    assert CheckIn.objects.unscoped("test").get().answers == told


def test_what_repeats_in_a_form_is_added_to_by_a_button_that_says_so(cast: Cast, signed_in: SignIn) -> None:
    case, key = open_case(cast), brought(cast, *INCIDENTS)
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/new/{key}/"
    assert "Add another" in page(client, here)
    second = page(client, here, go="more", once="k1", **{"where-1": "the gate"})
    assert 'value="the gate"' in second
    assert 'name="where-2"' in second


def test_what_the_victim_fills_in_is_a_measure_and_no_form_of_an_officer(cast: Cast, signed_in: SignIn) -> None:
    case, key = case_of(cast), brought(cast, *GARDEN, by=FilledInBy.VICTIM, confirms=("sum",))
    assert page(signed_in("officer"), f"/cases/{case.reference}/assessment/new/{key}/", 404)
    where = f"/cases/{case.reference}/victim/measures/"
    said = page(signed_in("advocate"), f"{where}{key}/", gate="d", hedge="c", visits="4", mode="telephone", once="m1")
    assert "5. Visits doubled: 8. By the form’s own rule, which nobody here has confirmed. Late: " in said
    assert CheckIn.objects.unscoped("test").get().total == 5
    row, later = DefinitionImported.objects.get(), NOW + timedelta(hours=1)
    services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="Not that sum.", at=later)
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=row.pk, at=later)
    support.take_measure(actor=cast.advocate, case=case, instrument=key, answers={"gate": "d", "hedge": "c"}, at=later)
    shown = measures.measures_page(actor=cast.advocate, reference=case.reference, at=later).series[-1]
    assert [one.result and one.result.value for one in shown.taken] == [5, None], "each as of its own moment"
    for name in ("officer", "clinician", "olu"):
        assert signed_in(name).get(where).status_code in (403, 404), name


def test_one_answer_to_act_on_alerts_whoever_may_read_it_and_nobody_else(cast: Cast, signed_in: SignIn) -> None:
    case, key = case_of(cast), approved(cast, published(panel=False), FilledInBy.VICTIM)
    asked = next(item.key for item in library.form("northmoor", key, at=NOW).items if item.critical)
    support.take_measure(actor=cast.advocate, case=case, instrument=key, answers={asked: "a1"}, at=NOW)
    where, alert = f"/cases/{case.reference}/victim/measures/", "The victim gave an answer to act on today"
    assert "Act on this today" in page(signed_in("advocate"), where)
    assert alert in page(signed_in("advocate"), "/")
    for name in ("officer", "clinician", "outreach", "olu"):
        client = signed_in(name)
        assert alert not in page(client, "/"), name
        assert client.get(where).status_code in (403, 404) or name == "outreach", name


BRING = "/instruments/northmoor/bring/"


def hidden(shown: str) -> dict[str, str]:
    """What a preview sends on."""
    return {name: shown.split(f'name="{name}" value="')[1].partition('"')[0] for name in ("name", "kept")}


def test_whoever_imports_says_who_fills_it_in_and_reads_findings_in_words(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    raw = json.dumps(form(*(ask(f"q{n}", repeats=True) for n in range(12)), title="Twelve")).encode()
    shown = page(client, BRING, once="look", file=SimpleUploadedFile("twelve.json", raw))
    assert "12 times: It may be answered any number of times; here it is asked up to 10 times." in shown
    assert "What of q0?; What of q1?; What of q2?; and 9 more" in shown
    asked = page(client, BRING, 422, **hidden(shown), confirmed="yes", once="go")
    assert "Choose who fills it in, and about whom" in asked
    assert not DefinitionImported.objects.exists()
    done = page(client, BRING, **hidden(shown), confirmed="yes", once="go2", by="about_subject")
    assert "inactive until 2 people approve it" in done
    first = DefinitionImported.objects.get()
    assert first.about == "subject"
    assert "Who fills it in" not in page(client, BRING, once="l2", file=SimpleUploadedFile("twelve.json", raw))
    for before, key, by in (("twelve", "twelve-2", "about_victim"), ("twelve-2", "twelve-3", "victim")):
        brought = DefinitionImported.objects.get(key=before)
        services.withdraw_instrument(actor=cast.chair, brought=brought.pk, reason="A slip.", at=NOW)
        shown = page(client, BRING, once=f"look {key}", file=SimpleUploadedFile("twelve.json", raw))
        page(client, BRING, **hidden(shown), confirmed="yes", once=f"go {key}", by=by)
        assert DefinitionImported.objects.get(key=key).original_sha256 == first.original_sha256
    wrong = ((b"%PDF-1.7", "This is a PDF document"), (b'{"resourceType": "Questionnaire"}', "has no items"))
    for said, words in wrong:
        assert words in page(client, BRING, 422, once="x", file=SimpleUploadedFile("f.json", said))


def test_a_form_of_ours_that_was_changed_is_named_by_its_title_and_the_finding_by_its_place(signed_in: SignIn) -> None:
    written = json.loads(fhir.questionnaire_bytes(instruments.load("safety-check-in")))
    written["title"] = "Safety check-in, ours"
    raw = SimpleUploadedFile("ours.json", json.dumps(written).encode())
    shown = page(signed_in("coordinator"), BRING, once="look", file=raw)
    assert ">Safety check-in, ours, version 1<" in shown
    assert ">safetycheckin" not in shown
    assert ">the form as a whole<" in shown


KEPT_FIRST = "Somebody else did the same just now. Open the library again."


@pytest.mark.parametrize("late", [False, True])
def test_of_two_who_import_the_same_at_one_moment_one_is_told_that_it_is_here(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """The second is `late` once the first is saved; else it looked before that, and the table alone holds it back."""
    first, second = signed_in("coordinator"), signed_in("coordinator")
    raw = json.dumps(form(ask("q"), title="Twice")).encode()
    seen = [hidden(page(one, BRING, once="look", file=SimpleUploadedFile("t.json", raw))) for one in (first, second)]
    looked = preview_import(site="northmoor", raw=raw, file="t.json", at=NOW, by=FilledInBy.VICTIM)
    done = page(first, BRING, **seen[0], confirmed="yes", once="first", by="victim")
    assert "The instrument is added." in done
    if not late:
        monkeypatch.setattr(library_services, "preview_import", lambda **_: looked)
    told = page(second, BRING, 200 if late else 422, **seen[1], confirmed="yes", once="second", by="victim")
    assert ("Nothing was added. Somebody had added the same before you." if late else KEPT_FIRST) in told
    assert "The instrument is added." not in told
    assert DefinitionImported.objects.count() == 1
    assert Entry.objects.filter(action="instrument.imported").count() == 1
    other = page(second, BRING, 422, **seen[1], confirmed="yes", once="third", by="about_subject") if late else ""
    assert not late or "It was imported before, as twice version 1, filled in by" in other


def test_of_two_who_import_two_forms_of_one_name_at_one_moment_the_second_is_told_and_may_again(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("coordinator")
    one, two = (json.dumps(form(ask(each), title="Twice", url=f"urn:x:{each}")).encode() for each in "ab")
    shown = [hidden(page(client, BRING, once="look", file=SimpleUploadedFile("t.json", raw))) for raw in (one, two)]
    looked = preview_import(site="northmoor", raw=two, file="t.json", at=NOW, by=FilledInBy.VICTIM)
    page(client, BRING, **shown[0], confirmed="yes", once="first", by="victim")
    with monkeypatch.context() as before_that:
        before_that.setattr(library_services, "preview_import", lambda **_: looked)
        told = page(client, BRING, 422, **shown[1], confirmed="yes", once="second", by="victim")
    assert KEPT_FIRST in told
    assert DefinitionImported.objects.count() == 1
    assert "Import this instrument" in told
    again = page(client, BRING, **hidden(told), confirmed="yes", once="third", by="victim")
    assert "The instrument is added." in again
    assert DefinitionImported.objects.count() == 2


def forged(worked_out_from: str = "odd", **claims: Any) -> bytes:
    """A file with our own definition in it, that says of itself what nobody here has said; its score waits for itself
    unless it is worked out from something else."""
    of = f"%resource.descendants().where(linkId='{worked_out_from}').answer.value + 1"
    looped = {**total("odd", of), "text": "Odd"}
    form_ = json.dumps(
        form(*GARDEN[0]["item"][:2], *GARDEN[0]["item"][3:4], looped, title="Trap", name="Trap")
    ).encode()
    read = fhir.read(form_).instrument
    assert read is not None
    scores = tuple(replace(each, confirmed=True, verified=True) for each in read.scores)
    return fhir.questionnaire_bytes(replace(read, scores=scores, **claims))


def test_nothing_in_a_file_of_our_own_making_marks_it_validated_and_it_is_checked_like_any_other(
    cast: Cast, signed_in: SignIn
) -> None:
    level = LevelRule(LevelKind.STEPS, base=Level.HIGH, steps=(LevelStep(Level.HIGH, 0, ("gate",), "Always."),))
    claims: dict[str, Any] = {
        "bands": (Band("sum", Decimal(0), Decimal(9), "grave", Provenance.PUBLISHED, level=Level.HIGH),),
        "norms": (Norm("cut", "sum", NormKind.CASENESS, "everybody", "A book", verified=True, value=Decimal(3)),),
        "evidence": (Citation("It works.", "A book", verified=True),),
        "routes": (Route("forum", "To the forum.", ("gate",)),),
    }
    raw = forged(validated=True, notice="Validated in 12 countries.", rights=Licence(), level=level, **claims)
    client = signed_in("coordinator")
    shown = page(client, BRING, once="look", file=SimpleUploadedFile("trap.json", raw))
    assert "validated, checked or confirmed, which level it sets, or to whom it leads. No file decides that" in shown
    assert "bands, reference figures and alerts stay as it gives them, not checked" in shown
    assert "These values wait for each other" in shown, "its own definition spares it no check"
    page(client, BRING, **hidden(shown), confirmed="yes", once="go", by="about_victim")
    kept = definition_of(DefinitionImported.objects.get())
    assert not kept.validated
    assert kept.notice == "Unvalidated here. Brought in from a file. Validated in 12 countries."
    assert [each.confirmed for each in kept.scores] == [False]
    assert kept.level == LevelRule()
    assert not kept.routes
    assert [(each.verified, each.level) for each in kept.bands] == [(False, None)]
    assert not any(each.verified for each in (*kept.norms, *kept.evidence))
    assert not kept.rights.one_step
    assert not kept.rights.verified
    said = page(client, "/instruments/northmoor/form/trap/")
    assert "Unvalidated here." in said
    assert said.count("(not checked yet)") == 2, "its band and its figure"
    assert "not validated" in page(client, "/instruments/northmoor/")


def test_whoever_confirms_a_score_of_such_a_file_reads_what_its_values_are_called(
    cast: Cast, signed_in: SignIn
) -> None:
    band = Band("sum", Decimal(0), Decimal(9), "grave", Provenance.PUBLISHED)
    client, raw = signed_in("coordinator"), forged("gate", bands=(band,))
    shown = page(client, BRING, once="look", file=SimpleUploadedFile("trap.json", raw))
    page(client, BRING, **hidden(shown), confirmed="yes", once="go", by="about_victim")
    assert re.search(r"Questions</dt>\s*<dd[^>]*>2</dd>", shown), "the form asks two and works two out"
    assert page(client, "/instruments/northmoor/form/trap/").count("worked out by the form") >= 2
    brought_in = DefinitionImported.objects.get().pk
    said = page(signed_in("chair"), f"/instruments/northmoor/form/trap/{brought_in}/approve/")
    assert "Garden total (0 to 9 grave)" in said
    assert said.count("worked out by the form: nobody is asked") == 2, "the total and the odd one"
    assert "answered with: a number" not in said
    assert "with the bands and reference figures that stand on the page of the instrument" in said


def test_what_a_library_gave_out_and_takes_back_is_the_form_that_it_holds(cast: Cast, signed_in: SignIn) -> None:
    key, client = brought(cast, *GARDEN, *RECKONED, confirms=("sum",)), signed_in("coordinator")
    out = client.get(f"/instruments/northmoor/form/{key}/save/fhir/").content
    assert b"diet_asked" not in json.dumps(json.loads(out)["item"]).encode(), "what works a condition out is no item"
    assert "It was imported before" in page(client, BRING, once="look", file=SimpleUploadedFile("o.json", out))


def test_a_measure_of_any_publisher_shows_its_total_and_its_alert_to_the_advocate_alone(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, client = case_of(cast), signed_in("coordinator")
    for how in ("loinc", "a number", "words"):
        shown = page(client, BRING, once=how, file=SimpleUploadedFile("nine.json", shaped("phq-9", how)))
        assert "This is PHQ-9" in shown
    added = page(client, BRING, **hidden(shown), words_of="phq-9", once="as")
    assert "It is active straight away." in added
    assert "Not asked, and counted in no score: Difficulty." in added
    page(client, BRING, **hidden(added), words_of="phq-9", once="add", confirmed="yes")
    where, alert = f"/cases/{case.reference}/victim/measures/", "The victim gave an answer to act on today"
    client = signed_in("advocate")
    asked = page(client, f"{where}phq-9/")
    assert asked.index("Not at all (0)") < asked.index("Nearly each day (3)"), "in the words of the file, lowest first"
    nine = {item.key: "s2" for item in library.form("northmoor", "phq-9", at=NOW).items} | {"self_harm": "s0"}
    assert "16, moderately severe" in page(client, f"{where}phq-9/", **nine, mode="telephone", once="m1")
    assert alert not in page(client, "/")
    taken = CheckIn.objects.unscoped("test").get()
    save = f"{where}taken/{taken.pk}/save/"
    assert f'href="{save}"' in page(client, where)
    assert "only with the victim’s consent" in page(client, save)
    assert "consent" in page(client, save, 422, once="s0", **(GOES | {"consent": "not_asked"}))
    observed = resources(client.post(save, GOES | {"once": "s1"}), "answers-")["Observation"]
    row = Disclosure.objects.unscoped("test").get()
    assert (row.compartment, row.consent, row.what) == (
        "advocate_confidential", "given", "what the victim answered, as a file (FHIR R4)",
    )  # fmt: skip
    assert observed["code"]["coding"] == [{"system": "http://loinc.org", "code": "44261-6"}]
    assert observed["valueQuantity"]["value"] == 16
    later = {"app_clock": (NOW + timedelta(minutes=5)).isoformat()}
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update=later))
    said = page(client, f"{where}phq-9/", self_harm="s1", mode="telephone", once="m2")
    assert "Act on this today" in said, "with one answer of nine"
    assert alert in page(client, "/")
    for name in ("officer", "clinician", "olu"):
        other = signed_in(name)
        assert alert not in page(other, "/"), name
        assert other.get(where).status_code in (403, 404), name
        assert other.post(save, GOES | {"once": name}).status_code in (403, 404), name


COLOURS = "https://lists.example/ValueSet/colours"


def test_a_list_that_stands_elsewhere_is_brought_in_as_a_file_and_remembered(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    asked = [
        ask("hue", "choice", answerValueSet=f"{COLOURS}|2"),
        ask("sure", "choice", answerValueSet="http://hl7.org/fhir/ValueSet/yesnodontknow"),
        {**total("sum", "%resource.descendants().where(linkId='hue').answer.value.ordinal()"), "text": "Hue"},
    ]
    raw = json.dumps(form(*asked, title="Hues", url="https://forms.example/hues")).encode()
    shown = page(client, BRING, once="look", file=SimpleUploadedFile("hues.json", raw))
    assert "Download each list from its address" in shown
    assert f'<li class="govuk-!-text-break-word">{COLOURS}</li>' in shown
    assert "yesnodontknow</li>" not in shown, "the small lists of HL7 ship"
    page(client, BRING, **hidden(shown), confirmed="yes", once="early", by="about_victim")
    colours = [option(code, weight) for code, weight in (("red", 1), ("blue", 2))]
    concepts = [{**one["valueCoding"], "extension": one["extension"]} for one in colours]
    listed = {"resourceType": "ValueSet", "status": "active", "title": "Colours", "url": COLOURS,
              "compose": {"include": [{"system": "urn:answers", "concept": concepts}]}}  # fmt: skip
    for turn in ("first", "again"):
        file = SimpleUploadedFile("colours.json", json.dumps(listed).encode())
        seen = page(client, BRING, once=turn, file=file)
        assert ("It can be saved." if turn == "first" else "It is here already.") in seen
        if turn == "first":
            assert "The list is saved." in page(client, BRING, **hidden(seen), confirmed="yes", once="keep")
    shown = page(client, BRING, once="look2", file=SimpleUploadedFile("hues.json", raw))
    assert "Download each list" not in shown
    assert f"the list “{COLOURS}”, which the library holds" in shown
    page(client, BRING, **hidden(shown), confirmed="yes", once="late", by="about_victim")
    row = DefinitionImported.objects.latest("version")
    assert (row.key, row.version) == ("hues", 2)
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=row.pk, at=NOW)
    made = signed(cast.officer, open_case(cast), "hues", hue="blue", sure="asked_unknown")
    assert [(one["key"], one["value"]) for one in made.computed] == [("sum", "2")], "with the weights of the list"
    foreign = signed_in("olu").post(
        BRING, {"once": "o", "file": SimpleUploadedFile("c.json", json.dumps(listed).encode())}
    )
    assert foreign.status_code in (403, 404)
    withdrawn_and_brought_again(cast, signed_in, raw, json.dumps(listed).encode())


def withdrawn_and_brought_again(cast: Cast, signed_in: SignIn, form_: bytes, listed: bytes) -> None:
    """Take the list out of use, with the forms that hold it named first; forms get its answers no more until it comes again."""
    lists, brought = "/instruments/northmoor/lists/", ListBrought.objects.get()
    where, chair, brings = f"{lists}{brought.pk}/withdraw/", signed_in("chair"), signed_in("coordinator")
    asked = page(chair, where)
    assert "Its answers stand in 1 form:" in asked
    assert '<a class="govuk-link" href="/instruments/northmoor/form/hues/">Hues</a>' in asked
    assert "Take out of use" not in page(brings, lists), "whoever may not approve reads it"
    assert brings.post(where, {"reason": "Mine.", "once": "m"}).status_code in (403, 404)
    for address in (lists, where):
        assert signed_in("olu").get(address).status_code in (403, 404), address
    assert "Enter why it is taken out of use" in page(chair, where, 422, once="w0", reason=" ")
    for _ in range(2):
        said = page(chair, where, once="w1", reason="A misprint in blue.")
    assert "Out of use since" in said
    assert "A misprint in blue." in said
    entry = Entry.objects.filter(action="instrument.list_withdrawn").get()
    assert entry.operation == "configuration"
    assert COLOURS not in with_lists("northmoor", form_, at=NOW)[1]
    assert library.form("northmoor", "hues", at=NOW).scales, "the form that holds its answers keeps them"
    seen = page(brings, BRING, once="l4", file=SimpleUploadedFile("colours.json", listed))
    assert "It can be saved." in seen
    page(brings, BRING, **hidden(seen), confirmed="yes", once="keep again")
    assert COLOURS in with_lists("northmoor", form_, at=NOW)[1], "brought in again, it counts again"
    reader = cast.chair
    with CaptureQueriesContext(connection) as statements:
        (line,) = lists_page(actor=reader, site="northmoor", at=NOW + timedelta(days=1)).lines
    assert (line.withdrawn_at, [title for _, title in line.forms], len(statements)) == (None, ["Hues"], 3)
    assert ListBrought.objects.count() == 2


FORCED = (
    choice("weapon", {"valueString": "Yes, with a weapon"}, {"valueString": "No"}, required=True),
    ask("kind", "string", required=True, enableWhen=[when("weapon", answerString="Yes, with a weapon")]),
    ask("hour", "integer", required=True),
    ask("idle", "string"),
)
WHY = "The victim had to leave before that."


def test_what_a_form_requires_is_signed_open_only_with_why_and_the_record_keeps_it(
    cast: Cast, signed_in: SignIn
) -> None:
    case, key = open_case(cast), brought(cast, *FORCED)
    weapon = library.form("northmoor", key, at=NOW).items[0]
    armed = library.form("northmoor", key, at=NOW).scale(weapon.scale).options[0].code  # type: ignore[union-attr]
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    page(client, f"{here}new/{key}/", go="keep", once="k1", weapon=armed, level="low")
    draft = client.get(here).content.decode().partition("assessment/draft/")[2][:36]
    where = f"{here}draft/{draft}/"
    said = {"do": "sign", "level": "low", "formulation": ""}
    refused = page(client, where, 422, once="k2", **said)
    assert "Answer “What of kind?”, “What of hour?”. Or say why you leave them open." in refused
    assert "2 required questions still open" in refused
    for field in ("kind", "hour"):
        assert f'href="{here}new/{key}/{draft}/#{field}"' in refused
        assert f'name="{field}"' in page(client, f"{here}new/{key}/{draft}/")
    assert "idle" not in refused
    assert not Assessment.objects.unscoped("test").exists()
    page(client, where, once="k3", left_because=WHY, **said)
    made = Assessment.objects.unscoped("test").get()
    rows = {row.item: row for row in AnswerRow.objects.unscoped("test").filter(assessment=made)}
    assert [(rows[key].standing, rows[key].absent, rows[key].note) for key in ("kind", "hour")] == [
        ("omitted", "left_open", WHY)
    ] * 2
    assert (rows["idle"].absent, rows["idle"].note) == ("", "")
    shown = page(client, f"{here}{made.pk}/")
    assert shown.count(WHY) == 2
    assert shown.count("left open") == 2
    found = resources(client.post(f"{here}{made.pk}/save/", GOES | {"once": "s"}), "assessment-")
    told = {each["linkId"]: each["answer"] for each in found["QuestionnaireResponse"]["item"]}
    assert told["hour"] == [{"extension": [{"url": ABSENT_EXTENSION, "valueCode": "unknown"},
                                           {"url": "urn:fourfold:fhir:note", "valueString": WHY}]}]  # fmt: skip
    assert set(told) == {"weapon", "kind", "hour"}


def test_a_tick_that_the_page_does_not_offer_answers_nothing_that_a_form_requires(
    cast: Cast, signed_in: SignIn
) -> None:
    """Sent from another tab or by hand: there is too little information to answer any of them."""
    case, key = open_case(cast), brought(cast, FORCED[0], FORCED[-1])
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    page(client, f"{here}new/{key}/", go="keep", once="k1", idle="nothing", level="low")
    where = f"{here}draft/{client.get(here).content.decode().partition('assessment/draft/')[2][:36]}/"
    said = {"do": "sign", "level": "low", "formulation": "", "left": "yes"}
    assert "Or say why you leave them open." in page(client, where, 422, once="k2", **said)
    assert not Assessment.objects.unscoped("test").exists()


def test_who_approves_reads_what_is_required_and_repeats_and_who_signs_which_time_is_open(
    cast: Cast, signed_in: SignIn
) -> None:
    visit = group("visit", ask("day", "date", required=True), ask("what", "string"), repeats=True)
    case, key = open_case(cast), brought(cast, visit, ask("often", "integer", required=True))
    structure = page(signed_in("clinician"), f"/instruments/northmoor/form/{key}/")
    assert "a whole number" in structure
    assert "integer" not in structure
    assert structure.count("wants an answer, or why it is left open") == 2
    assert "up to 10 times" in structure
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    told = {"what-1": "stood there", "level": "low"}
    page(client, f"{here}new/{key}/", go="keep", once="k1", **told)
    draft = client.get(here).content.decode().partition("assessment/draft/")[2][:36]
    refused = page(client, f"{here}draft/{draft}/", 422, once="k2", do="sign", level="low", formulation="")
    assert "Answer “What of day?” (1), “What of often?”. Or say why" in refused


def test_what_a_form_requires_and_does_not_ask_is_nothing_open(cast: Cast) -> None:
    case, key = open_case(cast), brought(cast, *FORCED)
    scale_ = library.form("northmoor", key, at=NOW).scale(library.form("northmoor", key, at=NOW).items[0].scale)
    assert scale_ is not None
    answers = [Answer("weapon", scale_.options[1].code), Answer("hour", text="3")]
    signs = partial(services.record_assessment, actor=cast.officer, case=case, instrument=key, at=NOW)
    assert signs(answers=answers, professional_level=Level.LOW).pk
    not_known = [Answer("weapon", absent=Meaning.UNKNOWN), Answer("hour", absent=Meaning.REFUSED)]
    assert signs(answers=not_known, professional_level=Level.LOW).pk, "not known is an answer"
    for left in (Answer("hour", absent=Meaning.LEFT_OPEN), Answer("hour", absent=Meaning.LEFT_OPEN, note=" ")):
        with pytest.raises(AnswerRefused):
            signs(answers=[answers[0], left])


def test_what_a_measure_requires_is_kept_open_only_with_why(cast: Cast, signed_in: SignIn) -> None:
    case, key = case_of(cast), brought(cast, *FORCED, by=FilledInBy.VICTIM)
    client, measures_ = signed_in("advocate"), f"/cases/{case.reference}/victim/measures/"
    sent = {"idle": "nothing", "mode": "telephone"}
    asks_why = "Where this form requires an answer, you are asked why it is left open."
    assert asks_why in page(client, f"{measures_}{key}/"), "only then can the victim leave out any question"
    refused = page(client, f"{measures_}{key}/", 422, once="m1", **sent)
    assert "Answer “What of weapon?”, “What of hour?”. Or say why you leave them open." in refused
    assert '<a class="govuk-link" href="#hour">What of hour?</a>' in refused
    assert not CheckIn.objects.unscoped("test").exists()
    done = page(client, f"{measures_}{key}/", once="m2", left_because=WHY, **sent)
    assert f"Left open: “What of hour?”. {WHY}" in done
    kept = CheckIn.objects.unscoped("test").get().answers
    assert (kept["hour.absent"], kept["hour.note"], kept["idle"]) == ("left_open", WHY, "nothing")
    free = brought(cast, ask("idle", "string"), by=FilledInBy.VICTIM)
    empty = page(client, f"{measures_}{free}/")
    assert "The victim can leave out any question, or say that this is not a safe moment." in empty
    assert asks_why not in empty


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ({"url": "https://forms.example/a", "version": "2.1.0"}, "https://forms.example/a|2.1.0"),
        ({"url": "https://forms.example/a"}, "https://forms.example/a"),
        ({"url": "https://forms.example/a", "version": "of May"}, "https://forms.example/a"),
    ],
)
def test_what_was_filled_in_names_the_form_as_its_publisher_does(
    cast: Cast, signed_in: SignIn, head: Json, named: str
) -> None:
    case = open_case(cast)
    key = approved(cast, json.dumps(form(ask("a"), **head)).encode(), FilledInBy.ABOUT_VICTIM)
    made = services.record_assessment(
        actor=cast.officer, case=case, instrument=key, at=NOW, answers=[Answer("a", text="so")]
    )
    where = f"/cases/{case.reference}/assessment/{made.pk}/save/"
    found = resources(signed_in("officer").post(where, GOES | {"once": "s"}), "assessment-")
    assert found["QuestionnaireResponse"]["questionnaire"] == named
    whole = json.loads(signed_in("officer").get(f"/instruments/northmoor/form/{key}/save/fhir/").content or b"{}")
    assert named in (whole["url"], f"{whole['url']}|{whole['version']}")


LOINC = "http://loinc.org"
SOCIAL = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey"}]}
EXTRACTED = (
    group(
        "vitals",
        ask("weight", "quantity", code=[{"system": LOINC, "code": "29463-7", "display": "Weight"}], extension=[
            extension("questionnaire-unit", "Coding", {"system": UCUM, "code": "kg", "display": "kg"}),
            extension("sdc-questionnaire-observation-extract-category", "CodeableConcept", SOCIAL)]),
        ask("ratio", "decimal", code=[{"system": LOINC, "code": "9999-1"}]),
        ask("day", "date", code=[{"system": LOINC, "code": "9999-2"}]),
        choice("smokes", option("y"), option("n"), code=[{"system": LOINC, "code": "72166-2"}]),
        ask("told", code=[{"system": LOINC, "code": "9999-3"}],
            extension=[extension("sdc-questionnaire-observationExtract", "Boolean", False)]),
        ask("uncoded"),
        extension=[extension("sdc-questionnaire-observationExtract", "Boolean", True)],
    ),
    ask("outside", code=[{"system": LOINC, "code": "9999-4"}]),
)  # fmt: skip


def test_what_a_form_wants_as_an_observation_leaves_as_one(cast: Cast, signed_in: SignIn) -> None:
    case, key = open_case(cast), brought(cast, *EXTRACTED)
    said = {"weight": "71.5", "ratio": "0.5", "day": "2026-05-03", "told": "a", "uncoded": "b", "outside": "c"}
    made = services.record_assessment(
        actor=cast.officer, case=case, instrument=key, at=NOW,
        answers=[*(Answer(name, text=text) for name, text in said.items()), Answer("smokes", "y")],
    )  # fmt: skip
    answer = signed_in("officer").post(f"/cases/{case.reference}/assessment/{made.pk}/save/", GOES | {"once": "s"})
    resources(answer, "assessment-")
    found = {
        each["resource"]["code"]["coding"][0]["code"]: each["resource"]
        for each in json.loads(answer.content)["entry"]
        if each["resource"]["resourceType"] == "Observation"
    }
    assert set(found) == {"29463-7", "9999-1", "9999-2", "72166-2"}
    weight = found["29463-7"]
    assert weight["valueQuantity"] == {"value": 71.5, "unit": "kg", "system": UCUM, "code": "kg"}
    assert weight["category"] == [SOCIAL]
    assert (weight["derivedFrom"], weight["status"]) == ([{"reference": f"urn:uuid:{made.pk}"}], "final")
    assert found["9999-1"]["valueQuantity"] == {"value": 0.5}
    assert found["9999-2"]["valueDateTime"] == "2026-05-03"
    assert found["72166-2"]["valueCodeableConcept"]["coding"][0]["code"] == "y"


def test_a_file_says_what_it_is_and_each_loss_in_the_words_of_its_question(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")

    def told(name: str, raw: bytes, status: int = 200) -> str:
        return page(client, BRING, status, once=name, file=SimpleUploadedFile(name, raw))

    assert "This is YAML" in told("gad.yaml", b"id: gad7\nresourceType: Questionnaire\nitem:\n  - linkId: a\n", 422)
    inner = group("inner", ask("deep"), repeats=True)
    shown = told("nested.json", json.dumps(form(group("outer", ask("flat"), inner, repeats=True))).encode())
    assert "several times inside of what repeats; here it is asked once in each." in shown
    since = choice("since", {"valueDate": "2026-01-01"}, {"valueDate": "2026-06-01"})
    asks = [
        ask(name, enableWhen=[when("since", how, answerDate="2026-03-01")]) for name, how in (("a", ">="), ("b", "="))
    ]
    shown = told("days.json", json.dumps(form(since, *asks)).encode())
    assert shown.count("“2026-03-01” is not among the answers to “What of since?”") == 2, "once, and its technical line"
    assert "2 times" not in shown, "a day between two days can be compared with both"


LOG = (
    group("visit", ask("spent", "decimal"), scale("harm", 0, 1, 2, 5), repeats=True),
    {**total("cost", "%resource.item.where(linkId='visit').item.where(linkId='spent').answer.value.sum()")},
    {**total("harms", "%resource.item.where(linkId='visit').item.where(linkId='harm').answer.value.ordinal().sum()")},
)


def test_what_repeats_is_added_up_over_each_time_or_not_at_all(cast: Cast, signed_in: SignIn) -> None:
    case, key = open_case(cast), brought(cast, *LOG)
    times = [(str(n), "d" if n == 3 else "b") for n in range(1, 11)]
    given = [
        answer
        for n, (spent, harm) in enumerate(times, start=1)
        for answer in (Answer("spent", text=spent, repeat=n), Answer("harm", harm, repeat=n))
    ]
    signs = partial(services.record_assessment, actor=cast.officer, case=case, instrument=key, at=NOW)
    made = signs(answers=given)
    assert {one["key"]: one["value"] for one in made.computed} == {"cost": "55", "harms": "14"}, (
        "all ten, not the first"
    )
    made = signs(answers=[answer for answer in given if (answer.item, answer.repeat) != ("spent", 4)])
    worked = {one["key"]: (one["value"], one["why"]) for one in made.computed}
    assert worked["cost"][0] == "", "a total without one of its parts is none"
    assert "What of spent?" in worked["cost"][1]
    assert worked["harms"][0] == "14"
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/new/{key}/"
    first = page(client, here)
    assert f'formaction="{here}#question-harm-1"' in first, "one more is shown where it stands"
    assert "has room for" not in first
    for n in range(1, 10):
        fields = {f"spent-{one}": said for one, (said, _) in enumerate(times[:n], start=1)}
        answer = client.post(here, {"go": "more", "once": f"k{n}", **fields})
        here = answer["Location"]
    last = page(client, here)
    assert "This page has room for 10 of these." in last


def test_what_a_form_begins_with_and_its_rules_are_told_and_its_times_read_together(
    cast: Cast, signed_in: SignIn
) -> None:
    rule = {"url": f"{HL7}targetConstraint", "extension": [
        {"url": "key", "valueId": "order"}, {"url": "severity", "valueCode": "error"},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression": "true"}},
        {"url": "human", "valueString": "The first day must not be after the last."}]}  # fmt: skip
    items = (*LOG, ask("calm", "boolean", initial=[{"valueBoolean": True}]), ask("plain", "boolean"))
    raw = json.dumps(form(*items, title="Rules", extension=[rule])).encode()
    shown = page(signed_in("coordinator"), BRING, once="b", file=SimpleUploadedFile("r.json", raw))
    assert "It begins with an answer. Here nothing is answered for anybody, so it begins empty." in shown
    assert "times: It begins" not in shown, "only where it does"
    case, key = open_case(cast), approved(cast, raw, FilledInBy.ABOUT_VICTIM)
    client, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    said = {"spent-1": "1", "harm-1": "b"}
    answer = client.post(f"{here}new/{key}/", {"go": "more", "once": "k0", **said})
    seen = page(client, answer["Location"].partition("?")[0], go="keep", once="k1", level="low", **said,
                **{"spent-2": "2", "harm-2": "c"})  # fmt: skip
    assert "nothing here checks it" in seen
    assert "The first day must not be after the last." in seen
    draft = client.get(here).content.decode().partition("assessment/draft/")[2][:36]
    page(client, f"{here}draft/{draft}/", do="sign", level="low", once="k2", formulation="")
    made = Assessment.objects.unscoped("test").get()
    signed_ = page(client, f"{here}{made.pk}/")
    places = [
        signed_.index(f"What of {one}<span") for one in ("spent?, 1", "harm?, 1", "spent?, 2", "harm?, 2", "calm?")
    ]
    assert places == sorted(places), "one time after the other, as it happened"
    measure = brought(cast, ask("how"), by=FilledInBy.VICTIM)
    assert "nothing here checks it" not in page(
        signed_in("advocate"), f"/cases/{case_of(cast).reference}/victim/measures/{measure}/"
    )


def test_what_every_rater_left_open_begins_open_in_the_record_that_they_agree_on(cast: Cast) -> None:
    case, key = open_case(cast), brought(cast, *FORCED)
    left = [Answer(name, absent=Meaning.LEFT_OPEN, note=WHY) for name in ("weapon", "hour")]
    begun = queries.form_page(actor=cast.officer, case_id=case.pk, instrument=key, at=NOW)
    assert filling.typed_of(replace(begun, answers=(*left, Answer("idle", text="so")))) == {"idle": ("so",)}
