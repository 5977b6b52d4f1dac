"""What deploys the house is tried as far as a machine without containers admits: its files, and its very commands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from deploy.edge import find_nginx
from scenario.people import Person, sign_in_citizen
from tests.support.server import ROOT, ScratchDatabase, Server, free_port, is_ready, postgres_url, wait_until
from tests.support.worker import ExtraWorker

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
MANIFESTS = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/ronghui.yaml").read_text(encoding="utf-8")))
SETTINGS = set(re.findall(r"^\| .*", (ROOT / "deploy/README.md").read_text(encoding="utf-8"), re.MULTILINE))
KNOWN = {name for line in SETTINGS for name in re.findall(r"`([A-Z0-9_]{2,})`", line.split("|")[1])}
# Of the images, not ours.
THEIRS = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for each in MANIFESTS:
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        for container in spec.get("template", {}).get("spec", {}).get("containers", []):
            yield f"{each['kind']}/{each['metadata']['name']}", container


def test_every_setting_that_is_set_is_one_that_is_explained() -> None:
    named = {line.partition("=")[0] for line in _lines(ROOT / "deploy/ronghui.env")}
    for service in COMPOSE["services"].values():
        named |= service.get("environment", {}).keys()
    for each in MANIFESTS:
        if each["kind"] in {"Secret", "ConfigMap"}:
            named |= (each.get("stringData") or each["data"]).keys()
    for _, container in containers():
        named |= {entry["name"] for entry in container.get("env", [])}
    assert named - THEIRS <= KNOWN, named - THEIRS - KNOWN
    assert {"SECRET_KEY", "DATABASE_URL", "EDGE_WEB", "METRICS_FROM"} <= named


def test_containers_run_as_nobody_in_particular_and_write_only_where_they_must() -> None:
    for name, service in COMPOSE["services"].items():
        if name != "postgres":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
    for name, container in containers():
        locked = container["securityContext"]
        assert locked["readOnlyRootFilesystem"] is True, name
        assert locked["allowPrivilegeEscalation"] is False, name
    ours = {name: one for name, one in containers() if name.startswith("Deployment")}
    assert ours.keys() == {"Deployment/web", "Deployment/worker", "Deployment/edge"}
    assert all("livenessProbe" in one for name, one in ours.items() if name != "Deployment/worker")
    assert "USER ronghui" in (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_fenced_in(unit: Path) -> None:
    lines = _lines(unit)
    assert {"User=ronghui", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"} <= set(lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in (ROOT / "deploy/systemd").iterdir():
        # Where the programs lie is the installation's; whether they can be run is tried below.
        words = re.sub(r"/opt/ronghui/\.venv/bin/\S+", "/bin/true", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(words, encoding="utf-8")
    env = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert [line for line in run.stderr.splitlines() if str(tmp_path) in line] == []


def _lines(path: Path) -> list[str]:
    found = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in found if line and not line.startswith("#")]


# ── installed, and run by the commands of the units ──


class Installed:
    """What `deploy/install.sh --root` put somewhere, and its services, run as systemd would run them."""

    def __init__(self, root: Path, database_url: str) -> None:
        self.root = root
        self.port, self.web_port = free_port(), free_port()
        for folder in (root / "run/ronghui/metrics", root / "var/lib/ronghui/data"):
            folder.mkdir(parents=True, exist_ok=True)
        self.settings = dict(line.split("=", 1) for line in _lines(root / "etc/ronghui/ronghui.env")) | {
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "WEB_PORT": str(self.web_port),
            "EDGE_HOST": "127.0.0.1",
            "SMS_URL": "http://127.0.0.1:9/send",
            "DATABASE_POOL": "2",
            # A first look, so that somebody can sign in.
            "DEMO": "1",
        }

    def line(self, unit: str, name: str) -> list[str]:
        """Return a command of a unit, as systemd would split it, with everything below our folder."""
        (found,) = (line.partition("=")[2] for line in self._unit(unit) if line.startswith(f"{name}="))
        found = found.replace("%%", "%")
        for word in ("/opt/ronghui", "/var/lib/ronghui"):
            found = found.replace(word, f"{self.root}{word}")
        return [re.sub(r"\$\{(\w+)\}", lambda of: self.settings[of[1]], word) for word in shlex.split(found)]

    def run(self, unit: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a service."""
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | {
            name: value.replace("/var/lib/ronghui", f"{self.root}/var/lib/ronghui").replace(
                "/run/ronghui", f"{self.root}/run/ronghui"
            )
            for name, value in self.settings.items()
        }
        with log.open("ab") as out:
            return subprocess.Popen(
                self.line(unit, "ExecStart"), cwd=f"{self.root}/opt/ronghui", env=env, stdout=out, stderr=out
            )

    def _unit(self, unit: str) -> list[str]:
        return _lines(self.root / f"etc/systemd/system/ronghui-{unit}.service")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install into a folder. What a machine's first installation fetches from the network is there already."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a checkout")
    root = tmp_path_factory.mktemp("root")
    program = root / "opt/ronghui"
    (program / "web/static").mkdir(parents=True)
    (program / ".venv").mkdir()
    for entry in (ROOT / ".venv").iterdir():
        (program / ".venv" / entry.name).symlink_to(entry)
    for built in ("app", "desk"):
        shutil.copytree(ROOT / "web/static" / built, program / "web/static" / built)
    for stamp in (".venv/.runtime", "web/static/app/.built"):
        (program / stamp).unlink(missing_ok=True)
        (program / stamp).touch()
        # Newer than whatever is committed.
        os.utime(program / stamp, (2**32, 2**32))
    for _ in range(2):
        # The second time is an upgrade.
        run = subprocess.run(
            [str(ROOT / "deploy/install.sh"), "--root", str(root)], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        (program / "left-by-hand").touch()
        (program / "old.py").touch()
        with (program / ".files").open("a") as files:
            files.write("old.py\n")
    return root


def test_an_installation_keeps_settings_and_data_and_drops_what_a_release_no_longer_has(installed: Path) -> None:
    env = installed / "etc/ronghui/ronghui.env"
    before = env.read_text(encoding="utf-8")
    assert len(dict(line.split("=", 1) for line in _lines(env))["SECRET_KEY"]) >= 32
    assert env.stat().st_mode & 0o077 == 0
    run = subprocess.run([str(ROOT / "deploy/install.sh"), "--root", str(installed)], capture_output=True, check=False)
    assert run.returncode == 0
    assert env.read_text(encoding="utf-8") == before
    program = installed / "opt/ronghui"
    assert not (program / "old.py").exists()
    assert (program / "left-by-hand").exists()


@pytest.mark.skipif(not postgres_url(), reason="needs PostgreSQL")
def test_the_services_of_an_installation_serve_a_citizen_reload_and_stop(installed: Path, tmp_path: Path) -> None:
    try:
        find_nginx(os.environ)
    except SystemExit:
        pytest.skip("needs nginx")
    log = tmp_path / "log"
    with ExitStack() as stack:
        database = ScratchDatabase(postgres_url() or "")
        stack.callback(database.drop)
        house = Installed(installed, database.url)
        assert house.run("prepare", log).wait(600) == 0, log.read_text(errors="replace")
        parts = {name: house.run(name, log) for name in ("web", "worker", "edge")}
        for part in parts.values():
            stack.callback(part.wait)
            stack.callback(part.kill)
        url = f"http://127.0.0.1:{house.port}"

        wait_until(lambda: is_ready(url), 60)
        assert requests.get(url, timeout=10).headers["Content-Type"].startswith("text/html")
        citizen = sign_in_citizen(url)
        form = {"service": "manhole", "title": "井盖", "text": "路口的井盖不见了"}
        case = citizen.does("POST", "/requests", form)
        web = parts["web"]
        (word, *_, pid) = house.line("web", "ExecReload")
        assert (Path(word).name, pid) == ("kill", "$MAINPID")
        web.send_signal(signal.SIGHUP)
        assert Person(url, citizen.tokens).does("GET", f"/requests/{case['id']}")["code"] == case["code"]
        backup = house.run("backup", log)
        assert backup.wait(240) == 0, log.read_text(errors="replace")
        (file,) = (installed / "var/lib/ronghui/backups").glob("*.tar")
        assert file.stat().st_size > 100_000
        for name, number in (("worker", signal.SIGTERM), ("web", signal.SIGTERM), ("edge", signal.SIGQUIT)):
            parts[name].send_signal(number)
            assert parts[name].wait(120) == 0, name


def test_a_worker_tells_its_own_figures_where_it_is_asked_to(make_server: Callable[..., Server]) -> None:
    port = free_port()
    server = make_server(start=False, METRICS_PORT=str(port))
    worker = ExtraWorker(server)
    worker.start()

    def told() -> bool:
        try:
            return "job_seconds_bucket" in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=2).text
        except requests.RequestException:
            return False

    try:
        wait_until(told, 30)
    finally:
        worker.kill()
