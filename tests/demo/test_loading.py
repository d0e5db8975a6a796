"""The loading itself: stopped in the middle, as it ships, and asked for where it has not happened."""

from __future__ import annotations

import time

import pytest

from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.demo import load, roster, story
from fourfold.demo.founding import acting
from fourfold.demo.truth import TRUTH
from fourfold.evaluation import queries as evaluation
from fourfold.intake.models import Allegation
from fourfold.programme import queries as programme
from tests.cast import NOW
from tests.demo.conftest import SMALL

pytestmark = pytest.mark.django_db


def test_a_load_that_is_stopped_leaves_nothing_and_can_be_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(world: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "STEPS", (*load.STEPS[:2], ("Being stopped", stop)))
    with pytest.raises(KeyboardInterrupt):
        load.load(at=NOW, size=SMALL)
    assert not roster.is_loaded()
    assert programme.sites() == []
    assert not Allegation.objects.unscoped("a test counts").exists()
    assert not Entry.objects.exists()


def test_the_story_names_what_to_run_where_nothing_is_loaded() -> None:
    lines: list[str] = []
    assert not story.play(say=lines.append, at=NOW)
    assert "make run" in lines[0]


@pytest.mark.slow
@pytest.mark.one_database
def test_six_hundred_cases_load_within_a_minute_and_show_the_planted_effect() -> None:
    """Seconds of one core's work are counted, so that whatever else this machine does is not."""
    begun = time.process_time()
    load.load(at=NOW)
    assert time.process_time() - begun < 60
    assert 600 <= Case.objects.unscoped("a test counts").count() <= 610
    page = evaluation.latest_findings(actor=acting("evaluator@demo.invalid", NOW), at=NOW)
    assert page is not None
    ratio = page.findings.hazard_ratio
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low <= TRUTH.hazard_ratio <= ratio.high < 1
    assert audit_queries.verify().clean
