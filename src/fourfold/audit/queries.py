"""Reading the log: whether it holds, and who saw what."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from fourfold.audit import checkpoints, parts, proofs, rules
from fourfold.audit.commitments import instant, keyring, mac_of
from fourfold.audit.models import Entry, Head
from fourfold.audit.terms import Finding, Verdict

Told = Callable[[int, int], None]


def verify(
    *,
    with_rows: bool = True,
    every_row: bool = False,
    witnesses: Path | None = None,
    besides: Callable[[], Iterable[Finding]] = tuple,
    told: Told = lambda done, steps: None,
) -> Verdict:
    """Read the whole log and say whether it holds: chain, sealed texts, signed checkpoints, and the rows it names,
    one by one or by the batch; with `every_row` also whether the tables that open doors hold a row that no entry made.

    `witnesses` is a folder of checkpoint files that others keep; raises NoWitness where there is none in it. What is looked
    for `besides` is looked for in the same moment of the database. The findings come in the order of their entries, so that
    the first names the first bad one.
    """
    if not has_log():
        meaning = "This database holds no log at all. Check DATABASE_URL, or begin one: fourfold serve"
        return Verdict(0, "", (Finding("absent", 0, meaning),))
    signed = signed_checkpoints()  # before the log: whatever is signed there stands in it
    others = checkpoints.witnesses(witnesses, keyring().signed) if witnesses else []
    return _at_one_moment(lambda: _verdict(signed, others, with_rows, every_row, besides, told))


def _at_one_moment(judge: Callable[[], Verdict]) -> Verdict:
    """Judge the database as it stands when it is first asked, whatever is written meanwhile, unless a transaction runs already.

    PostgreSQL answers nothing more once it could not answer one question, as where a table is gone: what is left is then
    asked again, each question for itself.
    """
    if connection.in_atomic_block or not connection.get_autocommit():
        return judge()
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT if postgresql else "BEGIN")
    try:
        verdict = judge()
        if not postgresql or connection.connection.info.transaction_status.name == "INTRANS":
            return verdict
    except DatabaseError:
        pass
    finally:
        connection.rollback()
    return judge()


#: The parts of a long log are read by other processes, while this one waits.
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"


def _verdict(
    signed: checkpoints.Checkpoints,
    others: list[checkpoints.Checkpoints],
    with_rows: bool,
    every_row: bool,
    besides: Callable[[], Iterable[Finding]],
    told: Told,
) -> Verdict:
    size, last = _end()
    entries = parts.many(size)
    steps = entries + 3
    hashes = {size: digest for each in (*others, signed) for size, digest in each.hashes.items()}
    least = max((one.entry - 1 for one in keyring().begun.values()), default=0)
    end, findings = rules.End(size, last, hashes, least), list[Finding]()
    if (sealed := parts.held(end, lambda done: told(done, steps))) is None:
        sealed = proofs.Sealed()
        findings += rules.faults(_stored_entries(), end, mac_of, sealed.note)
    findings += signed.findings
    if any(signed.missing(sealed.checkpoints)):  # unless it was signed since the file was read
        findings += signed_checkpoints().missing(sealed.checkpoints)
    findings += [found for each in others for found in (*each.findings, *signed.against(each))]
    findings = [*_explained(findings, signed)]
    findings += [found for found in sealed.findings if every_row or found.kind != "unmade"]
    told(entries, steps)
    if with_rows:
        findings += proofs.rows_that_differ(sealed)
    told(entries + 1, steps)
    if every_row:
        findings += proofs.made_by_no_entry(sealed, size)
    told(entries + 2, steps)
    findings += besides()
    return Verdict(size, last, tuple(sorted(findings, key=lambda finding: finding.seq)))


def _end() -> tuple[int, str]:
    """Return what the log says of its own end; nothing where that cannot be read."""
    try:
        size, last = Head.objects.values_list("size", "hash").get(pk=1)
    except proofs.UNREADABLE:
        return 0, ""
    return (size, last) if isinstance(size, int) and isinstance(last, str) else (0, "")


def has_log() -> bool:
    """Return whether this database has the tables of a log, even of one in which nothing stands yet."""
    return Head._meta.db_table in connection.introspection.table_names() and Head.objects.filter(pk=1).exists()


def signed_checkpoints() -> checkpoints.Checkpoints:
    """Read the checkpoints of this database that are kept outside it."""
    return checkpoints.read(Path(settings.FOURFOLD.checkpoints), keyring().signed)


def why_not_begin() -> str | None:
    """Return why this database must not begin a log, and what to do: there are checkpoints of another one beside it.

    None where it has a log already, or there is no checkpoint; see `audit.checkpoints` for the reasons.
    """
    has_tables = Head._meta.db_table in connection.introspection.table_names()
    if has_tables and Head.objects.filter(size__gt=0).exists():
        return None
    return signed_checkpoints().why_not_begin()


def _explained(findings: list[Finding], signed: checkpoints.Checkpoints) -> Iterator[Finding]:
    """Say, where the very first checkpoint is of another log than this, what that may mean and what to do."""
    first = signed.signed[0] if signed.signed else None
    same = first is None or Entry.objects.filter(seq=first.size, hash=first.hash).exists()
    for finding in findings:
        if not same and finding.kind in ("cut", "rewritten"):
            yield replace(finding, meaning=f"{finding.meaning}. {signed.how_to_begin_again()}")
        else:
            yield finding


_COLUMNS = ("action", "operation", "actor", "file", "about_kind", "about_id")
_AT_ONCE = 2000


def _stored_entries() -> Iterator[rules.Stored]:
    """Yield the entries in their order, a page at a time; of a page that cannot be read, one by one."""
    page = Entry.objects.order_by("seq")
    while seqs := list(page.values_list("seq", flat=True)[:_AT_ONCE]):
        try:
            yield from list(_read(page.filter(seq__lte=seqs[-1])))
        except proofs.UNREADABLE:
            yield from (_readable_or_not(seq) for seq in seqs)
        page = Entry.objects.order_by("seq").filter(seq__gt=seqs[-1])


def _read(entries: QuerySet[Entry]) -> Iterator[rules.Stored]:
    for seq, body, previous, digest, mac, at, *values in entries.values_list(
        "seq", "body", "previous", "hash", "mac", "at", *_COLUMNS
    ):
        shown = {name: _as_sealed(value) for name, value in zip(_COLUMNS, values, strict=True)}
        columns = {**shown, "at": instant(at), "seq": seq}
        if not all(isinstance(text, str) for text in (body, previous, digest, mac)):
            raise TypeError
        yield rules.Stored(seq, body, previous, digest, mac, columns)


def _readable_or_not(seq: int) -> rules.Stored:
    try:
        return next(_read(Entry.objects.filter(seq=seq)))
    except (StopIteration, *proofs.UNREADABLE):
        return rules.Stored(seq)


def _as_sealed(value: object) -> object:
    return str(value) if isinstance(value, UUID) else (value or None)


def is_ready() -> bool:
    """Return whether an entry could be written now: the log's head is there, and its last entry was made with our keys."""
    return Head.objects.filter(pk=1).exists() and keys_fit()


def keys_fit() -> bool:
    """Return whether the keys beside this database are those with which its log is written; any fit an empty log."""
    last = Entry.objects.order_by("-seq").values_list("mac", "seq", "hash").first()
    return last is None or hmac.compare_digest(last[0], mac_of(*last[1:]))
