"""A row that no entry made is seen, in every table but those that say why it does no harm there."""

from __future__ import annotations

from django.apps import apps

from fourfold.base import Sealing, sealing

#: What is not sealed always, and why a forged row of it changes nothing that somebody reads or may do.
OPENS_NOTHING = {
    "audit.entry": "proved by its chain and by its MAC",
    "audit.head": "proved by the chain and the checkpoints",
    "audit.batchrow": "proved by the root in its entry",
    "audit.receipt": "keeps a form from being acted upon twice, and goes after a while",
    "cases.possibleact": "a copy of what a run found, made anew by the next",
    "cases.mayname": "worked out from other indexes, held against them each night, and read through every wall",
    "cases.namesound": "an index, made anew from the reports",
    "cases.summary": "a copy for lists, made anew from the reports",
    "cases.toldkey": "an index, made anew from the reports",
    "duties.duty": "worked out from sealed rows, made anew each night, and read through grants, parts and walls",
    "governance.answerkept": "worked out from sealed rows, held against them each night, and counted by who may open what",
    "governance.countanew": "says only that a case is to be counted anew",
    "governance.doorkept": "worked out from grants, held against them each night; it opens no file",
    "governance.tally": "the sum of what is kept of cases, held against that each night",
    "drafts.draft": "half a form, which its writer reads before it is sent",
    "intake.allegation": "proved in its batch, and sealed where it came in none",
    "intake.furtherperson": "proved in its batch, and sealed where it came in none",
    "intake.personknownby": "proved in its batch, and sealed where it came in none",
    "intake.quarantined": "proved in its batch, and sealed where it came in none",
    "intake.retold": "proved in its batch, and sealed where it came in none",
    "intake.version": "proved in its batch, and sealed where it came in none",
    "people.findingkey": "an index, made anew from the people on record",
    "programme.partner": "a name; what somebody of it may do stands in memberships and agreements",
    "programme.site": "a name; what somebody at it may do stands in memberships and agreements",
}


def test_a_row_that_no_entry_made_is_seen_or_does_no_harm() -> None:
    found = {
        model._meta.label_lower
        for model in apps.get_models()
        if model.__module__.startswith("fourfold.") and sealing(model) is not Sealing.ALWAYS
    }
    assert found == OPENS_NOTHING.keys(), "derive from fourfold.base.Row, or say why a forged row does no harm"
