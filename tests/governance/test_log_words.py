"""The log says in words what was done: no code of the product is without them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import fourfold
from fourfold.access.routes import ACCOUNT_PAGES, routes
from fourfold.access.rules import FORBIDS
from fourfold.access.terms import Permission
from fourfold.access.terms.accounts import AccountStep
from fourfold.audit.terms import Operation
from fourfold.governance.log_words import log_register, log_words, why_words
from fourfold.linkage.terms import Verdict
from fourfold.orders.terms import Step
from fourfold.people.models import MESSAGE_STATES
from fourfold.support.terms import AtRiskStepKind, ConsentState

PAGES, PARTS, DONE, NOT_LET = (log_register()[name] for name in ("pages", "parts", "acts", "not_let"))
SOURCE = Path(fourfold.__file__).parent
CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
WRITES = ("/services", "/journey/", "/web/accounts.py", "/web/door.py", "/governance/", "/rollout/")
#: Shaped like a code of the log, and none.
NO_CODE = {
    "access.account",
    "allauth.account",
    "call_back",
    "order.is_",
    "fourfold.web.urls",
    "records.parquet",
    "disposals.jsonl",
    "cases_case.id",
}
#: What stands in the place of a code's end, by how the code is written in the source.
ENDS = {
    "account.{}_asked": AccountStep,
    "at_risk.{}": AtRiskStepKind,
    "consent.{}": ConsentState,
    "match.{}": Verdict,
    "message.{}": MESSAGE_STATES,
    "order.{}": Step,
    "order.is_{}": Step,
    "api.{}": [],  # an operation's name: those are among the pages
    "page.{}": [],
}


def _sources() -> Iterator[tuple[str, ast.AST]]:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "audit." in text and "migrations" not in path.parts and "demo" not in path.parts:
            yield f"/{path.relative_to(SOURCE)}", ast.parse(text)


def _codes() -> Iterator[tuple[str, bool]]:
    """Yield every code that the source can write into the log, and whether it is one of somebody turned away."""
    for name, tree in _sources():
        writes = any(part in name for part in WRITES) and "/terms" not in name and "/rules/" not in name
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="refused"), args=[_, ast.Constant(value=str(code)), *_]):
                    yield code, True
                case ast.Call(
                    func=ast.Attribute(attr="recorded" | "taken_over" | "consulted" | "reading"),
                    args=[_, ast.Constant(value=str(code)), *_],
                ):
                    yield code, False
                case ast.Constant(value=str(code)) if writes and CODE.fullmatch(code):
                    yield code, False
                case ast.Call(func=ast.Attribute(attr="recorded" | "refused"), args=[_, ast.JoinedStr() as shape, *_]):
                    yield from ((code, False) for code in _of_shape(shape))
                case ast.Assign(targets=[ast.Attribute(attr="action")], value=ast.JoinedStr() as shape):
                    yield from ((code, False) for code in _of_shape(shape))


def _of_shape(shape: ast.JoinedStr) -> list[str]:
    text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in shape.values)
    return [text.format(end) for end in ENDS[text]]


def test_every_code_that_a_write_leaves_has_words() -> None:
    files = re.compile(r".*\.(html|toml|json|csv|pdf|docx|txt|typ|sql|parquet)")
    found = {(code, away) for code, away in _codes() if code not in NO_CODE and not files.fullmatch(code)}
    assert len(found) > 300
    known = {True: NOT_LET.keys(), False: DONE.keys() | PARTS.keys() | NOT_LET.keys()}
    bare = [code for code, away in found if code.removeprefix("page.") not in PAGES and code not in known[away]]
    assert not bare, f"say them in governance/log.toml: {sorted(bare)}"


def test_every_page_and_every_permission_has_words() -> None:
    named = {route.name for route in routes() if not route.name.startswith(ACCOUNT_PAGES)}
    unguarded = {"closed_account_page"}
    assert sorted(named - unguarded - PAGES.keys()) == []
    assert sorted(PAGES.keys() - named - {"calendar"}) == []
    assert sorted({str(each) for each in Permission} - NOT_LET.keys()) == []


@pytest.mark.parametrize(
    ("action", "operation", "words"),
    [
        ("page.case:team", Operation.CONSULTATION, "opened the page of the case's team"),
        ("page.case:team", Operation.REFUSAL, "was refused the page of the case's team"),
        ("api.case", Operation.CONSULTATION, "opened a case, by a program"),
        ("case.header", Operation.CONSULTATION, "opened the head of a case"),
        ("order.served", Operation.ALTERATION, "recorded that an order was served"),
        ("breach.record", Operation.REFUSAL, "was not allowed to record a breach"),
        ("page.case:gone_since", Operation.CONSULTATION, "did what an earlier version called “case gone since”"),
    ],
)
def test_an_entry_is_said_in_words(action: str, operation: Operation, words: str) -> None:
    assert log_words(action, operation) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("role", "their role does not include it"),
        ("no permit for victim_contact", "this part of the file is not open to them: how to reach the victim"),
        ("side victim", "it is of the other side of the case"),
        ("group-2", "retention group 2"),
        ("too many people told", "too many people told"),
    ],
)
def test_why_somebody_was_turned_away_is_said_in_words(rule: str, words: str) -> None:
    assert why_words(rule) == words


def test_every_rule_that_forbids_a_file_has_words() -> None:
    assert not {name for name, _ in FORBIDS} - log_register()["why"].keys()
