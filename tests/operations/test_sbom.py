"""The bill of materials names all that runs, and is what the standard takes."""

from __future__ import annotations

import json
import re

from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom
from deploy.licences import LOCK, in_browsers


def test_all_that_runs_is_on_it_with_licence_and_hashes() -> None:
    written = JsonV1Dot6(sbom.make()).output_as_string()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None
    told = json.loads(written)["components"]
    servers = {each["name"] for each in told if each["purl"].startswith("pkg:pypi/")}
    assert servers == set(re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    browsers = {each["purl"].partition("?")[0] for each in told if each["purl"].startswith("pkg:npm/")}
    assert len(browsers) == len(in_browsers()) > 10
    assert all(each["hashes"] and each["licenses"] and each["version"] for each in told)
