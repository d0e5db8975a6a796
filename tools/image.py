"""Build the images of deploy/Containerfile, with the list of what the site is made of (CycloneDX), where no base can be pulled too.

    .venv/bin/python -m tools.image                    the list of parts, then every image, from the base of the Containerfile
    .venv/bin/python -m tools.image --own-base         from a root file system that mmdebstrap makes of the system's packages
    .venv/bin/python -m tools.image --parts            only the list of parts: build/fourfold.cdx.json

`--as-here` lets the build reach packages as this machine does: its settings of apt, pip, uv and npm, and its certificates, are
lent to it while it builds, and stay out of the image. Needs buildah with netavark, and mmdebstrap for a base of one's
own; runs as anybody.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.progress import ROOT

PARTS = ROOT / "build" / "fourfold.cdx.json"
BASE = "localhost/fourfold-base"
TARGETS = {"site": "fourfold", "pooler": "fourfold-pooler", "proxy": "fourfold-proxy"}
#: How a machine may have been told where packages come from, and whose certificates count.
LENT = (
    *("/etc/apt", "/etc/pip.conf", "/etc/uv", "/etc/npmrc", "/etc/ssl/certs", "/etc/hosts"),
    *("/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
)


def parts() -> dict[str, Any]:
    """Return what the site is made of: the locked packages of Python with their hashes, and those of the pages."""
    bill = ROOT / ".venv" / "bin" / "cyclonedx-py"
    words = ["requirements", "--pyproject", "pyproject.toml", "--output-reproducible", "requirements/run.txt"]
    said = subprocess.run([bill, *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(said)
    found["components"] += of_the_pages(json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8")))
    return found


def of_the_pages(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the components that npm's lock names, without those that only tests use."""
    return [
        {
            "type": "library",
            "bom-ref": f"npm:{name}@{one['version']}",
            "name": name,
            "version": one["version"],
            "purl": f"pkg:npm/{quote(name, safe='/')}@{one['version']}",
            **({"licenses": [{"license": {"id": one["license"]}}]} if "license" in one else {}),
        }
        for path, one in sorted(lock["packages"].items())
        if (name := path.rpartition("node_modules/")[2]) and not one.get("dev")
    ]


def write_parts() -> None:
    """Write the list of parts where the Containerfile takes it from."""
    PARTS.parent.mkdir(exist_ok=True)
    PARTS.write_text(json.dumps(parts(), indent=1) + "\n", encoding="utf-8")
    print(f"{PARTS.relative_to(ROOT)}: {len(json.loads(PARTS.read_text())['components'])} parts", flush=True)


def make_base(rootfs: Path | None) -> None:
    """Make a base image of the system's own packages, or of a root file system that lies there already."""
    with tempfile.TemporaryDirectory() as desk:
        if rootfs is None:
            rootfs = Path(desk) / "rootfs.tar"
            sources = [*Path("/etc/apt/sources.list.d").glob("*.sources"), *Path("/etc/apt").glob("sources.list")]
            ordered("mmdebstrap", "--variant=minbase", "--include=ca-certificates", "trixie", rootfs, *sources)
        container = answered("buildah", "from", "scratch")
        ordered("buildah", "add", container, rootfs, "/")
        ordered("buildah", "commit", "--rm", container, BASE)


def build(target: str, base: str, lent: list[str]) -> None:
    """Build one image, with the isolation that needs no right of root."""
    limits = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}  # not everybody may raise these
    words = [f"--ulimit={name}={':'.join(map(str, resource.getrlimit(limit)))}" for name, limit in limits.items()]
    words += ["--isolation=chroot", f"--target={target}", f"--tag={TARGETS[target]}"]
    words += ["--build-arg", f"BASE={base}"] if base else []
    if lent:
        for path in filter(os.path.exists, lent):  # what a package writes into a folder goes with the build
            words += ["--volume", f"{path}:{path}:{'O' if Path(path).is_dir() else 'ro'}"]
        words += [
            f"--build-arg={name}={os.environ[name]}"
            for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
            if name in os.environ
        ]
    ordered("buildah", "build", *words, "--file=deploy/Containerfile", ".")


def ordered(*words: object) -> None:
    print("$", *words, flush=True)
    subprocess.run([str(word) for word in words], cwd=ROOT, check=True)


def answered(*words: str) -> str:
    return subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", action="store_true", help="only write the list of parts")
    parser.add_argument("--own-base", action="store_true", help="make the base of the system's packages")
    parser.add_argument("--rootfs", type=Path, help="take this root file system for it")
    parser.add_argument("--base", default="", help="another base image than the Containerfile names")
    parser.add_argument("--as-here", action="store_true", help="reach packages as this machine does")
    parser.add_argument("--lend", action="append", default=[], help="a further file or folder to lend to the build")
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this image; may be said again")
    told = parser.parse_args()
    try:
        write_parts()
        if told.parts:
            return 0
        if told.own_base or told.rootfs:
            make_base(told.rootfs)
            told.base = BASE
        for target in told.target or TARGETS:
            build(target, told.base, [*(LENT if told.as_here else ()), *told.lend])
    except FileNotFoundError as why:
        print(
            f"{why.filename} is not here. Type: apt-get install --no-install-recommends buildah netavark mmdebstrap",
            file=sys.stderr,
        )
        return 1
    except subprocess.CalledProcessError as why:
        print(f"It ended with {why.returncode}: {' '.join(map(str, why.cmd[:3]))} …", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
