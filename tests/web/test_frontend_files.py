"""The front-end files: fetched by npm, laid without the font and the crest, and not again when they stand."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import frontend

ROOT = Path(__file__).resolve().parents[2]
CSS = (
    '@charset "UTF-8";@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2) format("woff2")}'
    "@font-face{font-family:GDS Transport;font-weight:700;src:url(/assets/fonts/b.woff2)}"
    "a{font-family:GDS Transport,arial,sans-serif}b{background:url(/assets/images/govuk-crest.svg)}"
    "i{background:url(/assets/images/icon-x.svg)}/*# sourceMappingURL=a.css.map */"
)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working copy whose npm writes small packages and notes each time it is called."""
    (tmp_path / "package-lock.json").write_text("{}")
    npm = tmp_path / "npm"
    npm.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> "{tmp_path}/calls"\n'
        f'cd "{tmp_path}" && mkdir -p node_modules/{frontend.GOVUK} node_modules/{frontend.MOJ}/assets/images node_modules/axe-core\n'
        f"for each in {' '.join(frontend.STYLES)}; do cp css node_modules/$each; done\n"
        f"for each in {' '.join(frontend.SCRIPTS)}; do echo 'x;//# sourceMappingURL=x.map' > node_modules/$each; done\n"
        f"mkdir -p node_modules/{frontend.GOVUK}/assets/images\n"
        f"for each in {frontend.GOVUK} {frontend.MOJ}; do echo '<svg/>' > node_modules/$each/assets/images/icon-x.svg; done\n"
        f"echo axe > node_modules/{frontend.AXE}\n"
    )
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "css").write_text(CSS)
    monkeypatch.setenv("FOURFOLD_NPM", str(npm))
    return tmp_path


def calls(copy: Path) -> list[str]:
    return (copy / "calls").read_text().splitlines() if (copy / "calls").exists() else []


def test_the_first_run_fetches_without_running_any_packages_script(copy: Path) -> None:
    assert frontend.bring(copy)
    (call,) = calls(copy)
    assert call.startswith("ci --ignore-scripts")


def test_a_second_run_needs_neither_npm_nor_a_network(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frontend.bring(copy)
    monkeypatch.setenv("FOURFOLD_NPM", "/nowhere/npm")
    assert not frontend.bring(copy)


def test_a_lost_file_is_laid_again_without_npm(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frontend.bring(copy)
    monkeypatch.setenv("FOURFOLD_NPM", "/nowhere/npm")
    lost = copy / "build/static/vendor/govuk-frontend.min.css"
    lost.unlink()
    assert frontend.bring(copy)
    assert lost.is_file()


def test_another_lock_fetches_again(copy: Path) -> None:
    frontend.bring(copy)
    (copy / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert frontend.bring(copy)
    assert len(calls(copy)) == 2


def test_the_style_sheet_is_served_without_font_crest_and_absolute_address() -> None:
    css, icons = frontend.served_style(CSS)
    assert icons == ["images/icon-x.svg"]
    assert css == (
        '@charset "UTF-8";a{font-family:arial,sans-serif}b{background:none}i{background:url(assets/images/icon-x.svg)}'
    )


def test_every_icon_that_a_style_sheet_names_is_there(copy: Path) -> None:
    frontend.bring(copy)
    assert (copy / "build/static/vendor/assets/images/icon-x.svg").is_file()
    assert (copy / "build/axe/axe.min.js").read_text() == "axe\n"
    assert "sourceMappingURL" not in (copy / "build/static/vendor/govuk-frontend.min.js").read_text()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda copy, env: (copy / "package-lock.json").unlink(), "package-lock.json is missing"),
        (lambda copy, env: env.setenv("FOURFOLD_NPM", "/nowhere/npm"), "FOURFOLD_NPM names /nowhere/npm"),
        (lambda copy, env: (copy / "npm").write_text("#!/bin/sh\necho no way; exit 7\n"), r"npm ci ended with 7. It said:\nno way"),
        (lambda copy, env: (copy / "npm").write_text("#!/bin/sh\nmkdir -p node_modules\n"), "is missing. Type: rm -r node_modules"),
    ],
    ids=["no lock", "no npm", "npm fails", "package without the file"],
)  # fmt: skip
def test_what_is_missing_is_named_with_the_way_to_mend_it(
    copy: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path, pytest.MonkeyPatch], object], says: str
) -> None:
    spoil(copy, monkeypatch)
    with pytest.raises(frontend.FrontendError, match=says):
        frontend.bring(copy)


def test_a_failed_fetch_leaves_no_stamp_so_that_the_next_run_tries_again(copy: Path) -> None:
    good = (copy / "npm").read_text()
    (copy / "npm").write_text("#!/bin/sh\nmkdir -p node_modules; exit 1\n")
    with pytest.raises(frontend.FrontendError):
        frontend.bring(copy)
    (copy / "npm").write_text(good)
    assert frontend.bring(copy)


def test_the_lock_pins_every_package_by_hash_and_names_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    for name in ("package.json", "package-lock.json", ".npmrc"):
        assert not re.search(r"https?://|resolved\":", (ROOT / name).read_text())
