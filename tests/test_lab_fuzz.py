"""The REST interface against its own OpenAPI document, by schemathesis: what it forbids is refused, nothing breaks."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_sample import SMALL
from ravine.lab import Server, Sessions
from ravine.lab.client import Client
from ravine.lab.openapi import document

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(Sessions(), port=0, warm=False)
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("phases", "examples"), [("fuzzing", 6), pytest.param("coverage,fuzzing", 100, marks=pytest.mark.slow)]
)
def test_the_interface_keeps_to_its_document(server: Server, tmp_path: Path, phases: str, examples: int) -> None:
    run = Client(server.url).call("POST", "runs", {"configuration": SMALL})["id"]
    told = copy.deepcopy(document())
    for methods in told["paths"].values():
        # Deleting would end the run that all the others are asked about, whose name a fuzzer would hardly guess.
        methods.pop("delete", None)
        for parameter in (each for operation in methods.values() for each in operation["parameters"]):
            if parameter["name"] == "id":
                parameter["schema"]["enum"] = [run]
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(told))
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(described), "--url", server.origin]
    command += ["--header", f"Authorization: Bearer {server.token}", "--checks", ",".join(CHECKS), "--phases", phases]
    command += ["--max-examples", str(examples), "--request-timeout", "600", "--seed", "1", "--no-color"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    # The phase of coverage asks for names that do not fit as well.
    assert "404 Not Found" not in done.stdout or "coverage" in phases, "the run was found"
    # Many runs have been begun, and the oldest ended for them.
    assert server.lab.runs
    assert [each.trainer.error for each in server.lab.runs.values() if each.trainer.error] == []
