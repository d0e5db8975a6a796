"""Forms as they come from the world: each ends in exactly one of three ways, in words, in time, and nothing half stored."""

from __future__ import annotations

import time

import pytest

from fourfold.assessment import fhir, services
from fourfold.assessment.fhir.terms import Outcome, Severity
from fourfold.assessment.models import DefinitionImported
from fourfold.assessment.queries import library
from tests.assessment.fhir.test_hostile import is_whole
from tests.assessment.fhir.wild import WILD
from tests.cast import NOW, Cast

LONGEST_S = 5.0


def bytes_of(name: str) -> bytes:
    made = WILD[name][0]
    return made if isinstance(made, bytes) else made()


@pytest.mark.parametrize("name", WILD)
def test_a_form_of_the_world_ends_in_one_of_three_ways_with_its_reasons(name: str) -> None:
    _, outcome, word = WILD[name]
    raw = bytes_of(name)
    begun = time.process_time()
    reading = fhir.read(raw)
    assert time.process_time() - begun < LONGEST_S
    assert is_whole(reading), reading.findings
    said = " ".join(finding.message for finding in reading.findings)
    assert reading.outcome == outcome, said
    assert word.lower() in said.lower()
    assert (reading.outcome is Outcome.IMPORTED) == (not any(_counts(finding.severity) for finding in reading.findings))


def _counts(severity: Severity) -> bool:
    return severity is not Severity.NOTE


#: Each is read in a process of its own, so that a few must do.
BROUGHT = (
    "put together from parts elsewhere",
    "the tools of 2017",
    "a modifier at the root",
    "names that look like code",
)


@pytest.mark.django_db
def test_whatever_was_not_refused_is_kept_whole_and_inactive(cast: Cast) -> None:
    for name in BROUGHT:
        ended = services.import_definition(
            actor=cast.analyst, site="northmoor", raw=bytes_of(name), file=f"{name}.json", at=NOW
        )
        assert (ended.row is None) == (WILD[name][1] == "refused"), name
    kept = list(DefinitionImported.objects.values_list("key", flat=True))
    assert len(kept) == 3
    assert not [card.key for card in library.forms_of("northmoor", at=NOW) if card.key in kept and card.is_active]
