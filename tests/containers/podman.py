"""Containers without a daemon: podman with a store of its own below var/, and what stands in for a registry.

Where no registry can be reached, the three base images of ours are made from Debian's packages: the same release, the
same Python, another patch level of Node and PostgreSQL. So what a Dockerfile and a compose file say is tried to the
letter, and what a registry serves is not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.support.server import ROOT

DOCKERFILE = ROOT / "deploy/Dockerfile"
COMPOSE = ROOT / "deploy/compose.yaml"
IMAGES = {"house": "localhost/ronghui:latest", "worker": "localhost/ronghui-worker:latest"}
_PLACE = ROOT / "var/containers"
_BASE = "localhost/bookworm"

_PYTHON = """
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv python-is-python3 \
    && rm -rf /var/lib/apt/lists/*
"""
_NODE = """
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY npmrc /root/.npmrc
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
"""
_POSTGRES = """
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-15 && rm -rf /var/lib/apt/lists/* \
    && install -d -o postgres /var/run/postgresql /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY entrypoint /entrypoint
ENTRYPOINT ["/entrypoint"]
"""
# What the official image does with the three variables that our file sets.
_ENTRYPOINT = """#!/bin/sh
set -e
data=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
  chown -R postgres:postgres "$data"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$data/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" > /tmp/password
  initdb -D "$data" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 --auth-local=trust \\
    $POSTGRES_INITDB_ARGS
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
  pg_ctl -D "$data" -o "-c listen_addresses= -k /tmp" -w start
  createdb -h /tmp -U "$POSTGRES_USER" "$POSTGRES_USER"
  pg_ctl -D "$data" -w stop
fi
shift
exec postgres -D "$data" -c "listen_addresses=*" -k /var/run/postgresql "$@"
"""


class Podman:
    """The commands of podman, buildah and podman-compose on one store."""

    def __init__(self) -> None:
        _PLACE.mkdir(parents=True, exist_ok=True)
        storage, containers = _PLACE / "storage.conf", _PLACE / "containers.conf"
        storage.write_text(
            f'[storage]\ndriver = "overlay"\nrunroot = "{_PLACE}/run"\ngraphroot = "{_PLACE}/graph"\n', encoding="utf-8"
        )
        # runc, since crun refuses machines with both versions of cgroups; limits that whoever starts it may set.
        containers.write_text(
            '[containers]\ndefault_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]\n'
            '[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n',
            encoding="utf-8",
        )
        self.env = os.environ | {
            "CONTAINERS_STORAGE_CONF": str(storage),
            "CONTAINERS_CONF": str(containers),
            "BUILDAH_ISOLATION": "chroot",
        }

    def run(self, *words: str, check: bool = True, timeout_s: float = 300, **env: str) -> str:
        """Return what a command printed; raises `AssertionError` with its words where it failed."""
        run = subprocess.run(
            words, env=self.env | env, capture_output=True, text=True, check=False, timeout=timeout_s, cwd=ROOT
        )
        assert not check or run.returncode == 0, f"{' '.join(words)}\n{run.stdout[-3000:]}\n{run.stderr[-3000:]}"
        return run.stdout.strip()

    def __call__(self, *words: str, **options: Any) -> str:
        """Run podman."""
        return self.run("podman", *words, **options)

    def logs(self, container: str) -> str:
        """Return what a container printed on both its outputs."""
        command = ["podman", "logs", container]
        run = subprocess.run(
            command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
        )
        return run.stdout

    def succeeds(self, *words: str) -> bool:
        """Whether a podman command ends well."""
        run = subprocess.run(["podman", *words], env=self.env, capture_output=True, check=False, timeout=60)
        return run.returncode == 0

    # ── images ──

    def build(self) -> None:
        """Build the house's images by their own Dockerfile, from the registry's bases or from stand-ins."""
        needed = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
        needed.append(database_image())
        for name in dict.fromkeys(needed):
            if not self.succeeds("image", "exists", name) and not self._pulls(name):
                self._stand_in(name)
        # A clone, so that what is not committed does not get in.
        source = _PLACE / "source"
        shutil.rmtree(source, ignore_errors=True)
        self.run("git", "clone", "-q", str(ROOT), str(source))
        build = ["buildah", "bud", "--pull-never", "--layers", "-f", str(source / "deploy/Dockerfile")]
        for target, image in IMAGES.items():
            self.run(*build, "--target", target, "-t", image, str(source), timeout_s=1800)

    def _pulls(self, name: str) -> bool:
        try:
            self("pull", "-q", f"docker.io/library/{name}", timeout_s=120)
        except (AssertionError, subprocess.TimeoutExpired):
            return False
        return True

    def _stand_in(self, name: str) -> None:
        self._debian()
        folder = _PLACE / "base"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        kind = name.partition(":")[0]
        if kind == "node":
            node = Path(shutil.which("node") or "").resolve()
            shutil.copy(node, folder / "node")
            shutil.copytree(Path(shutil.which("npm") or "").resolve().parents[1], folder / "npm", symlinks=True)
            own = Path.home() / ".npmrc"
            (folder / "npmrc").write_bytes(own.read_bytes() if own.exists() else b"")
        (folder / "entrypoint").write_text(_ENTRYPOINT, encoding="utf-8")
        (folder / "entrypoint").chmod(0o755)
        rest = {"python": _PYTHON, "node": _NODE, "postgres": _POSTGRES}[kind]
        (folder / "Dockerfile").write_text(f"FROM {_BASE}\n{rest}", encoding="utf-8")
        self.run("buildah", "bud", "-q", "-t", f"docker.io/library/{name}", str(folder), timeout_s=900)

    def _debian(self) -> None:
        if self.succeeds("image", "exists", _BASE):
            return
        root = _PLACE / "debian"
        shutil.rmtree(root, ignore_errors=True)
        configured = [path for kind in ("*.list", "*.sources") for path in Path("/etc/apt").rglob(kind)]
        lists = "\n".join(path.read_text(encoding="utf-8") for path in configured)
        mirror = re.search(r"https?://\S+/debian/?(?=\s)", lists)
        assert mirror, "no mirror of Debian is configured"
        packages = "--include=ca-certificates"
        self.run("debootstrap", "--variant=minbase", packages, "bookworm", str(root), mirror[0], timeout_s=900)
        # A machine behind a company's proxy trusts certificates of its own; so must what is built on it.
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/ca-certificates.crt")
        # As in the official images: what apt fetched does not stay.
        (root / "etc/apt/apt.conf.d/docker-clean").write_text(
            'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };\n'
            'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
        )
        self.run("find", f"{root}/var/cache/apt", f"{root}/var/lib/apt/lists", "-type", "f", "-delete")
        archive = _PLACE / "debian.tar"
        self.run("tar", "-C", str(root), "-cf", str(archive), ".")
        self("import", str(archive), _BASE)
        shutil.rmtree(root)
        archive.unlink()


def database_image() -> str:
    """Return the image that compose.yaml names for the database."""
    return str(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["postgres"]["image"])
