"""The house of deploy/compose.yaml serves, loses a container without losing a word, and brings its backup back."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from scenario.people import Person, sign_in_citizen, sign_in_staff
from scenario.phone import Phone
from tests.containers.podman import Podman
from tests.media_files import photo
from tests.support.server import ROOT, free_port, is_ready, wait_until

SOURCE = ROOT / "var/containers/source"
# In the order of their `depends_on`; podman-compose cannot wait for health where no systemd runs the checks.
ORDER = ("postgres", "prepare", "web-a", "web-b", "worker", "edge")
CHECKED = {"postgres", "web-a", "web-b"}


class House:
    """The composed containers."""

    def __init__(self, podman: Podman) -> None:
        self.podman = podman
        self.url = ""
        self._env = {"POSTGRES_PASSWORD": secrets.token_hex(8), "PORT": str(free_port())}
        settings = (SOURCE / "deploy/ronghui.env").read_text(encoding="utf-8")
        # A first look, so that somebody can sign in.
        settings = settings.replace("@SECRET_KEY@", secrets.token_hex(24)) + "\nDEMO=1\n"
        (SOURCE / "deploy/compose.env").write_text(settings, encoding="utf-8")

    def start(self, service: str) -> None:
        """Start a service and wait until it is what others wait for."""
        self.compose("up", "-d", "--no-deps", service)
        if service == "prepare":
            assert self.podman("wait", "deploy_prepare_1", timeout_s=300) == "0", self.podman.logs("deploy_prepare_1")
        elif service in CHECKED:
            wait_until(lambda: self.podman.succeeds("healthcheck", "run", f"deploy_{service}_1"), 90, pause=1)

    def go_up(self) -> None:
        """Start all services."""
        for service in ORDER:
            self.start(service)
        self.url = f"http://127.0.0.1:{self._env['PORT']}"
        wait_until(lambda: is_ready(self.url), 60, pause=0.5)

    def compose(self, *words: str) -> str:
        """Run podman-compose."""
        tool = str(ROOT / "var/containers/tools/bin/podman-compose")
        return self.podman.run(tool, "-f", str(SOURCE / "deploy/compose.yaml"), *words, **self._env)

    def within(self, service: str, *words: str, check: bool = True) -> str:
        """Run a command in a service's container."""
        return self.podman("exec", f"deploy_{service}_1", *words, check=check)


@pytest.fixture(scope="module")
def house(podman: Podman) -> Iterator[House]:
    house = House(podman)
    house.compose("down", "-v")
    try:
        house.go_up()
        yield house
    finally:
        house.compose("down", "-v")


def file_request(citizen: Person, title: str = "井盖") -> Any:
    picture = citizen.does("POST", "/media", files={"file": ("hole.jpg", photo(), "image/jpeg")})
    form = {"service": "manhole", "title": title, "text": "路口的井盖不见了", "media": [picture["id"]]}
    return citizen.does("POST", "/requests", form)


def test_it_serves_pages_pictures_and_phones(house: House) -> None:
    page = requests.get(house.url, timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    script = re.search(r'src="(/static/app/assets/[^"]+\.js)"', page.text)
    assert script
    assert requests.get(house.url + script[1], timeout=10).ok
    assert requests.get(f"{house.url}/desk", timeout=10).ok
    citizen = sign_in_citizen(house.url)
    phone = Phone(citizen)
    phone.go_online()
    case = file_request(citizen)
    assert wait_until(lambda: phone.items.get(f"user:{citizen.id}", {}).get(("request", case["id"])), 20)
    (picture,) = citizen.does("GET", f"/requests/{case['id']}")["media"]
    own = {"Authorization": f"Bearer {citizen.token}"}
    assert requests.get(house.url + picture["url"], headers=own, timeout=10).headers["Content-Type"] == "image/jpeg"
    assert requests.get(house.url + picture["url"], timeout=10).status_code in {401, 404}
    phone.go_offline()


def test_its_processes_are_nobody_and_write_nowhere_but_where_they_must(house: House) -> None:
    for service in ("web-a", "worker", "edge"):
        assert house.within(service, "id", "-u") == "10001"
        status = house.within(service, "cat", "/proc/1/status")
        assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
        assert "NoNewPrivs:\t1" in status
        for place in ("/app/x", "/venv/x", "/etc/x"):
            assert not house.podman.succeeds("exec", f"deploy_{service}_1", "touch", place), place
    tools = house.within("web-a", "sh", "-c", "command -v gcc make git node npm pip curl wget; true")
    assert tools == ""
    inside = house.within("web-a", "ls", "-a", "/app").split()
    assert not {"tests", ".git", "var", ".venv"} & set(inside)


def test_the_doctor_finds_nothing_that_an_image_lacks(house: House) -> None:
    for service, words in (("web-a", ()), ("worker", ("✓ 程序 programs　ffmpeg", "印报 press"))):
        found = house.within(service, "flask", "--app", "wsgi", "doctor", check=False)
        for line in ("✓ 软件包", "✓ 数据库", "✓ 密钥", "pg_dump", *words):
            assert line in found, found
        wrong = [line for line in found.splitlines() if line.startswith("✗") and "vendors" not in line]
        assert wrong == []


def test_prometheus_reads_each_from_inside_and_nobody_from_outside(house: House) -> None:
    read = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"
    for address in ("172.30.0.11:8000", "172.30.0.12:8000", "worker:9100"):
        assert "sync_seq" in house.within("edge", "python", "-c", read, f"http://{address}/metrics")
    assert requests.get(f"{house.url}/metrics", timeout=10).status_code == 404


class Asker(threading.Thread):
    """A citizen who files one request after the other and reads in between, until told to stop."""

    def __init__(self, citizen: Person, stop: threading.Event) -> None:
        super().__init__()
        self.citizen = citizen
        self.filed: list[str] = []
        self.refused: list[str] = []
        self._stop_asking = stop

    def run(self) -> None:
        while not self._stop_asking.is_set():
            self._file(secrets.token_hex(8))
            if not (answer := self.citizen.get("/feed")).ok:
                self.refused.append(f"feed {answer.status_code} {answer.text}")

    def _file(self, key: str) -> None:
        form = {"service": "manhole", "title": f"井盖 {key}", "text": "路口的井盖不见了"}
        for _ in range(3):
            # An answer may be lost with the process. The phone asks again under the same key, as the app does.
            with suppress(requests.ConnectionError):
                answer = self.citizen.post("/requests", form, headers={"Idempotency-Key": key})
                if answer.ok:
                    self.filed.append(answer.json()["id"])
                if answer.ok or answer.status_code == 429:
                    return
        self.refused.append(key)


def test_a_web_container_dies_and_comes_back_and_nobody_is_refused(house: House) -> None:
    stop = threading.Event()
    askers = [Asker(sign_in_citizen(house.url), stop) for _ in range(2)]
    for asker in askers:
        asker.start()

    try:
        for _ in range(2):
            house.podman("kill", "--signal", "KILL", "deploy_web-a_1")
            house.podman("wait", "deploy_web-a_1")
            assert requests.get(f"{house.url}/readyz", timeout=10).ok
            house.podman("start", "deploy_web-a_1")
            wait_until(lambda: house.podman.succeeds("healthcheck", "run", "deploy_web-a_1"), 60, pause=1)
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    for asker in askers:
        assert asker.refused == [], house.podman.logs("deploy_edge_1")[-3000:]
        assert asker.filed
        assert len(set(asker.filed)) == len(asker.filed)
        held = {case["id"] for case in asker.citizen.does("GET", "/requests?limit=100")["items"]}
        assert held == set(asker.filed[-100:])


def test_the_database_container_is_restarted_and_what_was_acknowledged_is_there(house: House) -> None:
    citizen = sign_in_citizen(house.url)
    case = file_request(citizen, "路灯")
    house.podman("kill", "--signal", "KILL", "deploy_postgres_1")
    house.podman("start", "deploy_postgres_1")
    wait_until(lambda: is_ready(house.url), 60, pause=0.5)
    assert citizen.does("GET", f"/requests/{case['id']}")["title"] == "路灯"


def test_a_backup_of_the_containers_comes_back_into_an_empty_place(house: House, tmp_path: Path) -> None:
    editor = sign_in_staff(house.url, "editor")
    before = editor.does("GET", "/feed")["items"]
    flask = ("flask", "--app", "wsgi")
    house.within("web-a", *flask, "backup", "/data/house.tar", "--keys", "/data/keys.tar")
    assert "log" in house.within("web-a", *flask, "check-backup", "/data/house.tar")
    (kept := tmp_path / "kept").mkdir()
    house.podman("cp", "deploy_web-a_1:/data/house.tar", str(kept))
    house.podman("cp", "deploy_web-a_1:/data/keys.tar", str(kept))
    house.compose("down", "-v")
    for path in (tmp_path, kept, *kept.iterdir()):
        path.chmod(0o755)
    house.start("postgres")
    restore = ("restore", "/kept/house.tar", "--keys", "/kept/keys.tar")
    house.compose("run", "--rm", "-T", "--no-deps", "-v", f"{kept}:/kept:ro", "prepare", *flask, *restore)
    house.go_up()
    assert Person(house.url, editor.tokens).does("GET", "/feed")["items"] == before


def test_it_goes_down_in_peace(house: House) -> None:
    # A worker that is still on its way up would end by the signal itself.
    wait_until(lambda: "jobs.ended" in house.podman.logs("deploy_worker_1"), 60, pause=1)
    for service in ("edge", "worker", "web-a", "web-b"):
        house.podman("stop", "-t", "45", f"deploy_{service}_1")
        code = house.podman("inspect", f"deploy_{service}_1", "--format", "{{.State.ExitCode}}")
        assert code == "0", f"{service}\n{house.podman.logs(f'deploy_{service}_1')[-3000:]}"
