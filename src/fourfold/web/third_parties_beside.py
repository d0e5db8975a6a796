"""The third parties of a case beside a form that is for its victim: whoever means one of them is led to the right form."""

from typing import Any

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.cases.queries.third_parties import third_parties_in
from fourfold.governance import queries as governance
from fourfold.support import queries as support
from fourfold.web.guard import Request

#: What a third party was told may be of any part of the file that the reader sees.
TOLD_FROM = set(Compartment) - {Compartment.ADMIN, Compartment.PSD_COVERT, Compartment.SAFE_ADDRESS_SEALED}


def third_parties_beside(request: Request, reference: str) -> dict[str, Any]:
    """Return the third parties of a case and what each was told, and whether the reader may record a disclosure to them."""
    case = support.case_row(actor=request.actor, reference=reference, at=request.at)
    opened = access_queries.opened(request.actor, case.pk, at=request.at)
    asked: dict[str, Any] = {"actor": request.actor, "opened": opened, "at": request.at}
    thirds = third_parties_in(**asked)
    return {
        "thirds": thirds,
        "told_thirds": governance.told_to_third_parties(**asked) if thirds else {},
        "tells_thirds": access_queries.may(request.actor, Permission.DISCLOSURE_RECORD),
    }
