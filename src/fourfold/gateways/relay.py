"""Letters to those who work here, carried on from the mail room's folder: each at most once, whoever else carries them too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

from fourfold.gateways.transport import CannotDeliver, Declined, Envelope, NotKnown, NotThisOne, Provider


@dataclass(frozen=True)
class Carried:
    """What became of the letters that lay in the folder."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0
    unknown: int = 0


def carry_letters(folder: Path, by: Provider) -> Carried:
    """Hand every letter in the folder to a provider; what it cannot take now goes on lying there.

    A letter is taken out of the folder's way before it is handed over. One that stays `.leaving` may have left and is not
    tried again; one that is `.refused` has not left.
    """
    counts: Counter[str] = Counter(unknown=len(list(folder.glob("*.leaving"))))
    letters = sorted(folder.glob("*.eml"))
    for place, path in enumerate(letters):
        taken = path.with_suffix(".leaving")
        try:
            path.rename(taken)
        except FileNotFoundError:
            continue  # somebody else carries it
        try:
            by.carry(_opened(taken))
        except NotThisOne:
            taken.rename(path)
            counts["waiting"] += 1
        except CannotDeliver:
            taken.rename(path)
            counts["waiting"] += len(letters) - place
            break
        except Declined:
            taken.rename(path.with_suffix(".refused"))
            counts["refused"] += 1
        except NotKnown:
            counts["unknown"] += 1
        else:
            taken.unlink()
            counts["sent"] += 1
    return Carried(**counts)


def _opened(path: Path) -> Envelope:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body()
    text = str(body.get_content()) if body is not None else ""
    return Envelope(UUID(path.stem), "email", str(mail["To"]), "", str(mail["Subject"]), text)
