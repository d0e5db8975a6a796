"""By which names the reports of a person tell of whoever stands in them: kept from messages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.audit.terms import Actor
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy
from fourfold.intake.terms.told import KnownKind
from fourfold.linkage.models import Match
from fourfold.linkage.rules.names import is_name
from fourfold.linkage.terms import Verdict
from fourfold.people.queries.same_person import records_of_any

_KEPT_FROM = "names that a message must not say; a reader is told of those that are open to them"
_NAMES = (KnownKind.ALIAS, KnownKind.FORMER_SURNAME)


def names_told(
    victims: Collection[UUID], subjects: Collection[UUID], *, reader: Actor | None = None, at: datetime | None = None
) -> frozenset[str]:
    """Return every name in the reports of some victims and subjects, on whichever of their records: of both parts and of
    everybody else whom a report names; with a `reader`, in those reports that are open to them. Five statements where
    nothing was merged.
    """
    whose = Q(victim__in=records_of_any(victims)) | Q(subject__in=records_of_any(subjects))
    matches = Match.objects.unscoped(_KEPT_FROM).filter(whose, verdict=Verdict.SAME, undone_at__isnull=True)
    reports = matches.values("allegation")
    if reader is not None and at is not None:
        reports = Allegation.objects.visible_to(reader, at=at).filter(pk__in=reports).values("pk")
    rows = (
        *Allegation.objects.unscoped(_KEPT_FROM).filter(pk__in=reports).values_list("victim_name", "subject_name"),
        *FurtherPerson.objects.unscoped(_KEPT_FROM).filter(allegation__in=reports).values_list("name"),
        *PersonKnownBy.objects.unscoped(_KEPT_FROM)
        .filter(allegation__in=reports, kind__in=_NAMES)
        .values_list("value"),
    )
    return frozenset(name for row in rows for name in row if is_name(name))
