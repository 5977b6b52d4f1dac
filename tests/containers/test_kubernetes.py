"""The manifests are of Kubernetes' own schema, and their pods serve; the cluster around them is not tried."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from scenario.people import sign_in_citizen
from tests.containers.podman import Podman, database_image
from tests.support.server import ROOT, free_port, is_ready, wait_until

MANIFEST = ROOT / "deploy/kubernetes/ronghui.yaml"
NETWORK = "kube"


def test_the_manifests_are_valid_word_by_word(podman: Podman) -> None:
    tool = str(ROOT / "var/containers/tools/bin/kubernetes-validate")
    podman.run(tool, "--strict", "--quiet", str(MANIFEST))


class Pods:
    """The pods of the manifests, one of each kind, on a network where they find each other by name."""

    def __init__(self, podman: Podman, folder: Path) -> None:
        self.podman, self.folder = podman, folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = secrets.token_hex(8)
        self._things: list[dict[str, Any]] = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))

    def prepare(self) -> None:
        """Make what a cluster would have: a network, a database, the secret."""
        self.podman("network", "create", NETWORK)
        settings = [
            "POSTGRES_USER=ronghui",
            f"POSTGRES_PASSWORD={self.password}",
            "POSTGRES_INITDB_ARGS=--encoding=UTF8 --locale=C.UTF-8",
        ]
        env = [word for setting in settings for word in ("-e", setting)]
        self.podman("run", "-d", "--name", "kube-postgres", "--network", NETWORK, *env, database_image(), "postgres")
        wait_until(lambda: self.podman.succeeds("exec", "kube-postgres", "pg_isready", "-U", "ronghui"), 60, pause=0.5)
        (secret,) = (thing for thing in self._things if thing["kind"] == "Secret")
        values = secret["stringData"] | {
            "SECRET_KEY": secrets.token_hex(24),
            "DATABASE_URL": f"postgresql://ronghui:{self.password}@kube-postgres/ronghui",
            "DEMO": "1",
        }
        path = self.folder / "secret.json"
        path.write_text(json.dumps({name: base64.b64encode(value.encode()).decode() for name, value in values.items()}))
        self.podman("secret", "create", secret["metadata"]["name"], str(path))

    def play(self, name: str) -> None:
        """Run the pod of a Job or a Deployment, without what only a cluster can do."""
        (owner,) = (
            thing
            for thing in self._things
            if thing["kind"] in {"Job", "Deployment"} and thing["metadata"]["name"] == name
        )
        template = owner["spec"]["template"]
        (container,) = template["spec"]["containers"]
        # podman would probe with a curl inside the image; the test asks from outside.
        for word in ("startupProbe", "livenessProbe", "readinessProbe", "ports"):
            container.pop(word, None)
        if name == "edge":
            container["ports"] = [{"containerPort": 8000, "hostPort": self.port}]
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}
        wanted = {"ConfigMap", "PersistentVolumeClaim"} if name == "prepare" else {"ConfigMap"}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump_all([*(thing for thing in self._things if thing["kind"] in wanted), pod]))
        self.podman("play", "kube", "--network", NETWORK, str(path))

    def remove(self) -> None:
        """Take all of it away."""
        for name in ("edge", "worker", "web", "prepare"):
            self.podman("pod", "rm", "-f", name, check=False)
        self.podman("rm", "-f", "kube-postgres", check=False)
        self.podman("volume", "rm", "data", check=False)
        self.podman("secret", "rm", "ronghui", check=False)
        self.podman("network", "rm", "-f", NETWORK, check=False)


@pytest.fixture
def pods(podman: Podman, tmp_path: Path) -> Iterator[Pods]:
    pods = Pods(podman, tmp_path)
    pods.remove()
    try:
        pods.prepare()
        yield pods
    finally:
        pods.remove()


def test_the_pods_serve_a_citizen_and_stop(pods: Pods) -> None:
    pods.play("prepare")
    assert pods.podman("wait", "prepare-prepare", timeout_s=300) == "0", pods.podman.logs("prepare-prepare")
    for name in ("web", "worker", "edge"):
        pods.play(name)

    wait_until(lambda: is_ready(pods.url), 90, pause=0.5)
    assert requests.get(pods.url, timeout=10).headers["Content-Type"].startswith("text/html")
    form = {"service": "manhole", "title": "井盖", "text": "路口的井盖不见了"}
    assert sign_in_citizen(pods.url).does("POST", "/requests", form)["code"]
    assert pods.podman("exec", "web-web", "id", "-u") == "10001"
    assert not pods.podman.succeeds("exec", "web-web", "touch", "/app/x")
    for name in ("web", "worker"):
        pods.podman("pod", "stop", "-t", "60", name)
        assert pods.podman("inspect", f"{name}-{name}", "--format", "{{.State.ExitCode}}") == "0", name
