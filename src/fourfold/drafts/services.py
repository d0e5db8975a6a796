"""Keeping what somebody began to write, and throwing it away.

A draft is nobody's record: the log says that one was kept and where, never what it holds.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.drafts.models import Draft
from fourfold.drafts.queries import place_of
from fourfold.drafts.terms import LARGEST, LASTS, MOST, CannotKeep
from fourfold.words import sentence


def keep_draft(*, actor: Actor, page: str, typed: Mapping[str, Sequence[str]], at: datetime) -> None:
    """Keep what the actor typed on a page, in the place of what was kept there before, for two weeks.

    What anybody kept longer ago goes now, and the actor's oldest beyond thirty. Raises CannotKeep for more than
    100,000 characters.
    """
    said = json.dumps({name: list(values) for name, values in typed.items()}, ensure_ascii=False)
    if len(said) > LARGEST:
        raise CannotKeep(
            sentence("More than {1} characters cannot be kept for later. Shorten it, or send it now.", f"{LARGEST:,}")
        )
    with audit.recorded(actor, "draft.kept", at=at, operation=Operation.COLLECTION) as entry:
        Draft.objects.filter(kept_at__lte=at - LASTS).delete()
        draft = Draft(staff_id=actor.staff, page=page, kept_at=at)
        draft.sealed = audit.keyring().seal(said, place=place_of(draft))
        kept = {"sealed": draft.sealed, "kept_at": at}
        Draft.objects.update_or_create(staff_id=actor.staff, page=page, defaults=kept)
        oldest = Draft.objects.filter(staff=actor.staff).order_by("-kept_at", "page").values("pk")[MOST:]
        Draft.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()
        entry.more = {"page": page}


def drop_draft(*, actor: Actor, page: str, at: datetime) -> None:
    """Throw away what the actor kept on a page; where nothing is kept, nothing is said."""
    found = Draft.objects.filter(staff=actor.staff, page=page)
    if not found.exists():
        return
    with audit.recorded(actor, "draft.dropped", at=at, operation=Operation.ERASURE) as entry:
        found.delete()
        entry.more = {"page": page}
