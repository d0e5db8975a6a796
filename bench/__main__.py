"""The speeds that we promise, measured on the invented programme in a database of its own.

Run by `make bench`. Timings live here and never in a test, because a shared machine would make them lie.
"""

from __future__ import annotations

import csv
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import differences, economics, survival
from bench.clock import apart, judged, line, seconds

BIN = Path(sys.executable).parent
ROWS = 12_000


def main() -> None:
    """Measure and print one line for each promise."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FOURFOLD_DATA_DIR"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
        import django

        django.setup()
        line("demo: set up the database and load the programme", seconds(_prepare), "s", 60)
        line(f"import: {ROWS:,} rows of a feed", _import(Path(folder)), "rows/s", 1_000, more_is_better=True)
        line("picture: 10,000 acts of one case", seconds(_picture) * 1000, "ms", 150)
        line("FHIR: read a form of 1,000 questions", seconds(_form), "s", 2)
        line("audit: verify the whole log", seconds(_verify), "s", 30)
        for name, address in _addresses():
            line(f"page: {name}", _page(address), "ms", 300)
        for what, measured, bound in differences.measure(Path(folder)):
            line(f"stats: {what}", measured, "s", bound)
        economics.measure()
    survival.measure()
    for module in (
        "bench.awake",
        "bench.protocol",
        "bench.long_day",
        "bench.growth",
        "bench.chain",
        "bench.waiting",
        "bench.peers",
    ):
        apart(module)
        apart("tools.postgres", "--as-installed", sys.executable, "-m", module)
    apart("bench.feeds", "--rows", os.environ.get("FEED_ROWS", "1000000"))
    apart("bench.deliveries")
    apart("bench.linking")
    apart("bench.capacity")
    apart("bench.agreement")


def _prepare() -> None:
    from fourfold.cli import server
    from fourfold.web import clock

    server.prepare(at=clock.now())


def _import(folder: Path) -> float:
    path = folder / "feed.csv"
    path.write_text(_feed())
    done = subprocess.run(
        [BIN / "fourfold", "import", path, "--mapping", "chicago", "--site", "london", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return ROWS / float(json.loads(done.stdout.strip().splitlines()[-1])["seconds"])


def _feed() -> str:
    heads = [
        "ID",
        "Case Number",
        "Date",
        "Block",
        "IUCR",
        "Primary Type",
        "Description",
        "Location Description",
        "Arrest",
        "Domestic",
        "Beat",
        "District",
        "Ward",
        "Community Area",
        "FBI Code",
        "X Coordinate",
        "Y Coordinate",
        "Year",
        "Updated On",
        "Latitude",
        "Longitude",
        "Location",
    ]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    for number in range(ROWS):
        writer.writerow(
            f"{number},BX{number},02/{number % 27 + 1:02}/2015 11:43:40 PM,001XX N INVENTED ST,2825,OTHER OFFENSE,"
            "HARASSMENT BY TELEPHONE,RESIDENCE,false,true,0422,004,7,46,26,,,2015,02/27/2015 12:43:39 PM,,,".split(",")
        )
    return out.getvalue()


def _picture() -> None:
    from datetime import UTC, datetime, timedelta

    from fourfold.web.components import charts

    today = datetime(2026, 11, 24, tzinfo=UTC)
    lanes = tuple(charts.Lane(str(number), f"Behaviour {number}") for number in range(7))
    acts = tuple(charts.Act(today - timedelta(hours=5 * number), str(number % 7)) for number in range(10_000))
    charts.pattern_timelines(charts.Pattern(acts, lanes, today))


def _form() -> None:
    from fourfold.assessment import fhir

    items = [{"linkId": f"q{number}", "text": f"Question {number}?", "type": "boolean"} for number in range(1_000)]
    form = {"resourceType": "Questionnaire", "status": "active", "title": "Long", "item": items}
    assert fhir.read(json.dumps(form).encode()).instrument is not None


def _verify() -> None:
    from fourfold.audit import queries

    assert queries.verify().clean


def _addresses() -> list[tuple[str, str]]:
    from fourfold.cases.models import Case

    case = Case.objects.unscoped("bench").filter(site="cheshire").order_by("-acts").first()
    assert case is not None
    return [
        ("today, police officer", "/"),
        ("desk, fifty allegations", "/desk/"),
        ("cases, fifty rows", "/cases/"),
        (f"case with {case.acts} acts", f"/cases/{case.reference}/"),
    ]


def _page(address: str) -> float:
    """Return the median milliseconds that the server needs for a page, through every middleware."""
    from bench.visitors import signed_in
    from fourfold.demo import roster

    officer = next(one for one in roster.sign_ins() if "officer" in one.profession.lower())
    client = signed_in(officer.email)
    assert client.get(address).status_code == 200, address
    return statistics.median(seconds(lambda: client.get(address)) for _ in range(15)) * 1000


judged(main)
