"""`fourfold instruments` as somebody types it: an empty database, every kind of wrong file, a process that is killed."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.assessment.library import questionnaire
from tests.databases import copied_to
from tests.faults.warm import Moving

REPOSITORY = Path(__file__).resolve().parents[2]
REPORT = [
    "file", "outcome", "reasons", "instrument", "version", "sha256", "dialect", "items", "scores", "by", "seconds",
]  # fmt: skip
FOUNDED = "SELECT count(*) FROM assessment_definitionimported"


def own(folder: Path) -> dict[str, str]:
    """Return an environment with a database and a data folder of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    return {
        **plain,
        "DATABASE_URL": f"sqlite:///{folder / 'typed.sqlite3'}",
        "FOURFOLD_DATA_DIR": str(folder / "data"),
        "APP_CLOCK": "2026-11-24T09:00:00+00:00",
    }


def really(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type `fourfold instruments …` as a program of its own, and wait for it."""
    command = [sys.executable, "-m", "fourfold.cli.main", "instruments", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, env=own(folder))


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """The program, loaded once."""
    link = tmp_path_factory.mktemp("warm") / "now"
    moving = Moving(link, own(link), REPOSITORY)
    yield moving
    moving.warm.close()


@dataclass
class Desk:
    """A folder with a database of its own, in which `fourfold instruments …` is typed."""

    folder: Path
    warm: Moving

    def typed(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.warm.typed(self.folder, "instruments", *words)

    def kept(self) -> int:
        """Return how many imported definitions the database file itself holds."""
        with closing(sqlite3.connect(self.folder / "typed.sqlite3")) as connection:
            return int(connection.execute(FOUNDED).fetchone()[0])

    def written(self, name: str, raw: bytes) -> str:
        """Write a file and return its name."""
        return written(self.folder, name, raw)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, warm: Moving) -> Desk:
    """A folder whose database holds one imported form, brought in on a database without a site."""
    desk = Desk(tmp_path_factory.mktemp("ready"), warm)
    copied_to(desk.folder / "typed.sqlite3")
    done = desk.typed("import", desk.written("garden.json", questionnaire()), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told)[: len(REPORT)] == REPORT
    assert (told["outcome"], told["instrument"], told["version"]) == ("imported", "garden", 1)
    assert (told["dialect"], told["items"], told["scores"], told["added"]) == ("R4", 2, 0, True)
    assert len(told["sha256"]) == 64
    return desk


def written(folder: Path, name: str, raw: bytes) -> str:
    """Write a file and return its name."""
    (folder / name).write_bytes(raw)
    return str(folder / name)


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the report, after seeing that the command neither crashed nor said anything else."""
    assert "Traceback" not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_same_file_again_adds_nothing_and_says_so(ready: Desk) -> None:
    before = ready.kept()
    done = ready.typed("import", str(ready.folder / "garden.json"), "--json")
    told = report(done)
    assert (done.returncode, told["outcome"], told["added"]) == (0, "imported", False)
    assert "imported before, as version 1" in told["reasons"][0]["message"]
    assert ready.kept() == before


def test_a_dry_run_says_the_same_and_stores_nothing(tmp_path: Path) -> None:
    copied_to(tmp_path / "typed.sqlite3")
    path = written(tmp_path, "garden.json", questionnaire())
    done = really(tmp_path, "import", path, "--json", "--dry-run", "--site", "london")
    told = report(done)
    assert (done.returncode, told["outcome"], told["added"], told["dry_run"]) == (0, "imported", False, True)
    with closing(sqlite3.connect(tmp_path / "typed.sqlite3")) as connection:
        for table in ("assessment_definitionimported", "programme_site", "access_staff", "audit_entry"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


GRAVE = {"linkId": "a", "type": "text", "text": "Twice"}
WRONG: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "The file is empty"),
    "half": (b'{"resourceType": "Questionnaire", "item": [', "Line 1, column 44"),
    "utf16": ('{"resourceType": "Questionnaire"}'.encode("utf-16"), "UTF-16"),
    "response": (b'{"resourceType": "QuestionnaireResponse", "status": "completed"}', "QuestionnaireResponse"),
    "twice": (b'{"resourceType": "Questionnaire", "title": "a", "title": "b"}', ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_questionnaire_ends_refused_with_a_reason(ready: Desk, name: str) -> None:
    raw, said = WRONG[name]
    before = ready.kept()
    done = ready.typed("import", ready.written(f"{name}.json", raw), "--json")
    told = report(done)
    assert (done.returncode, told["outcome"], told["instrument"], told["added"]) == (1, "refused", None, False)
    assert said in " ".join(reason["message"] for reason in told["reasons"])
    assert all(set(reason) == {"rule", "severity", "where", "message"} for reason in told["reasons"])
    assert ready.kept() == before


def test_what_cannot_even_be_opened_ends_refused_too(warm: Moving, tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    for path, said in (
        (tmp_path / "nothing.json", "no such file"),
        (tmp_path, "a folder"),
        (huge, "209,715,200 bytes"),
        (pipe, "not a file"),
        (Path("/dev/zero"), "not a file"),
    ):
        done = warm.typed(tmp_path, "instruments", "import", str(path), "--json")
        told = report(done)
        assert (done.returncode, told["outcome"]) == (1, "refused")
        assert said in told["reasons"][0]["message"]
    assert not (tmp_path / "typed.sqlite3").exists(), "no database is made for a file that is not there"


def test_a_bundle_with_one_form_is_taken_and_with_several_refused(ready: Desk) -> None:
    form = json.loads(questionnaire(url="http://invented.example/bundled", title="Bundled", name="Bundled"))
    for count, outcome in ((1, "imported"), (2, "refused")):
        entries = [{"resource": {**form, "id": str(number)}} for number in range(count)]
        raw = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
        told = report(ready.typed("import", ready.written(f"bundle{count}.json", raw), "--json"))
        assert told["outcome"].startswith(outcome)


def test_an_error_in_the_form_imports_with_warnings(ready: Desk) -> None:
    raw = questionnaire(item=[GRAVE, GRAVE], url="http://invented.example/twice", name="Twice", title="Twice")
    done = ready.typed("import", ready.written("grave.json", raw))
    assert done.returncode == 0
    assert "imported with warnings" in done.stdout
    assert "error" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--site", "atlantis"), 2, "No site is called “atlantis”"),
        (("--as", "nobody@example.org"), 2, "Nobody holds an account"),
    ],
)
def test_an_option_that_cannot_be_used_is_said_on_the_error_stream(
    ready: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    done = ready.typed("import", str(ready.folder / "garden.json"), "--json", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def large(count: int) -> bytes:
    """Return a form of so many questions, ten levels deep, each with its condition and its weights."""
    options = json.loads(questionnaire())["item"][0]["answerOption"]
    items: list[dict[str, Any]] = []
    for group in range(count // 10):
        inner: dict[str, Any] = {}
        for level in range(10):
            item = {
                "linkId": f"{group}.{level}",
                "type": "choice",
                "text": f"Question {group}.{level} of an invented form?",
                "answerOption": options,
                **({"item": [inner]} if inner else {}),
            }
            if group:
                item["enableWhen"] = [{"question": f"{group - 1}.{level}", "operator": "exists", "answerBoolean": True}]
            inner = item
        items.append(inner)
    return questionnaire(item=items, url="http://invented.example/large", name="Large", title="Large")


def worked() -> float:
    """Return how many seconds of a processor every command so far took that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_thousand_questions_ten_deep_take_less_than_five_seconds(tmp_path: Path) -> None:
    """Seconds of a processor, beyond those that a command takes to start: a busy machine changes nothing."""
    copied_to(tmp_path / "typed.sqlite3")
    path, begun = written(tmp_path, "large.json", large(1000)), worked()
    assert really(tmp_path, "list").returncode == 0
    to_start = worked() - begun
    done = really(tmp_path, "import", path, "--json")
    told = report(done)
    assert (done.returncode, told["items"]) == (0, 1000), told
    assert worked() - begun - 2 * to_start < 5


def test_a_process_that_is_killed_leaves_nothing_or_everything(warm: Moving, tmp_path: Path) -> None:
    desk = Desk(tmp_path, warm)
    copied_to(tmp_path / "typed.sqlite3")
    assert desk.typed("list").returncode == 0
    path = desk.written("large.json", large(400))
    begun = time.monotonic()
    assert desk.typed("import", path, "--dry-run").returncode == 0
    whole = time.monotonic() - begun
    for share in (0.1, 0.3, 0.5, 0.7, 0.85, 1.0):  # of what it takes now, however busy the machine is
        running = warm.warm.type("instruments", "import", path)
        time.sleep(share * whole)
        running.kill()
        with closing(sqlite3.connect(tmp_path / "typed.sqlite3")) as connection:
            entries = connection.execute(
                "SELECT count(*) FROM audit_entry WHERE action = 'instrument.imported'"
            ).fetchone()[0]
        assert desk.kept() == entries, "a row without its entry, or an entry without its row"
    told = report(desk.typed("import", path, "--json"))
    assert told["items"] == 400
    assert desk.kept() == 1
    done = warm.typed(tmp_path, "audit", "verify")
    assert done.returncode == 0, done.stdout


def test_looking_and_saving(ready: Desk) -> None:
    cards = json.loads(ready.typed("list", "--json").stdout)
    assert {"garden", "first-line", "s-dash"} <= {card["key"] for card in cards}
    shown = ready.typed("show", "garden")
    assert "waits for approval" in shown.stdout
    assert "How is the hedge?" in shown.stdout
    assert ready.typed("export", "garden", "--original").stdout.encode() == questionnaire()
    fhir = ready.typed("export", "garden")
    assert json.loads(fhir.stdout)["resourceType"] == "Questionnaire"
    assert 'fear = ""' in ready.typed("export", "s-dash", "--template").stdout
    assert json.loads(ready.typed("show", "garden", "--json").stdout)["card"]["key"] == "garden"


def test_export_import_export_is_byte_stable(ready: Desk) -> None:
    for key in ("first-line", "phq-9", "garden"):
        first = ready.typed("export", key).stdout
        told = report(ready.typed("import", ready.written(f"{key}.fhir.json", first.encode()), "--json"))
        assert told["outcome"].startswith("imported")
        assert (told["instrument"], told["added"]) == (key, False)
        assert ready.typed("export", told["instrument"]).stdout == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nobody-knows-this"), "nothing of this name"),
        (("export", "first-line", "--template"), "ships with its wording"),
        (("export", "s-dash", "--original"), "not imported"),
        (("pack", "nothing.toml"), "no such file"),
        (("approve", "garden", "--as", "nobody@example.org"), "Nobody holds an account"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_words(ready: Desk, words: tuple[str, ...], said: str) -> None:
    done = ready.typed(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_text_pack_with_faults_names_them_all(ready: Desk) -> None:
    raw = b'instrument = "s-dash"\nversion = 1\nlanguage = "en"\nsource = "x"\n[items]\nfork = "Fork?"\n'
    done = ready.typed("pack", ready.written("faulty.toml", raw))
    assert done.returncode == 2
    for words in ("item fork", "item fear", "item prior_violence"):
        assert words in done.stderr


def test_a_database_that_is_none_is_said_in_words(ready: Desk, tmp_path: Path) -> None:
    (tmp_path / "typed.sqlite3").write_bytes(b"this is no database at all, but words in a file\n" * 100)
    done = really(tmp_path, "import", str(ready.folder / "garden.json"), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing was stored" in done.stderr
    assert "Traceback" not in done.stderr
