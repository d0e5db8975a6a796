"""What `fourfold doctor` makes of the facts: a sentence for each thing that can be wrong, and how to mend it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from fourfold.upkeep.terms import TIMERS, Facts, Grade, OwnKeys, Verdict

SOUND, LOOK, MEND, UNKNOWN = Grade.SOUND, Grade.LOOK, Grade.MEND, Grade.UNKNOWN
HOME = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
GIB = 1 << 30
#: Tries that fail in a day among some hundred people; above it somebody should look.
MANY_FAILED = 50
QUIET = timedelta(days=7)
#: How long a secret of an agency's system is used before somebody should make another.
SECRETS_LAST = timedelta(days=365)
WITHIN = timedelta(seconds=5)
WORKER = "systemctl status fourfold-work, or without systemd: fourfold work"


def verdicts(facts: Facts) -> list[Verdict]:
    """Return how everything stands, in the order in which a person would mend it."""
    return [verdict for judge in JUDGES for verdict in judge(facts)]


def exit_code(found: list[Verdict]) -> int:
    """Return 1 where something must be mended, else 0: what is not known or only to be looked at stops no timer."""
    return int(any(verdict.grade is MEND for verdict in found))


def _unknown(subject: str, what: str, mend: str = "Mend the database first.") -> Verdict:
    return Verdict(subject, UNKNOWN, f"{what} could not be found out.", mend)


def settings(facts: Facts) -> Iterator[Verdict]:
    for name, likely in sorted(facts.unknown_settings.items()):
        meant = f" Is {likely} meant?" if likely else ""
        yield Verdict(
            "settings", MEND, f"{name} is no setting, and nothing reads it.{meant}", f"Rename or remove {name}."
        )
    if not facts.production:
        yield Verdict(
            "settings",
            LOOK,
            "This installation is for rehearsal: it holds no real people's data.",
            "For production set PRODUCTION=1 and FOURFOLD_DEMO=0, with an empty database.",
        )
    elif set(facts.hosts) <= HOME:
        yield Verdict(
            "settings",
            MEND,
            "The site answers to no name but this machine's own.",
            "Set FOURFOLD_ALLOWED_HOSTS to the name under which people reach it.",
        )
    elif "*" in facts.hosts:
        yield Verdict(
            "settings",
            MEND,
            "The site answers to whatever name a request carries.",
            "Set FOURFOLD_ALLOWED_HOSTS to its own name.",
        )
    elif not facts.unknown_settings:
        yield Verdict("settings", SOUND, f"Production, as {', '.join(facts.hosts)}.")


def keys(facts: Facts) -> Iterator[Verdict]:
    if facts.keys_fit is None:
        yield _unknown("keys", "Whether the keys fit this database")
    elif not facts.keys_fit:
        yield Verdict(
            "keys",
            MEND,
            "The keys here are not those with which the log of this database was written: nothing sealed can be opened.",
            "Stop the site, move the folder of keys away, and restore the backup of the keys.",
        )
    else:
        yield Verdict("keys", SOUND, "The keys are those with which the log is written.")
    if not facts.keys_whole:
        yield Verdict(
            "keys",
            MEND,
            "A change of the root key was broken off: what it has not reached is sealed with the one before.",
            "Stop the site, the worker and the timers, and type: fourfold keys rotate",
        )
    if facts.old_secrets:
        many = f"{facts.old_secrets:,} secret{'s' if facts.old_secrets > 1 else ''}"
        yield Verdict(
            "keys",
            LOOK,
            f"Agencies' systems use {many} made more than a year ago, or before the root key was changed.",
            "Ask the leads of the agencies to make new ones: each system's page says who can (docs/how-to/rotate-keys.md).",
        )


def permissions(facts: Facts) -> Iterator[Verdict]:
    if facts.open_files:
        found, _, mend = facts.open_files.partition(" Close them and start again: ")
        yield Verdict("permissions", MEND, found, f"Type: {mend}")
    else:
        yield Verdict("permissions", SOUND, "Keys, database and files are their owner's alone.")


def certificate(facts: Facts) -> Iterator[Verdict]:
    told = facts.certificate
    if told is None:
        if facts.production:
            yield Verdict("TLS", UNKNOWN, "Nobody asked the site's address.", "Run it again with --address https://…")
    elif told.until is None:
        yield Verdict(
            "TLS",
            MEND,
            f"https://{told.host} gives no answer that can be trusted: {told.trouble}.",
            "See that the proxy runs, that its certificate carries this name, and that its chain is whole.",
        )
    else:
        left = (told.until - facts.at).days
        grade = MEND if left < 7 else LOOK if left < 21 else SOUND
        says = (
            f"The certificate of {told.host} holds for {left:,} more days."
            if left >= 0
            else f"The certificate of {told.host} ended."
        )
        yield Verdict(
            "TLS", grade, says, "" if grade is SOUND else "Renew it, and look why nothing renewed it by itself."
        )


def proxies(facts: Facts) -> Iterator[Verdict]:
    if facts.production and not facts.proxies:
        yield Verdict(
            "proxies",
            MEND,
            "No proxy is trusted: nobody's address is known, and every request looks as if it came without TLS.",
            "Set FOURFOLD_TRUSTED_PROXIES to the proxy's own address.",
        )
        return
    wide = [one for one in facts.proxies if _many(one)]
    if wide:
        yield Verdict(
            "proxies",
            LOOK,
            f"Whoever sits in {', '.join(wide)} is believed about where a request comes from.",
            "Name the proxy's own address in FOURFOLD_TRUSTED_PROXIES.",
        )
    else:
        yield Verdict(
            "proxies", SOUND, f"Only {', '.join(facts.proxies)} is believed about where a request comes from."
        )


def _many(network: str) -> bool:
    _, slash, length = network.partition("/")
    return bool(slash) and length.isdecimal() and int(length) < (120 if ":" in network else 24)


def database(facts: Facts) -> Iterator[Verdict]:
    for trouble in facts.trouble:
        yield Verdict("database", MEND, trouble, "See that the database runs and that DATABASE_URL names it.")
    if facts.missing_migrations:
        yield Verdict(
            "database",
            MEND,
            f"The database lacks {facts.missing_migrations:,} changes that this release brings.",
            "Make a backup, then start the site again: it brings the tables up to date first.",
        )
    if facts.superuser:
        yield Verdict(
            "database",
            MEND,
            "The site signs in to PostgreSQL as a superuser, who may read and change everything on the server.",
            "Make a role of its own: deploy/postgresql/first.sql.",
        )
    elif facts.may_make:
        yield Verdict(
            "database",
            LOOK,
            "The site's role may make roles or databases, and needs neither.",
            "ALTER ROLE … NOCREATEROLE NOCREATEDB;",
        )
    if facts.production and facts.engine == "SQLite":
        yield Verdict(
            "database",
            LOOK,
            "SQLite serves one machine and keeps no log of who wrote to the file by hand.",
            "For a unit at work take PostgreSQL: docs/how-to/move-to-a-bigger-machine.md.",
        )
    if facts.server_version is not None and facts.server_version < 140000:
        yield Verdict(
            "database", MEND, "This PostgreSQL is older than 14, the oldest that is supported.", "Upgrade it to 17."
        )
    if not (facts.trouble or facts.missing_migrations or facts.superuser or facts.may_make):
        yield Verdict("database", SOUND, f"{facts.engine} answers, with every table of this release.")


def clock(facts: Facts) -> Iterator[Verdict]:
    ahead = facts.log_end is not None and facts.log_end > facts.at + WITHIN
    if ahead and facts.log_end is not None:
        yield Verdict(
            "clock",
            MEND,
            f"The last entry of the log is of {_said(facts.log_end)}, which is still to come: the clock went back.",
            "Set the clock by a time server: timedatectl set-ntp true",
        )
    if facts.clock_off is not None and abs(facts.clock_off) > WITHIN:
        yield Verdict(
            "clock",
            MEND,
            f"This machine and the database's differ by {abs(facts.clock_off).total_seconds():,.0f} seconds.",
            "Set both by the same time server: timedatectl set-ntp true",
        )
    elif facts.clock_kept is False:
        yield Verdict("clock", MEND, "Nothing keeps the clock right.", "Type: timedatectl set-ntp true")
    elif facts.clock_kept is None:
        yield Verdict(
            "clock",
            UNKNOWN,
            "Whether something keeps the clock right cannot be seen from here.",
            "On the machine itself: timedatectl show --property=NTPSynchronized",
        )
    elif not ahead:
        yield Verdict("clock", SOUND, "The clock is kept by a time server.")


def timers(facts: Facts) -> Iterator[Verdict]:
    for timer in TIMERS:
        last = facts.runs.get(timer.name)
        mend = "systemctl list-timers 'fourfold-*', then journalctl -u fourfold-" + timer.name
        if last is None:
            grade = MEND if facts.production else LOOK
            yield Verdict(
                "timers", grade, f"Nothing {timer.does}: `fourfold {timer.words}` has never ended here.", mend
            )
        elif facts.at - last.at > timer.late_after:
            says = f"What {timer.does} last ended {ago(facts.at - last.at)} ago; it is due every {ago(timer.every)}."
            yield Verdict("timers", MEND, says, mend)
        elif last.code:
            good = f"; it last went well {ago(facts.at - last.good_at)} ago" if last.good_at else "; it never went well"
            yield Verdict("timers", LOOK, f"What {timer.does} last ended with {last.code}{good}.", mend)
        else:
            yield Verdict("timers", SOUND, f"What {timer.does} last ended well {ago(facts.at - last.at)} ago.")


def backups(facts: Facts) -> Iterator[Verdict]:
    yield _age(facts, "backup", timedelta(hours=36), "The last backup of the data", "fourfold backup data --help")
    yield from _own_keys(facts)
    yield _age(facts, "backup-keys", timedelta(days=366), "The last backup of the keys", "fourfold backup keys --help")
    scratch = " --scratch postgresql://… (an empty database: docs/how-to/back-up-and-restore.md)"
    drill = f"fourfold backup drill{scratch if facts.engine == 'PostgreSQL' else ''}"
    yield _age(facts, "backup-drill", timedelta(days=35), "The last drill that brought one back", drill)
    if facts.not_listed:
        says = f"{facts.not_listed} disposals are not in the list with the keys: an older backup would bring their cases back."
        yield Verdict("backups", MEND, says, "Type: fourfold backup data --help, and make one.")
    if facts.came_back:
        says = f"{facts.came_back} cases are there again that were disposed of: a copy of before was brought back."
        mend = "Restore once more, into an empty database; after a point in time of PostgreSQL, two people dispose of them again."
        yield Verdict("backups", MEND, says, mend)


def _own_keys(facts: Facts) -> Iterator[Verdict]:
    told, run = facts.own_keys, facts.runs.get("backup")
    if told is None and (run is None or run.good_at is None):
        return  # of a backup that there is not, another sentence speaks
    if told is None or not told.folder:
        says = "The last backup of the data has no key of its own: what is disposed of later can be read in each copy of it."
        yield Verdict("backups", LOOK, says, "Give each its own: docs/how-to/upgrade.md, A key for each backup.")
        return
    wrong = list(_wrong_with(told))
    for says, mend in wrong:
        yield Verdict("backups", MEND, says, mend)
    if not wrong:
        says = f"The last backup has a key of its own in {told.folder}, and is lost with it: whether another machine mirrors it is not seen here."
        yield Verdict("backups", SOUND, says)


def _wrong_with(told: OwnKeys) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the folder of own keys, each with how to mend it."""
    make = f"install -d -o fourfold -g fourfold -m 0700 {told.folder}"
    mirror = "Bring it back from the machine that mirrors it (docs/how-to/back-up-and-restore.md)."
    if told.missing:
        says = (
            f"The folder with the key of each backup, {told.folder}, is not there: without it nobody opens one of them."
        )
        yield says, f"{mirror} If nobody has it: {make}, then make a backup."
    if told.closed:
        says = f"The folder with the key of each backup, {told.folder}, may not be read by the account of the service."
        yield says, f"Type: chown -R fourfold: {told.folder} && chmod 0700 {told.folder}"
    if told.open_files:
        found, _, mend = told.open_files.partition(" Close them and start again: ")
        yield found, f"Type: {mend}"
    if told.beside:
        says = f"The key of each backup lies with the backups, in {told.folder} and {told.beside}: it goes with every copy of them, and stays there once it is destroyed here."
        yield says, "Name a folder apart, on another disk if there is one: docs/how-to/back-up-and-restore.md."
    if told.lost:
        many = f"{len(told.lost):,} backups" if len(told.lost) > 1 else "a backup"
        says = f"The key of {many} is gone, the latest {told.lost[-1]}: nobody can open {'them' if len(told.lost) > 1 else 'it'}."
        yield says, f"{mirror} If nobody has it: make a backup now, and delete what nobody opens."


def _age(facts: Facts, name: str, most: timedelta, what: str, mend: str) -> Verdict:
    run = facts.runs.get(name)
    if run is None or run.good_at is None:
        return Verdict("backups", MEND if facts.production else LOOK, f"{what}: there was none yet.", f"Type: {mend}")
    age = facts.at - run.good_at
    grade = SOUND if age <= most else MEND
    return Verdict("backups", grade, f"{what} is {ago(age)} old.", "" if grade is SOUND else f"Type: {mend}")


def disk(facts: Facts) -> Iterator[Verdict]:
    if facts.free is None or not facts.total:
        yield Verdict("disk", UNKNOWN, "How much room is left could not be found out.", "Type: df -h")
        return
    share = facts.free / facts.total
    grade = MEND if share < 0.05 or facts.free < GIB else LOOK if share < 0.15 else SOUND
    says = f"{facts.free / GIB:,.1f} of {facts.total / GIB:,.1f} GiB are free ({share:.0%})."
    yield Verdict(
        "disk", grade, says, "" if grade is SOUND else "Make room before it is full: nothing can be written then."
    )


def outbox(facts: Facts) -> Iterator[Verdict]:
    if facts.waiting is None:
        yield _unknown("outbox", "What waits to be sent")
        return
    if facts.not_known_whether_sent:
        count = facts.not_known_whether_sent
        yield Verdict(
            "outbox",
            LOOK,
            f"Of {count:,} message{'s' if count > 1 else ''} to victims nobody can say whether they left.",
            "Each victim's file says so; their advocates ask them. Nothing is sent again by itself.",
        )
    if facts.not_told:
        yield Verdict(
            "outbox",
            LOOK,
            f"{facts.not_told:,} change{'s' if facts.not_told > 1 else ''} could not be told to an agency's system, and nobody tries any more.",
            "The leads of the agency see it on their list, mend the receiver, and send it again.",
        )
    if facts.waiting and facts.waiting_since and facts.at - facts.waiting_since > timedelta(days=1):
        yield Verdict(
            "outbox",
            LOOK,
            f"{facts.waiting:,} wait to be sent, the first for {ago(facts.at - facts.waiting_since)}.",
            "fourfold outbox list, and see that what carries them on runs.",
        )
    else:
        yield Verdict("outbox", SOUND, f"{facts.waiting:,} wait to be sent, none for longer than a day.")


def work(facts: Facts) -> Iterator[Verdict]:
    if facts.work is None or facts.worker is None:
        yield _unknown("work", "Whether what was asked for in the browser is done", WORKER)
    elif facts.work_since and facts.at - facts.work_since > timedelta(hours=1):
        many = f"{'pieces' if facts.work > 1 else 'piece'} of work asked for in the browser {'are' if facts.work > 1 else 'is'}"
        says = f"{facts.work:,} {many} not done, the first for {ago(facts.at - facts.work_since)}"
        if facts.worker:
            yield Verdict("work", LOOK, f"{says}; somebody is at it.", "Look on Imports how far it is. " + WORKER)
        else:
            yield Verdict("work", MEND, f"{says}, and nobody does it.", WORKER)
    elif not facts.worker:
        yield Verdict("work", LOOK, "Nobody is there to do what is asked for in the browser.", WORKER)
    else:
        yield Verdict("work", SOUND, "What is asked for in the browser is done, none of it waits longer than an hour.")


def accounts(facts: Facts) -> Iterator[Verdict]:
    if facts.accounts is None:
        yield _unknown("accounts", "How many accounts are open")
        return
    wait = f"{facts.unvouched:,} of them wait until a lead vouches for them" if facts.unvouched else "all vouched for"
    says = f"Open accounts: {facts.accounts:,}, {wait}."
    if facts.accounts_asked and facts.asked_since and facts.at - facts.asked_since > timedelta(days=3):
        says = f"{facts.accounts_asked:,} requests wait for an agency's lead, the first for {ago(facts.at - facts.asked_since)}."
        yield Verdict("accounts", LOOK, says, "Ask the lead of the agency to open Accounts, and answer.")
    else:
        yield Verdict("accounts", SOUND, says)


def sign_ins(facts: Facts) -> Iterator[Verdict]:
    if facts.failed is None:
        yield _unknown("sign-in", "How many could not sign in")
    elif facts.locked_out:
        yield Verdict(
            "sign-in",
            LOOK,
            f"In the last day {facts.failed:,} tries to sign in failed, and {facts.locked_out:,} met a door that was locked after too many.",
            "Whoever forgot a password asks for a new way in: Accounts. Many addresses at once are an attack: tell your security team.",
        )
    elif facts.failed >= MANY_FAILED:
        says = f"In the last day {facts.failed:,} tries to sign in failed."
        yield Verdict("sign-in", LOOK, says, "The log names by which account: ask whoever oversees it.")
    else:
        yield Verdict("sign-in", SOUND, f"In the last day {facts.failed:,} tries to sign in failed.")


def feeds(facts: Facts) -> Iterator[Verdict]:
    if facts.feeds is None:
        yield _unknown("feeds", "How the feeds stand")
        return
    if facts.feeds_stopped:
        yield Verdict(
            "feeds",
            LOOK,
            f"{facts.feeds_stopped:,} files were stopped, and nothing of them was kept.",
            "Analysts settle them on Feeds.",
        )
    for name, at in facts.feeds.items():
        if facts.at - at > QUIET:
            says = f"From {name} nothing was read to its end for {ago(facts.at - at)}."
            yield Verdict("feeds", LOOK, says, "Ask the force whether it still sends, then look at Feeds.")
    if not facts.feeds_stopped and all(facts.at - at <= QUIET for at in facts.feeds.values()):
        held = f"{facts.rows_held or 0:,} rows wait to be mended"
        yield Verdict("feeds", SOUND, f"{len(facts.feeds):,} feeds were read within the last week; {held}.")


JUDGES: tuple[Callable[[Facts], Iterator[Verdict]], ...] = (
    settings,
    permissions,
    database,
    keys,
    clock,
    certificate,
    proxies,
    timers,
    backups,
    disk,
    outbox,
    work,
    accounts,
    sign_ins,
    feeds,
)


def _said(at: datetime) -> str:
    return f"{at:%-d %B %Y at %H:%M} UTC"


def ago(length: timedelta) -> str:
    """Return a length of time in words, in its largest unit."""
    minutes = int(length.total_seconds()) // 60
    for size, word in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count:,} {word}{'s' if count > 1 else ''}"
    return "less than a minute"
