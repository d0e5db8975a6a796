"""fourfold feeds: import what a force puts into a folder, each file against its checksum, with a receipt."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import CANNOT, acting, in_words, migrate, now, stop
from fourfold.gateways import private

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor
    from fourfold.intake.terms import Totals

SUM, RECEIPT, TAKEN = ".sha256", ".receipt.json", ".being-read"
NOT_WHOLE = "The checksum is another: the file is not whole yet, or was changed. Send the file and its checksum again."


def feeds(
    folder: Annotated[Path, typer.Argument(help="The folder into which the force puts its exports.")],
    mapping: Annotated[Path, typer.Option(help="The TOML file that says which column is what, or a shipped name.")],
    site: Annotated[str, typer.Option(help="The site whose feed this is, such as cheshire.")],
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Import every file of a folder that lies there with its checksum, and leave a receipt; for a timer.

    `november.csv` is read once `november.csv.sha256` says what `sha256sum` says of it; until then it may be half there. A
    file that was read to its end is removed, and `november.csv.receipt.json` says what became of its rows. One that cannot
    be read stays, with a receipt that says why, and is read again once a checksum comes for it. Exit code 0: nothing is left to be looked at; 1: a file was refused; 2: the
    folder, the mapping or an option cannot be used; 3: you may not.
    """
    from fourfold import journey
    from fourfold.intake.mappings import read_mapping
    from fourfold.intake.terms import InvalidMapping
    from fourfold.programme.terms import NoSuchSite

    with in_words(InvalidMapping, NoSuchSite, OSError):
        migrate()
        read_mapping(mapping)
        actor = acting(site, email, now())
        with alone(f"fourfold feeds {folder.name}", site):
            told = [_read(path, mapping, site, actor) for path in _whole(folder)]
            if any("read" in receipt for receipt in told):
                journey.reports_came(actor=actor, site=site, at=now())
    for receipt in told:
        typer.echo(f"{receipt['file']}: {_in_words(receipt)}")
    raise typer.Exit(1 if any("refused" in receipt for receipt in told) else 0)


def _whole(folder: Path) -> list[Path]:
    """Return the files that lie there with a checksum, by name, taken over: whatever comes under their names is another.

    A link, or whatever else is no plain file, is left where it lies. What a run that was killed took over is among them.
    """
    aside = folder / TAKEN
    if aside.is_symlink():
        stop(f"{aside} is a link. Remove it.", CANNOT)
    aside.mkdir(mode=private.FOLDER, exist_ok=True)
    for one in sorted(folder.iterdir()):
        path = one.with_name(one.name.removesuffix(SUM))
        if one.name.endswith(SUM) and _is_plain(one) and _is_plain(path) and not _taken(path).exists():
            path.rename(_taken(path))
            one.rename(_taken(one))
    return [folder / path.name for path in sorted(aside.iterdir()) if _is_plain(path) and not path.name.endswith(SUM)]


def _taken(path: Path) -> Path:
    return path.parent / TAKEN / path.name


def _is_plain(path: Path) -> bool:
    """Return whether this is a file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _read(path: Path, mapping: Path, site: str, actor: Actor) -> dict[str, Any]:
    """Import one file and leave its receipt; return it."""
    from fourfold import journey
    from fourfold.intake.terms import CannotImport

    at, taken, sums = now(), _taken(path), _taken(path.with_name(path.name + SUM))
    receipt: dict[str, Any] = {"file": path.name, "at": at.isoformat(), "site": site}
    said = sums.read_text(encoding="utf-8", errors="replace").split() if _is_plain(sums) else []
    with taken.open("rb") as file:
        receipt["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
    if not said or said[0].lower() != receipt["sha256"]:
        return _given_back(path, receipt | {"refused": NOT_WHOLE})
    try:
        totals = journey.feed_brought(actor=actor, path=taken, mapping=mapping, site=site, at=at)
    except CannotImport as why:
        return _given_back(path, receipt | {"refused": str(why)})
    receipt = _leave(path, receipt | _numbers(totals))
    taken.unlink()
    sums.unlink(missing_ok=True)
    return receipt


def _given_back(path: Path, receipt: dict[str, Any]) -> dict[str, Any]:
    """Let a file that was refused lie under its name without its checksum: it is read again once a new one comes."""
    _taken(path.with_name(path.name + SUM)).unlink(missing_ok=True)
    if path.exists():
        _taken(path).unlink()  # the force has sent it again meanwhile
    else:
        _taken(path).rename(path)
    return _leave(path, receipt)


def _numbers(totals: Totals) -> dict[str, Any]:
    numbers = {name: getattr(totals, name) for name in ("read", "accepted", "duplicates", "quarantined", "revised")}
    codes = [{**asdict(lost), "values": dict(lost.values)} for lost in totals.defaulted]
    return numbers | {"reasons": dict(totals.reasons), "defaulted": codes, "run": str(totals.run)}


def _leave(path: Path, receipt: dict[str, Any]) -> dict[str, Any]:
    """Leave a receipt beside a file, whole or not at all; never through a link that somebody has laid there."""
    half = path.with_name(path.name + RECEIPT + ".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW), "w") as file:
        os.fchmod(file.fileno(), 0o640)  # the sender shares the folder's group; all else is the owner's alone
        file.write(json.dumps(receipt, indent=2, ensure_ascii=False) + "\n")
    half.rename(path.with_name(path.name + RECEIPT))
    return receipt


def _in_words(receipt: dict[str, Any]) -> str:
    if "refused" in receipt:
        return str(receipt["refused"])
    return f"{receipt['read']:,} rows read, {receipt['accepted']:,} accepted, {receipt['quarantined']:,} held back."
