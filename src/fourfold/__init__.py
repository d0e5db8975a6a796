"""Fourfold: how a multi-agency stalking unit works, and how a programme learns what protects people.

At each start Python writes the methods of some 1,270 data classes as text and compiles that, which took a quarter of the server's start.
They are kept here as compiled, beside the bytecode of our modules and under its rules: found by their whole text, so the same.
"""

import dataclasses
import hashlib
import marshal
import os
import sys
from contextlib import suppress
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import Any

_KEPT = Path(cache_from_source(__file__)).with_suffix(".methods")
_found: dict[bytes, bytes] = {}
_used: dict[bytes, bytes] = {}


def _run(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
    key = hashlib.sha256(MAGIC_NUMBER + text.encode()).digest()
    if key not in _used:
        _used[key] = _found.get(key) or marshal.dumps(compile(text, "<string>", "exec", dont_inherit=True))
    exec(marshal.loads(_used[key]), names, made)  # noqa: S102, S302 -- what `dataclasses` does, from a file as trusted as bytecode


def keep_methods() -> None:
    """Keep what this process used, where bytecode may be kept and some of it was new; it needs none of that any more."""
    if not sys.dont_write_bytecode and not _used.keys() <= _found.keys():
        with suppress(OSError):
            whole = _KEPT.with_suffix(f".{os.getpid()}")
            whole.write_bytes(marshal.dumps(_used))
            whole.chmod(0o644)  # code, and nobody's words: as readable as the bytecode beside it
            whole.replace(_KEPT)
    _found.clear()
    _used.clear()


with suppress(OSError, EOFError, ValueError, TypeError):
    _found.update(marshal.loads(_KEPT.read_bytes()))  # noqa: S302 -- ours
setattr(dataclasses, "exec", _run)  # noqa: B010 -- a name that the module itself takes from the builtins
