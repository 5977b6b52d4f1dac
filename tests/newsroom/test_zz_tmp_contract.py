import os, subprocess, sys
from tests.support.server import ROOT
from tests.contract.test_openapi import CONFIG
def test_it(make_server):
    s = make_server(SMS_PER_ADDRESS="100000")
    for paths in ("/api/v1/kitchen/(packages|renditions)",):
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{s.url}/api/v1/openapi.json", "--checks", "all", "--include-path-regex", paths, "--max-examples", "60"]
        env = os.environ | {"CONTRACT_URL": s.url, "CONTRACT_WHO": "editor", "PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=560)
        print(run.stdout[-6000:], run.stderr[-3000:])
        assert run.returncode == 0
    assert not s.unexpected()
