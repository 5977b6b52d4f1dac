"""What the house is made of, as a bill of materials (CycloneDX 1.6, JSON): `make sbom`.

It names every package that runs, on servers and in browsers, with its exact version, its licence, and the hashes by
which it is installed. Scanners for known weaknesses read it.
"""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from deploy.licences import APP_LOCK, LOCK, in_browsers, licence_of, packages

_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)
_NPM_HASHES = {"sha512": HashAlgorithm.SHA_512, "sha1": HashAlgorithm.SHA_1}


def make() -> Bom:
    """Return the bill."""
    bom = Bom(components=[*_on_servers(), *_in_browsers()])
    bom.metadata.component = Component(
        name="ronghui", type=ComponentType.APPLICATION, licenses=[_licence("MIT")], bom_ref="ronghui"
    )
    bom.register_dependency(bom.metadata.component, bom.components)
    return bom


def _on_servers() -> Iterator[Component]:
    licences = {_normal(package.metadata["Name"]): licence_of(package) for package in packages()}
    for name, version, hashes in _LOCKED.findall(LOCK.read_text(encoding="utf-8")):
        yield Component(
            name=name,
            version=version,
            purl=PackageURL("pypi", name=_normal(name), version=version),
            licenses=[_licence(licences[_normal(name)])],
            # One for each file that may be installed, by platform.
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in re.findall("[0-9a-f]{64}", hashes)],
            bom_ref=f"pypi:{name}",
        )


def _in_browsers() -> Iterator[Component]:
    locked = json.loads(APP_LOCK.read_text(encoding="utf-8"))["packages"]
    for name, version, licence in in_browsers():
        group, _, bare = name.rpartition("/")
        algorithm, _, digest = locked[f"node_modules/{name}"]["integrity"].partition("-")
        yield Component(
            name=bare,
            group=group or None,
            version=version,
            purl=PackageURL("npm", namespace=group or None, name=bare, version=version),
            licenses=[_licence(licence)],
            hashes=[HashType(alg=_NPM_HASHES[algorithm], content=b64decode(digest).hex())],
            bom_ref=f"npm:{name}",
        )


def _licence(words: str) -> License:
    return LicenseFactory().make_from_string(words)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Print the bill."""
    sys.stdout.write(JsonV1Dot6(make()).output_as_string(indent=1) + "\n")


if __name__ == "__main__":
    main()
