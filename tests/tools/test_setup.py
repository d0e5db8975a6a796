"""The set-up decides rightly what to build, what to leave and what to say; it is played with, never run for real."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import progress, setup, system
from tools.progress import ROOT, StepFailed, run_step

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a shell script of a given name on an otherwise empty PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.mark.parametrize(
    ("version", "made_for", "why"),
    [
        ("3.11.0", None, None),
        ("3.12.1", str(ROOT), None),
        ("3.13.5", str(ROOT), None),
        ("3.10.4", str(ROOT), "its Python is 3.10.4"),
        ("3.14.0", None, "its Python is 3.14.0"),
        ("3.13.5", "/where/it/was/before", "it was made for /where/it/was/before"),
        (None, str(ROOT), "there is none that runs"),
    ],
)
def test_an_environment_is_kept_only_while_it_fits(version: str | None, made_for: str | None, why: str | None) -> None:
    assert setup.why_no_environment(version, made_for) == why


def test_an_interpreter_that_fails_has_no_version(program: Program) -> None:
    assert setup.version_of(program("python3.12", "echo 'pyenv: command not found' >&2; exit 127")) is None


@pytest.mark.parametrize(
    ("goal", "npm", "files"),
    [
        ("run", "/usr/bin/npm", [("run",), ("dev",)]),
        ("run", None, [("run", "node"), ("dev", "node")]),
        ("dev", "/usr/bin/npm", [("dev",)]),
        ("test", None, [("dev", "node")]),
    ],
)
def test_each_goal_wishes_for_the_smallest_set_first(goal: str, npm: str | None, files: list[tuple[str, ...]]) -> None:
    assert [wish.files for wish in setup.wishes_for(goal, npm=npm)] == files


def test_every_wish_names_a_locked_file_that_is_there_with_hashes_and_no_address() -> None:
    for path in setup.Wish(("run", "dev", "node", "spark", "dask", "uv")).paths:
        text = path.read_text()
        pins = [line for line in text.splitlines() if line[:1].isalnum()]
        assert pins, path
        assert all("==" in line and line.endswith("\\") for line in pins), path
        assert "--hash=sha256:" in text
        assert "://" not in text


class TestStamps:
    """What was installed is noted, so that the second run installs nothing."""

    @pytest.fixture
    def synced(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
        """Record what would be installed, with the stamp in a folder of its own."""
        done: list[tuple[str, ...]] = []
        monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp.json")
        monkeypatch.setattr(setup, "have_uv", lambda: True)
        monkeypatch.setattr(setup, "sync_with_uv", lambda wish: done.append(wish.files))
        return done

    def test_the_second_run_installs_nothing(self, synced: list[tuple[str, ...]]) -> None:
        for _ in range(2):
            setup.install_packages(setup.wishes_for("run", npm="npm"))
        assert synced == [("run",)]

    def test_running_after_testing_takes_nothing_away(self, synced: list[tuple[str, ...]]) -> None:
        setup.install_packages(setup.wishes_for("test", npm="npm"))
        setup.install_packages(setup.wishes_for("run", npm="npm"))
        assert synced == [("dev",)]

    def test_testing_after_running_installs_more(self, synced: list[tuple[str, ...]]) -> None:
        setup.install_packages(setup.wishes_for("run", npm="npm"))
        setup.install_packages(setup.wishes_for("test", npm="npm"))
        assert synced == [("run",), ("dev",)]

    def test_an_installation_that_failed_leaves_no_stamp(
        self, synced: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        setup.install_packages(setup.wishes_for("run", npm="npm"))

        def fail(wish: setup.Wish) -> None:
            raise StepFailed("no network")

        monkeypatch.setattr(setup, "sync_with_uv", fail)
        with pytest.raises(StepFailed):
            setup.install_packages(setup.wishes_for("dev", npm="npm"))
        assert not setup.STAMP.exists()

    def test_without_uv_pip_does_it(self, synced: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
        piped: list[tuple[str, ...]] = []
        monkeypatch.setattr(setup, "have_uv", lambda: False)
        monkeypatch.setattr(setup, "sync_with_pip", lambda wish: piped.append(wish.files))
        setup.install_packages(setup.wishes_for("run", npm="npm"))
        assert (synced, piped) == ([], [("run",)])

    def test_a_stamp_names_what_was_installed(self, tmp_path: Path) -> None:
        stamp = tmp_path / "stamp.json"
        stamp.write_text(json.dumps({"files": "run", "digest": "abc"}))
        assert setup.noted(stamp) == {"files": "run", "digest": "abc"}

    @pytest.mark.parametrize("text", ["", "not json", "[]", '{"digest": '])
    def test_a_stamp_that_cannot_be_read_counts_as_none(self, text: str, tmp_path: Path) -> None:
        stamp = tmp_path / "stamp.json"
        stamp.write_text(text)
        assert setup.noted(stamp) == {}

    def test_how_checks_are_set_does_not_matter_to_an_installation(self, tmp_path: Path) -> None:
        pyproject = tmp_path / "pyproject.toml"
        project = '[project]\nname = "fourfold"\n'
        pyproject.write_text(project)
        before = setup.project_facts(pyproject)
        pyproject.write_text(f"{project}[tool.ruff]\nline-length = 80\n")
        assert setup.project_facts(pyproject) == before
        pyproject.write_text(project.replace("fourfold", "other"))
        assert setup.project_facts(pyproject) != before


class TestPort:
    """Where the site is served is said, and so is how to choose another place."""

    def test_a_taken_port_is_named_with_the_way_round_it(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(StepFailed, match=rf"Port {port} .*taken.*PORT={port + 1} make run"):
                setup.require_free_port(port)
        setup.require_free_port(port)

    @pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5"])
    def test_a_port_that_is_none_is_refused(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", text)
        with pytest.raises(StepFailed, match="PORT must be a number from 1 to 65535"):
            setup.wanted_port()

    def test_the_port_is_8000_unless_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PORT", raising=False)
        assert setup.wanted_port() == 8000
        monkeypatch.setenv("PORT", "8001")
        assert setup.wanted_port() == 8001


class TestSystem:
    """What the system lacks is installed where we may, and named with the line to type where we may not."""

    @pytest.fixture(autouse=True)
    def _ask_afresh(self) -> None:
        system.apt_get.cache_clear()

    def test_an_account_without_rights_is_told_what_to_type(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program("apt-get", "exit 0")
        program("sudo", "exit 1")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium"
        with pytest.raises(StepFailed, match=line):
            system.install(["chromium"], purpose="Chromium")

    def test_an_account_that_may_use_sudo_without_a_password_does(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program("apt-get", "exit 0")
        program("sudo", "exit 0")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert system.apt_get() == ["sudo", "-n", "apt-get"]

    def test_root_needs_no_sudo(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        program("apt-get", "exit 0")
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert system.apt_get() == ["apt-get"]

    def test_another_system_has_no_apt_get(self, program: Program) -> None:
        program("dnf", "exit 0")
        assert system.apt_get() is None

    def test_a_broken_source_of_packages_does_not_stop_the_others(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        program("apt-get", f'for word; do [ "$word" = update ] && exit 100; done; echo "$@" >{tmp_path}/installed')
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(progress, "LOG", tmp_path / "log")
        system.install(["chromium"], purpose="Chromium")
        assert (tmp_path / "installed").read_text().split()[-1] == "chromium"

    def test_packages_that_cannot_be_installed_are_named_with_the_line_to_type(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        program("apt-get", "exit 100")
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(progress, "LOG", tmp_path / "log")
        with pytest.raises(StepFailed, match=r"To mend it: apt-get update && apt-get install .*chromium"):
            system.install(["chromium"], purpose="Chromium")

    @pytest.mark.parametrize(
        ("script", "good"), [("echo 11.19.1", True), ("echo 10.0.0", True), ("echo 9.2.0", False), ("exit 127", False)]
    )
    def test_npm_counts_only_when_it_runs_and_is_new_enough(self, script: str, good: bool, program: Program) -> None:
        path = program("npm", script)
        assert system.find_npm() == (str(path) if good else None)

    def test_a_browser_that_does_not_start_is_passed_over(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(system, "BROWSERS", ("chromium", "google-chrome"))
        program("chromium", "echo 'requires the chromium snap' >&2; exit 1")
        assert system.find_browser() is None
        path = program("google-chrome", "echo Google Chrome 150")
        assert system.find_browser() == str(path)

    def test_python_without_its_venv_module_asks_for_debians_package(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = program("python3", "exit 1")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(StepFailed, match=r"install -y .*python3\.\d+-venv"):
            setup.require_venv_module(str(python))


class TestSteps:
    """A step says what it does, how long it took, and when it fails what was said and what to do."""

    def test_a_step_that_works_shows_its_name_and_seconds(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run_step("Greeting", ["echo", "hello"], mend="", log=tmp_path / "log")
        assert "s  Greeting done" in capsys.readouterr().out
        assert (tmp_path / "log").read_text() == "\n$ echo hello\nhello\n"

    def test_a_step_that_fails_shows_the_end_of_its_own_words_only(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        run_step("First", ["echo", "an earlier step"], mend="", log=log)
        with pytest.raises(StepFailed) as failed:
            run_step("Second", ["sh", "-c", "seq 100; exit 3"], mend="type this", log=log)
        words = str(failed.value)
        assert "Second failed (exit 3)" in words
        assert "| 100" in words
        assert "| 80\n" not in words
        assert "an earlier step" not in words
        assert "To mend it: type this" in words
        assert str(log) in words

    def test_a_step_whose_program_is_missing_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(StepFailed, match="No such file"):
            run_step("Nothing", ["/nowhere/at-all"], mend="", log=tmp_path / "log")


def make(*words: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    """Run make with the project's Makefile in an environment of nothing but PATH."""
    return subprocess.run(
        ["/usr/bin/make", "--no-print-directory", *words],
        cwd=ROOT,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_in_its_group() -> None:
    said = make("help").stdout
    commands = [line.split()[1] for line in said.splitlines() if line.startswith("  make ")]
    assert commands == ["run", "test", "quick", "bounds", "hooks", "check", "fix", "journey", "bench", "docs", "guide"]
    assert said.index("Start here") < said.index("make run") < said.index("For daily work") < said.index("make check")


def test_make_takes_the_newest_python_that_really_runs(program: Program) -> None:
    program("python3.13", "exit 127")
    chosen = program("python3.12", "exit 0")
    program("python3.11", "exit 0")
    interpreters = "INTERPRETERS=python3.13 python3.12 python3.11"
    said = make("--eval", "which:\n\t@echo $(PYTHON)", interpreters, "which", path=f"{chosen.parent}:{os.defpath}")
    assert said.stdout.strip() == "python3.12"


def test_make_without_any_python_says_what_to_type() -> None:
    said = make("run", "INTERPRETERS=python9")
    assert said.returncode != 0
    assert "Type: apt-get install python3 python3-venv" in said.stdout


def test_the_merge_check_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert script.read_text().splitlines()[-1] == "exec make test"
    assert os.access(script, os.X_OK)
