"""How the installation stands, for whoever keeps it: what `fourfold doctor` finds, in the browser. No case, nobody's name."""

from collections import Counter

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Permission
from fourfold.upkeep import doctor, facts
from fourfold.upkeep.terms import Grade, Verdict
from fourfold.web import worklist
from fourfold.web.guard import Request, page, requires
from fourfold.words import words

#: In this order a person mends; what nobody could find out is never taken for sound.
SECTIONS = words({Grade.MEND: "To mend", Grade.LOOK: "To look at", Grade.UNKNOWN: "Not known", Grade.SOUND: "Sound"})
SUBJECTS = words(
    {
        "accounts": "Accounts",
        "sign-in": "Sign-in",
        "outbox": "Messages",
        "feeds": "Feeds",
        "work": "Work asked for in the browser",
        "timers": "Timers",
        "backups": "Backups",
        "TLS": "Certificate",
        "disk": "Disk",
        "database": "Database",
        "keys": "Keys",
        "clock": "Clock",
        "settings": "Settings",
        "permissions": "Files",
        "proxies": "Proxies",
    }
)
_ORDER = tuple(SUBJECTS)


@requires(Permission.ACCOUNT_MANAGE, methods=("GET",))
def home(request: Request) -> HttpResponse:
    """Show how each thing of the installation stands, what to mend first, and what waits for whoever reads."""
    found = facts.gathered(at=request.at, address=facts.own_address(), asks_again=False)
    said = sorted(doctor.verdicts(found), key=lambda verdict: _ORDER.index(verdict.subject))
    counts = Counter(verdict.grade for verdict in said)
    return page(
        request,
        "installation/home.html",
        sections=[(words_of, _rows(said, grade)) for grade, words_of in SECTIONS.items() if counts[grade]],
        broken=counts[Grade.MEND],
        release=found.release,
        decide=worklist.today(request.actor, request.at, "unit", after=request.GET.get("decide", "")),
    )


def _rows(said: list[Verdict], grade: Grade) -> list[tuple[str, Verdict]]:
    return [(SUBJECTS[verdict.subject], verdict) for verdict in said if verdict.grade is grade]


urlpatterns = [path("installation/", home, name="installation:home")]
