"""Tables that are brought: what is too large is refused before it is read, in little memory, in the page's words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from lab_sample import SMALL, small
from ravine.core import RavineError
from ravine.lab import LIMITS, Server, Sessions, configuration
from ravine.lab.client import Client
from ravine.lab.models import model_at
from ravine.lab.openapi import PREFIX
from ravine.lab.uploads import LINE, read_upload
from waiting import PATIENCE

MEASURED = """
import json, sys
from ravine.core import RavineError
from ravine.lab.uploads import read_upload

def peak(word):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(word)) / 1024

def wide(rows, columns, kinds):
    lines = (",".join(chr(97 + (row * 7 + place) % kinds) for place in range(columns)) for row in range(rows))
    return ",".join(f"c{place}" for place in range(columns)) + ",y\\\\n" + "".join(f"{line},1\\\\n" for line in lines)

attacks = {
    "empty columns": lambda: "y" + "," * 3_000_000 + "\\\\n" + "," * 100,
    "a wide row below": lambda: "a,y\\\\n1,2\\\\n" + "," * 3_000_000,
    "blanks": lambda: "a " * 1_500_000 + "\\\\n1 2\\\\n",
    "one long text": lambda: '"' + "," * 3_000_000 + '"\\\\n1\\\\n',
    "one-hot": lambda: wide(20_000, 110, 24),
    "one-hot, few enough inputs": lambda: wide(20_000, 20, 24),
    "the largest that is taken": lambda: wide(16_000, 10, 24),
}
read_upload("0", "small.csv", "a,b,y\\\\nu,1,2\\\\nv,2,3\\\\n", "y")
found = {}
for name, made in attacks.items():
    text = made()
    open("/proc/self/clear_refs", "w").write("5")
    before = peak("VmRSS")
    try:
        said = f"taken: {len(read_upload('1', 't.csv', text, 'y'))}"
    except RavineError as error:
        said = str(error)
    found[name] = [said, peak("VmHWM") - before]
print(json.dumps(found))
""".replace("\\\\n", "\\n")


@pytest.fixture(scope="module")
def attacked() -> dict[str, tuple[str, float]]:
    """What a process of its own said to each table, and by how many MB it grew meanwhile at most."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("no /proc on this system")
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[str, float]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("empty columns", "t.csv: at least 65536 columns, at most 500: leave columns out"),
        ("a wide row below", "t.csv: at least 65537 columns, at most 500: leave columns out"),
        ("blanks", f"t.csv: line 1 has more than {LINE} characters: give each row a line of its own"),
        ("one long text", f"t.csv: line 1 has more than {LINE} characters: give each row a line of its own"),
        ("one-hot", "t.csv: the texts make 2640 inputs, at most 500: leave columns out"),
        (
            "one-hot, few enough inputs",
            "t.csv: 20000 rows of 480 inputs make 9600000 numbers, at most 4000000: leave columns out, or take fewer "
            "rows",
        ),
        ("the largest that is taken", "taken: 16000"),
    ],
)
def test_what_is_too_large_is_refused_in_little_memory(
    attacked: dict[str, tuple[str, float]], attack: str, said: str
) -> None:
    """A table of 5 MB is kept twice as texts while it is read, and its numbers at most ten times in float64."""
    sentence, grown = attacked[attack]
    assert sentence == said
    assert grown < (10 * LIMITS.cells * 8 + 20 * LIMITS.upload) / 2**20


@pytest.mark.slow
def test_a_table_as_wide_as_allowed_is_read() -> None:
    """By each separator, and with decimal commas beside semicolons, of which there are as many as of columns."""
    names = [f"c{place}" for place in range(LIMITS.columns)]
    for sign in (",", ";", "\t", "|"):
        rows = [sign.join(names), *(sign.join(str(row + place) for place in range(len(names))) for row in range(3))]
        assert read_upload("1", "t.csv", "\n".join(rows), "c0").columns == tuple(names)
    rows = [";".join(f"{row},{place}" for place in range(len(names))) for row in range(1, 4)]
    made = read_upload("1", "t.csv", "\n".join([";".join(names), *rows]), "c0")
    assert made.y.ravel().tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(RavineError, match="at least 501 columns"):
        read_upload("1", "t.csv", "\n".join(each + ";1,5" for each in [";".join(names), *rows]), "c0")


def test_commas_in_quotes_are_no_columns() -> None:
    text = ", ".join(["word"] * 600)
    rows = [f'"{text}",1', f'"{text}",2', '"b",1', '"b",2']
    assert read_upload("1", "t.csv", "\n".join(["a,y", *rows]), "y").columns == ("a", "y")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(Sessions(default=small()), port=0, warm=False)
    made.start()
    yield made
    made.close()


def bring(server: Server, csv: str, target: str = "y", language: str = "en") -> requests.Response:
    headers = {**Client(server.url).headers, "accept-language": language}
    body = {"name": "tabela.csv", "csv": csv, "target": target}
    return requests.post(f"{server.origin}{PREFIX}/datasets", json=body, headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("y" + "," * 1000 + "\n", "tabela.csv: kolumn jest co najmniej 1001, a może być najwyżej 500: pomiń niektóre"),
        ("", "tabela.csv: nie da się odczytać (nie ma wierszy): podaj tabelę"),
        ("a,y\n", "tabela.csv: nie da się odczytać (pod nazwami nie ma wierszy): podaj tabelę"),
        ("a,z\n1,2\n3,4\n", "tabela: nie ma kolumny 'y': są: a, z"),
        ("a,y\n" + "1,2\n" * 20_001, "tabela.csv: wierszy jest 20001, a może być najwyżej 20000: pomiń niektóre"),
        ("a,y\n" + "".join(f"1,k{k}\n" * 2 for k in range(30)),
         "tabela.csv: 'y': klas jest 30, a może być najwyżej 20: wybierz inny cel"),
    ],
)  # fmt: skip
def test_refusals_are_said_in_the_language_of_the_page(server: Server, csv: str, said: str) -> None:
    answer = bring(server, csv, language="pl")
    assert (answer.status_code, answer.json()["error"]) == (400, said)
    assert bring(server, csv).json()["error"] != said


def test_a_table_of_semicolons_and_decimal_commas(server: Server) -> None:
    """Blanks after separators, a mark at the beginning: names are kept, all rows are used, answers are in the target's
    units."""
    rng = np.random.default_rng(0)
    area, rooms = rng.uniform(20, 120, 200), rng.integers(1, 5, 200)
    price = 5 * area + 40 * rooms + 100
    rows = [f"{a:.3f}; {r}; {p:.3f}".replace(".", ",") for a, r, p in zip(area, rooms, price, strict=True)]
    told = bring(server, "\ufeffpowierzchnia; pokoje; cena\n" + "\n".join(rows), "cena").json()
    assert (told["columns"], told["rows"], told["task"]) == (["powierzchnia", "pokoje", "cena"], 200, "regression")
    client = Client(server.url, seconds=PATIENCE)
    changed: dict[str, Any] = {
        **SMALL, "data": {"name": f"upload:{told['id']}", "test": 0.25},
        "lanes": [{"rule": "adam", "rate": 0.02}],
    }  # fmt: skip
    made = client.call("POST", "runs", {"configuration": changed})
    assert made["facts"]["n"] == {"train": 150, "test": 50}
    assert [each["name"] for each in made["facts"]["columns"]] == ["powierzchnia", "pokoje"]
    client.call("POST", f"runs/{made['id']}/control", {"action": "step", "steps": 1500})
    row = {"powierzchnia": 70.0, "pokoje": 2}
    (answer,) = client.call("POST", f"runs/{made['id']}/predict", {"row": row})["outputs"]
    # The price by its own formula; three tanh units bend a plane of this spread by a few per cent.
    assert answer == pytest.approx(5 * 70 + 40 * 2 + 100, rel=0.1)


@pytest.mark.parametrize("loss", ["auto", "huber"])
def test_the_fit_is_told_in_the_targets_units(loss: str) -> None:
    """RMSE and R² against scikit-learn's, of what the exported model answers to the rows of the table themselves."""
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    area = rng.uniform(20, 120, 120)
    price = 5_000 * area + rng.normal(0, 20_000, 120) + 1e6
    upload = read_upload("t", "t.csv", "area,price\n" + "".join(f"{a!r},{p!r}\n" for a, p in zip(
        area.tolist(), price.tolist(), strict=True)), "price")  # fmt: skip
    lab = Sessions()
    lab.uploads["t"] = upload
    asked = {"data": {"name": "upload:t", "test": 0.25}, "network": {"layers": [{"units": 4}], "loss": loss}}
    lanes = [{"rule": "adam", "rate": 0.02}, {"rule": "sgd", "on": False}]
    run = lab.create_run(configuration({**asked, "lanes": lanes}))
    run.trainer.send("step", steps=200).result()
    first, second = run.status()["lanes"]
    assert second["test_rmse"] is None
    model, setup = model_at(run.trainer.picture), run.setup
    for part, split in setup.dataset.parts.items():
        # The rows as they stand in the table, found again by their standardised areas.
        rows = [int(np.argmin(np.abs(setup.scaler.apply(area[:, None]).ravel() - x))) for x in split.x.ravel()]
        answers = model.predict({"area": area[rows]})
        # Answers are float32 of numbers near 1.3 million, which has a step of an eighth.
        assert first[f"{part}_rmse"] == pytest.approx(
            metrics.root_mean_squared_error(price[rows], np.ravel(answers)), abs=1.0
        )
        assert first[f"{part}_r2"] == pytest.approx(metrics.r2_score(price[rows], np.ravel(answers)), abs=1e-4)
    assert run.details()["lanes"][0]["test_rmse"] == first["test_rmse"]
    lab.close()
