"""A row that says who agreed, or by which secret somebody comes in, opens a door: it is sealed, or here is why not."""

from __future__ import annotations

import re

from django.apps import apps

from fourfold.base import Sealing, sealing

AGREES = re.compile(r"given|confirmed|(answered|approved|authorised|decided|signed|said)_by|\w+_sha256")
OPENS_NOTHING = {
    "assessment.assessment": "which wording was answered",
    "assessment.draft": "which wording is answered",
    "assessment.round": "which wording is answered",
    "exhibits.safecopy": "of which file it is a copy",
    "governance.pack": "what was printed, beside its release",
    "intake.allegation": "what an agency told, proved in its batch",
    "intake.importrun": "which file came",
    "intake.quarantined": "which file came",
    "linkage.keptapart": "keeps two records apart, and shows neither to anybody",
    "linkage.match": "made by the thousand and proved in its batch; records of one person are people.sameperson",
    "panel.decision": "what a sitting decided, proved in its batch; it changes a case through a level of its own",
    "support.checkin": "which wording was answered",
}


def test_whatever_says_that_somebody_agreed_is_sealed_always_or_opens_nothing() -> None:
    found = {
        model._meta.label_lower
        for model in apps.get_models()
        if model.__module__.startswith("fourfold.")
        and sealing(model) is not Sealing.ALWAYS
        and any(AGREES.fullmatch(column.name) for column in model._meta.concrete_fields)
    }
    assert found == OPENS_NOTHING.keys(), "say SEALING = Sealing.ALWAYS, or why its row opens nothing"
