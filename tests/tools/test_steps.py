"""What the check of the image executes is what deploy/Containerfile says, and what it cannot do it says."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import room, steps
from tools.progress import ROOT


def test_every_step_of_the_file_stands_in_a_stage_and_in_its_order() -> None:
    text = steps.FILE.read_text()
    found = steps.stages(text)
    assert list(found) == ["build", "site", "pooler", "proxy"]
    kinds = [word for stage in found.values() for word, _ in stage.steps]
    lines = [line.split(maxsplit=1)[0] for line in text.splitlines() if line[:1].isalpha()]
    assert kinds == [word for word in lines if word != "FROM"][1:], "all but the base, which is named before any stage"
    site = found["site"].steps
    assert site[-2:] == [("ENTRYPOINT", '["fourfold"]'), ("CMD", '["serve", "--host", "0.0.0.0"]')]
    [ran] = [rest for word, rest in site if word == "RUN"]
    assert (
        "&& install -d -o 10001 -g 10001 -m 0700 /var/lib/fourfold /var/backups/fourfold /var/backups/fourfold-own-keys"
        in ran
    ), "a line that goes on"


def test_a_step_of_an_unknown_kind_fails_and_is_not_passed_over() -> None:
    with pytest.raises(steps.Wrong, match="SHELL"):
        steps.stages('FROM x AS site\nSHELL ["/bin/bash"]\n')


def test_what_is_copied_lies_where_the_file_says(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    (desk / "context" / "src" / "deep").mkdir(parents=True)
    (desk / "context" / "src" / "deep" / "a").write_text("a")
    (desk / "context" / "one").write_text("1")
    before = steps.Stage("build", [], room=tmp_path / "build")
    (before.room / "srv" / "made").mkdir(parents=True)
    (before.room / "srv" / "made" / "b").write_text("b")
    before.ended.set()
    with pytest.raises(steps.Wrong, match="what the stage build should hand on was not made"):
        steps.KNOWN["COPY"](before, "--from=build /srv/made made", {"build": before}, desk)
    before.whole = True
    stage = steps.Stage("site", [], room=tmp_path / "site", folder="/srv")
    for rest in ("src src", "one ./", "--from=build /srv/made made"):
        steps.KNOWN["COPY"](stage, rest, {"build": before}, desk)
    laid = sorted(str(path.relative_to(stage.room)) for path in stage.room.rglob("*") if path.is_file())
    assert laid == ["srv/made/b", "srv/one", "srv/src/deep/a"]


def test_a_step_that_ends_badly_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_in_room", lambda *_, **__: ["false"])
    with pytest.raises(steps.Wrong, match="RUN make everything"):
        steps.KNOWN["RUN"](steps.Stage("site", [], room=tmp_path), "make everything", {}, tmp_path)


@pytest.mark.parametrize(
    ("missing", "probe", "suite", "says"),
    [
        (True, 0, room.SUITE, "apt-get install mmdebstrap"),
        (False, 1, room.SUITE, "may make namespaces"),
        (False, 0, "bookworm", "packages are those of bookworm"),
    ],
)
def test_where_it_cannot_be_executed_it_says_so_and_its_code_is_no_pass(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    missing: bool,
    probe: int,
    suite: str,
    says: str,
) -> None:
    def probed(*_: Any, **__: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], probe)

    monkeypatch.setattr(room.shutil, "which", lambda name: None if missing else f"/usr/bin/{name}")
    monkeypatch.setattr(room.os, "geteuid", lambda: 0)
    monkeypatch.setattr(room.subprocess, "run", probed)
    monkeypatch.setattr(room.platform, "freedesktop_os_release", lambda: {"VERSION_CODENAME": suite})
    assert steps.main() == steps.NOT_RUN
    said = capsys.readouterr().out
    assert said.startswith("NOT RUN: ")
    assert says in said
    assert said.count("\n") == 1, "its last line, which the summary of the checks repeats, is the whole of it"


def test_the_units_that_are_started_are_prepared_by_the_lines_of_the_how_to() -> None:
    lines = list(steps._prepared())
    typed = (ROOT / "docs/how-to/run-for-a-force.md").read_text().splitlines()
    assert sum(line in typed for line in lines) == 3, "the account and its folders"


def test_every_unit_that_is_there_is_started_the_examples_too() -> None:
    units = steps.units_of(ROOT / "deploy")
    assert {unit.name for unit in units} >= {path.name for path in ROOT.glob("deploy/*/fourfold*.service")}
    started = "\n".join(steps._each(units))
    for name in ("feeds", "accounts", "backup", "duties"):
        assert f"systemctl start fourfold-{name}.service" in started
    [shared] = [line for line in steps._prepared() if "addgroup feed" in line]
    assert "THE-SENDER" not in shared, "what the example says is typed before it, for a sender of our own"
