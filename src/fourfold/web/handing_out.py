"""What a page asks before a filled-in form leaves, and the file that is then saved."""

from django.http import HttpResponse

from fourfold.governance.terms import Consent, Ground
from fourfold.words import opening


def recipient(already: bool) -> dict[str, object]:
    """Return what a page shows that asks to whom a filled-in form goes; `already`: it was saved a moment ago."""
    return {
        "already": already,
        "grounds": [(each.value, opening(each.words)) for each in Ground],
        "consents": [(each.value, opening(each.words)) for each in Consent],
    }


def saved(content: bytes, name: str) -> HttpResponse:
    """Return a filled-in form as a file to be saved, and never shown inside a page."""
    answer = HttpResponse(content, content_type="application/fhir+json")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
