"""Files and links of an old version (commit bb25cf5, in tests/old_files/) still open.

A change that breaks one of them breaks what visitors have saved: do not write these files again.
"""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import torch
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

import vae_core
from tests.app.app_test_page import link_of, opened
from tests.app.asgi import get
from tests.app.runs import change_json
from ui.runs import catalogue
from ui.server.routes import ROUTES
from vae_core import data
from vae_core.cli.main import main
from vae_core.runs.run import FOLDER_VARIABLE

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "old_files"
FRAME = ROOT / "ui" / "server" / "frame.py"
LINKS = (OLD / "links.txt").read_text(encoding="utf-8").splitlines()
TITLES = {
    "latent_map": "Every spot on this map is a picture",
    "anything_from_a_normal": "Anything from a normal",
    "where_p_is_large": "Where p(x|z) is large",
    "paths": "Paths",
    "train": "Train",
}
DEFAULTS = {"map_overlays": "prior,manifold"}  # what an old link says and a new one need not
MOST_BYTES = 200_000  # of the run folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The old run folder, alone in the app's own folder of runs."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    shutil.copytree(OLD / "run", tmp_path / "runs" / "digits-first")
    return tmp_path / "runs" / "digits-first"


def test_the_files_are_small() -> None:
    assert sum(path.stat().st_size for path in (OLD / "run").rglob("*") if path.is_file()) < MOST_BYTES
    assert (OLD / "page.html.gz").stat().st_size < 1_500_000


def test_an_old_run_folder_opens(run: Path) -> None:
    found = vae_core.open_run(run)
    assert found.config.model.latent_dim == 2
    assert found.card["title"] == "Digits, first try"
    x = torch.from_numpy(data.to_float(data.load("digits", "test").images))
    measured = vae_core.evaluate(vae_core.load(run), x, "elbo", 1, torch.Generator().manual_seed(0))
    assert abs(measured.elbo - found.card["test"]["elbo"]) < 4 * found.card["test"]["stderr"]


def test_an_old_run_stands_in_the_catalogue(run: Path) -> None:
    found = catalogue.catalogue()
    assert found.problems == ()
    assert found.runs["digits-first"].title == "Digits, first try"
    assert found.runs["digits-first"].count == 359


def test_an_old_run_that_has_not_ended_is_shown_as_at_its_newest_snapshot(run: Path) -> None:
    for name in ("card.json", "weights.safetensors", "codes.safetensors"):
        (run / name).unlink()
    change_json(run / "status.json", state="interrupted", step=280)
    found = catalogue.catalogue()
    assert found.problems == ()
    assert found.runs["digits-first"].run.path == run / "moments" / "00000300"


def test_the_curves_of_an_old_run_are_told(run: Path) -> None:
    answer = get(Starlette(routes=ROUTES), "/lab/live?list=1&run=digits-first&after=0")
    packed = answer.headers.get("content-encoding") == "gzip"
    told = json.loads(gzip.decompress(answer.body) if packed else answer.body)
    live = told["live"]["digits-first"]
    assert (live["title"], live["state"]) == ("Digits, first try", "done")
    assert [line["step"] for line in live["lines"]][-1] == 300
    assert [(each["id"], each["state"], each["step"]) for each in told["runs"]] == [("digits-first", "done", 300)]


def test_an_old_training_that_is_done_is_told_by_the_command_line(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--resume", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 300


@pytest.mark.slow
def test_an_old_training_goes_on_from_its_checkpoint(run: Path) -> None:
    """With twenty steps more to go, as if its trainer had been stopped before the last ones."""
    (run / "card.json").unlink()
    values = json.loads((run / "config.json").read_text(encoding="utf-8"))
    change_json(run / "config.json", train=values["train"] | {"steps": 320})
    change_json(run / "status.json", state="stopped", steps=320)
    command = [sys.executable, "-m", "vae_core", "train", "--resume", str(run), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert vae_core.open_run(run).card["steps"] == 320
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))
    assert steps[-1] == 320


@pytest.mark.slow
@pytest.mark.parametrize("link", LINKS, ids=lambda link: link[:60])
def test_an_old_link_is_read_and_written_back_the_same(run: Path, link: str) -> None:
    parts = urlsplit(link)
    page = parts.path.strip("/").replace("-", "_") or "latent_map"
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    test = AppTest.from_file(str(FRAME), default_timeout=120)
    if page != "latent_map":
        test = test.run().switch_page(f"../../pages/{page}.py")
    test = opened(test, asked)
    assert not test.exception
    assert test.title[0].value == TITLES[page]
    assert [warning.value for warning in test.warning] == []
    assert [error.value for error in test.error] == []
    assert link_of(test) == {name: value for name, value in asked.items() if DEFAULTS.get(name) != value}


def test_every_page_with_a_view_has_old_links() -> None:
    pages = {urlsplit(link).path.strip("/").replace("-", "_") or "latent_map" for link in LINKS}
    assert pages == set(TITLES)
