"""The row of TLS in docs/how-to/rotate-keys.md: the two files are replaced under their names, and the doctor looks at what is served."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.core.cache import cache

from fourfold.upkeep import doctor, facts
from fourfold.upkeep.terms import Certificate, Grade
from tests.upkeep.test_doctor import SOUND


def renewed(folder: Path, *, begins: datetime, ends: datetime) -> None:
    """Put a new certificate and its key into the folder, under the same names."""
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=localhost",
    ]
    words += ["-addext", "subjectAltName=DNS:localhost", "-not_before", f"{begins:%Y%m%d%H%M%SZ}"]
    words += ["-not_after", f"{ends:%Y%m%d%H%M%SZ}", "-keyout", "key.pem", "-out", "fullchain.pem"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve TLS with the two files as they lie there now, as a proxy does that was told to read them again."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "fullchain.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answers() -> None:
            with suppress(OSError), door.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as secure:
                secure.recv(1)

        thread = Thread(target=answers)
        thread.start()
        yield f"https://localhost:{door.getsockname()[1]}"
        thread.join(10)


def test_a_certificate_is_renewed_in_place_and_one_that_ended_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)  # a browser's clock decides whether a certificate holds, and so does this one
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "fullchain.pem"))

    def looks(begins: int, ends: int) -> tuple[Grade, str]:
        renewed(tmp_path, begins=now + timedelta(days=begins), ends=now + timedelta(days=ends, hours=12))
        with serving(tmp_path) as address:
            told = facts.certificate(address)
        (said,) = doctor.certificate(replace(SOUND, at=now, certificate=told))
        return said.grade, said.says

    assert looks(-80, 3) == (Grade.MEND, "The certificate of localhost holds for 3 more days.")
    assert looks(-1, 90) == (Grade.SOUND, "The certificate of localhost holds for 90 more days.")
    ended = "https://localhost gives no answer that can be trusted: certificate has expired."
    assert looks(-90, -2) == (Grade.MEND, ended)
    early = "https://localhost gives no answer that can be trusted: certificate is not yet valid."
    assert looks(2, 90) == (Grade.MEND, early), "or a clock that is off"
    assert looks(-1, 90)[0] is Grade.SOUND


def test_what_was_asked_is_kept_for_a_while_under_a_name_that_every_cache_takes(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    asked = iter([Certificate("a"), Certificate("b")])
    monkeypatch.setattr(facts, "certificate", lambda address: next(asked))
    cache.delete(facts.CERTIFICATE)
    assert [facts._certificate("https://a", again) for again in (False, False, True)] == [
        Certificate("a"),
        Certificate("a"),
        Certificate("b"),
    ]
    assert not [each for each in recwarn if "key" in str(each.message)]
    cache.delete(facts.CERTIFICATE)
