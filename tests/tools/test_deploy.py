"""What lies in deploy/ and stands in the how-tos is what this release knows: commands, settings, addresses, units."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main
from django.urls import reverse

from fourfold.cli.main import app
from fourfold.config.environment import Environment
from fourfold.feeds.terms import LARGEST
from fourfold.upkeep.terms import TIMERS
from tools import image
from tools.progress import ROOT

DEPLOY = ROOT / "deploy"
HOW_TOS = (
    "run-for-a-force",
    "back-up-and-restore",
    "upgrade",
    "rotate-keys",
    "move-to-a-bigger-machine",
    "evaluate",
    "leave",
    "sign-in-by-your-agency",
    "when-something-goes-wrong",
)
UNITS = sorted((*(DEPLOY / "systemd").iterdir(), *(DEPLOY / "examples").iterdir()))


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(path)
    return read


def parses(words: list[str]) -> None:
    """Hold the words after `fourfold` against the command: an unknown command or option raises."""
    command, name = typer.main.get_command(app), "fourfold"
    while isinstance(command, click.Group):
        assert words, f"{name} needs a further word"
        assert words[0] in command.commands, f"{name} knows no {words[0]}"
        name, command, words = words[0], command.commands[words[0]], words[1:]
    command.make_context(name, list(words), resilient_parsing=False)


def test_whoever_stops_or_starts_the_site_by_a_how_to_does_so_with_its_worker() -> None:
    """It would go on with the release of before, or write after the backup of a move."""
    texts = {path.name: path.read_text() for path in (ROOT / "docs" / "how-to").glob("*.md")}
    lines = [line for text in texts.values() for line in text.splitlines() if line.startswith("systemctl ")]
    both = [line for line in lines if "fourfold.service" in line and "timer" in line]
    assert len(both) >= 4
    assert [line for line in both if "fourfold-work.service" not in line] == []


def test_each_timer_has_a_unit_that_types_its_words() -> None:
    names = {path.name for path in UNITS if path.parent.name == "systemd"}
    assert names == {"fourfold.service", "fourfold-work.service"} | {
        f"fourfold-{one.name}.{kind}" for one in TIMERS for kind in ("service", "timer")
    }
    for one in TIMERS:
        service, timer = (unit(DEPLOY / "systemd" / f"fourfold-{one.name}.{kind}") for kind in ("service", "timer"))
        assert service["Service"]["ExecStart"] == f"/srv/fourfold/.venv/bin/fourfold {one.words}"
        assert (timer["Timer"]["Persistent"], timer["Install"]["WantedBy"]) == ("yes", "timers.target")
        parses(shlex.split(one.words))


def test_whoever_installs_by_the_how_to_gets_a_key_for_each_backup() -> None:
    """Without it what was disposed of could be read in each copy that lay elsewhere, as long as that lay there."""
    folder = "/var/backups/fourfold-own-keys"
    nightly = next(one.words for one in TIMERS if one.name == "backup")
    unit_says = (DEPLOY / "systemd" / "fourfold-backup.service").read_text()
    assert f"--own-keys {folder} " in nightly
    assert re.search(rf"^ReadWritePaths=-{folder}$", unit_says, re.MULTILINE)
    made = [line for line in lines("run-for-a-force") if line.startswith("install -d -o fourfold -g fourfold -m 0700")]
    assert folder in made[0].split()
    composed = (DEPLOY / "compose.yaml").read_text()
    assert f'- "own-keys:{folder}"' in composed
    assert "own-keys: {}" in composed
    for path in (*(ROOT / "docs/how-to").glob("*.md"), *DEPLOY.rglob("*.y*ml")):
        for line in path.read_text().splitlines():
            if line.startswith(("fourfold backup data ", "fourfold restore ")) and ".keys.age" not in line:
                assert line.endswith(f" --own-keys {folder}"), f"{path.name}: {line}"


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_each_unit_runs_as_nobody_in_particular_and_writes_only_its_own(path: Path) -> None:
    told = unit(path)["Service"]
    parses(shlex.split(told["ExecStart"])[1:])
    assert (told["User"], told["UMask"], told["NoNewPrivileges"], told["CapabilityBoundingSet"]) == (
        "fourfold",
        "0077",
        "yes",
        "",
    )
    assert told["ProtectSystem"] == "strict"


def test_what_takes_long_is_done_by_one_service_of_its_own() -> None:
    site, work = (unit(DEPLOY / "systemd" / name)["Service"] for name in ("fourfold.service", "fourfold-work.service"))
    assert site["ExecStart"].endswith("--no-work")
    assert (work["ExecStart"].split()[-1], work["Restart"]) == ("work", "always")
    composed = (DEPLOY / "compose.yaml").read_text()
    typed = [
        shlex.split(words.replace(",", " ")) for words in re.findall(r"<<: \*fourfold\n    command: \[(.*)\]", composed)
    ]
    assert [words[0] for words in typed] == ["serve", "work", "timers"]
    assert "--no-work" in typed[0]
    for words in typed:
        parses(words)


def test_the_examples_of_settings_name_what_is_read() -> None:
    text = (DEPLOY / "fourfold.env.example").read_text() + (DEPLOY / "Containerfile").read_text()
    said = set(re.findall(r"\b(?:FOURFOLD_[A-Z_]+|DATABASE_URL|PRODUCTION)(?==)", text))
    assert said <= Environment.names()
    assert {"PRODUCTION", "FOURFOLD_DEMO", "FOURFOLD_ALLOWED_HOSTS", "DATABASE_URL"} <= said


def test_the_image_and_the_composition_give_no_right_away() -> None:
    made = (DEPLOY / "Containerfile").read_text()
    assert made.count("USER 10001:10001") == 3
    assert not re.search(r"^(FROM|ARG BASE=)\S*[a-z]\.[a-z]", made, re.MULTILINE), "no registry is named"
    composed = (DEPLOY / "compose.yaml").read_text()
    for service in ("site", "pooler", "proxy"):
        assert f"target: {service}" in composed
    assert composed.count("cap_drop: [ALL]") == 4, "site, work and timers share theirs"
    assert composed.count("read_only: true") == 3
    of_each = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", composed, re.MULTILINE))
    reach_out = {
        name for name, told in of_each.items() if re.search(r"^ +(networks: .*|)outside\b", told, re.MULTILINE)
    }
    assert reach_out == {"site", "timers", "proxy"}, "Notify, a mail server, where agencies sign in; a database nowhere"
    assert {name for name, told in of_each.items() if "ports:" in told} == {"proxy"}
    fixed = re.search(r"site:.*?ipv4_address: ([\d.]+)", composed, re.DOTALL)
    assert fixed
    assert f"server {fixed[1]}:8000;" in (DEPLOY / "nginx" / "nginx.conf").read_text()


def test_the_proxy_sets_what_the_site_believes_and_shows_no_probe() -> None:
    told = (DEPLOY / "nginx" / "fourfold.conf").read_text()
    for line in ("X-Forwarded-For $remote_addr;", "X-Forwarded-Proto https;", "location /health/ { return 404; }"):
        assert line in told
    assert "TLSv1.1" not in told


def test_the_proxy_lets_through_what_the_page_of_a_feed_takes_and_keeps_none_of_it() -> None:
    told = (DEPLOY / "nginx" / "fourfold.conf").read_text()
    found = re.search(rf"location = {reverse('feeds:bring')} {{(.*?)}}", told, re.DOTALL)
    assert found, "a place of its own"
    (size,) = re.findall(r"client_max_body_size (\d+)m;", found[1])
    assert (int(size) - 8) << 20 >= LARGEST, "with what the browser writes around the file"
    assert "proxy_request_buffering off;" in found[1]


def test_the_pooler_takes_the_connections_of_the_site() -> None:
    """A pooler ends a connection that asks for a setting which it neither keeps nor passes over."""
    read = configparser.ConfigParser(interpolation=None)
    read.read(DEPLOY / "postgresql" / "pgbouncer.ini")
    kept = {"client_encoding", "datestyle", "timezone", "standard_conforming_strings", "application_name"}
    passed_over = {one.strip() for one in read["pgbouncer"]["ignore_startup_parameters"].split(",")}
    asked = Environment.model_validate({"DATABASE_URL": "postgresql://fourfold:x@pooler/fourfold"}).database()[
        "OPTIONS"
    ]
    assert set(asked) - {"prepare_threshold"} <= kept | passed_over, "the driver alone hears of that"
    assert read["pgbouncer"]["pool_mode"] == "session", (
        "which lets a statement be kept from one transaction to the next"
    )
    assert "ALTER ROLE fourfold SET jit = off;" in (DEPLOY / "postgresql" / "first.sql").read_text()


def test_the_list_of_parts_is_the_lock() -> None:
    found = image.parts()
    assert found["bomFormat"] == "CycloneDX"
    named = {(one["name"], one.get("version")) for one in found["components"]}
    locked = re.findall(
        r"^([a-z0-9-]+)(?:\[.*\])?==([^\s\\;]+)", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE
    )
    assert set(locked) <= named
    assert (
        "govuk-frontend",
        json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/govuk-frontend"]["version"],
    ) in named


def lines(name: str) -> Iterator[str]:
    """Yield each line that a how-to lets a person type, the continued ones whole."""
    for block in re.findall(
        r"^ *```sh\n(.*?)^ *```", (ROOT / "docs/how-to" / f"{name}.md").read_text(), re.MULTILINE | re.DOTALL
    ):
        yield from (
            line
            for line in map(str.strip, block.replace("\\\n", " ").splitlines())
            if line and not line.startswith("#")
        )


@pytest.mark.parametrize("name", HOW_TOS)
def test_each_line_of_a_how_to_can_be_typed(name: str) -> None:
    typed = list(lines(name))
    assert typed
    for line in typed:
        words = shlex.split(line, comments=True)
        for at, word in enumerate(words):
            if at == 0 and word == "fourfold":
                end = next((n for n, w in enumerate(words[at:], at) if w in ("|", "&&", ">", ">>")), len(words))
                parses(words[at + 1 : end])
            if word.startswith("deploy/"):
                assert list(ROOT.glob(word)), f"{word} is not there"


def test_what_a_how_to_lets_the_service_read_it_may_read_and_finds() -> None:
    """`fourfold` types as the account of the service, in /srv/fourfold: nothing of root's, and whole paths."""
    for path in sorted((ROOT / "docs/how-to").glob("*.md")):
        for words in (shlex.split(line) for line in lines(path.stem) if line.startswith("fourfold ")):
            named = [word for word in words[1:] if word.startswith("/root/") or word.endswith(".age")]
            assert [one for one in named if not one.startswith("/var/backups/fourfold")] == [], path.name
            assert words[1:3] != ["backup", "drill"] or "--scratch" in words, (
                f"{path.name}: its role may make no database"
            )


def test_what_is_typed_on_the_machine_is_the_command_that_knows_its_settings() -> None:
    """The program itself, without them, sent what waits in an empty database of its own, and said that nothing waits."""
    text = (ROOT / "docs/how-to/send-what-waits.md").read_text()
    assert len(re.findall(r"^[\d*/ -]+  /usr/local/sbin/fourfold outbox \w+$", text, re.MULTILINE)) == 2
    for name in (*HOW_TOS, "send-what-waits", "import-a-feed", "watch-an-installation"):
        if name != "evaluate":  # an analyst's own machine
            assert ".venv/bin/fourfold" not in (ROOT / f"docs/how-to/{name}.md").read_text(), name


def test_a_restore_leaves_no_keys_where_the_next_backup_of_the_data_goes() -> None:
    typed = [
        line for line in lines("back-up-and-restore") if line.startswith(("fourfold restore", "fourfold backup data"))
    ]
    folders = {Path(word).parent.name for line in typed for word in line.split() if word.endswith(".keys.age")}
    assert folders == {"fourfold-keys"}
    assert any("backup data /var/backups/fourfold " in line for line in typed)


def test_the_how_to_says_how_large_a_file_the_browser_takes() -> None:
    assert f"takes an export of up to {LARGEST >> 20} MB" in (ROOT / "docs/how-to/import-a-feed.md").read_text()


def test_whoever_starts_the_timers_again_starts_them_all() -> None:
    for path in sorted((ROOT / "docs/how-to").glob("*.md")):
        for line in lines(path.stem):
            if re.match(r"systemctl (start|enable --now) fourfold.service", line):
                assert [one.name for one in TIMERS if f"fourfold-{one.name}.timer" not in line] == [], path.name


def test_the_command_of_the_machine_hands_on_the_settings_of_another_file_alone(tmp_path: Path) -> None:
    """The program refuses to serve with a name that is no setting, and the one that names the file is none."""
    text = (DEPLOY / "fourfold").read_text()
    typed = text.replace("cd /srv/fourfold", f"cd {tmp_path}").partition("exec ")[0] + "env"
    (tmp_path / "told.env").write_text("# a comment\nPRODUCTION=1\n")
    env = {"PATH": os.defpath, "FOURFOLD_SETTINGS": str(tmp_path / "told.env")}
    said = subprocess.run(["sh", "-c", typed], env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "PRODUCTION=1" in said
    assert not [line for line in said if line.startswith("FOURFOLD_")]
