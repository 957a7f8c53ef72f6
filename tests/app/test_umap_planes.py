"""UMAP planes on the server: begun once, followed, called off, kept, and said in a sentence where they fail."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from starlette.applications import Starlette

from tests.app.asgi import get
from tests.app.runs import COUNT, make_run
from ui.pages.latent_map import umap_jobs
from ui.pages.latent_map.component import data as map_data
from ui.pages.latent_map.url import View
from ui.runs import catalogue
from ui.runs.catalogue import Entry, read_entry
from ui.server.routes import ROUTES
from vae_core.runs.run import CODES, FOLDER_VARIABLE, sha256
from vae_core.runs.umap_file import UMAP, StoredPlane, write_plane

APP = Starlette(routes=ROUTES)
PLANE = StoredPlane(np.linspace(-3, 3, 2 * COUNT, dtype=np.float32).reshape(COUNT, 2), 0, 0.9, 0.8)


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(umap_jobs, "_jobs", {})
    return read_entry(make_run(tmp_path / "runs" / "five", latent_dim=5))


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts a few lines of Python in the place of the command that lays out a plane; `out` is the file to make."""
    script = tmp_path / "worker.py"

    def become(body: str) -> None:
        script.write_text(f"import sys, time, shutil\nout = sys.argv[sys.argv.index('--out') + 1]\n{body}")

    real = umap_jobs.subprocess.Popen

    def start(command: list[str], **options):
        at = command.index("-m")
        return real([sys.executable, "-u", str(script), *command[at + 2 :]], **options)

    monkeypatch.setattr(umap_jobs.subprocess, "Popen", start)
    yield become
    for job in umap_jobs._jobs.values():
        if job.process is not None:
            job.process.kill()


def asked(entry: Entry, query: str, method: str = "GET") -> dict:
    answer = get(APP, map_data(entry, View())["model"]["umap"] + f"?{query}", accept="identity", method=method)
    return json.loads(answer.body)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def kept_file(entry: Entry, path: Path) -> None:
    write_plane(path, PLANE, sha256(entry.run.path / CODES))


def test_a_kept_plane_is_ready_at_once_and_comes_as_it_is_kept(entry: Entry) -> None:
    assert asked(entry, "who=a")["state"] == "none"
    kept_file(entry, entry.run.path / UMAP)
    told = asked(entry, "who=a")
    assert (told["state"], told["trustworthiness"], told["pca_trustworthiness"]) == ("ready", 0.9, 0.8)
    answer = get(APP, f"{map_data(entry, View())['model']['umap']}/{told['version']}", accept="identity")
    assert np.abs(load(answer.body)["places"].astype(np.float32) - PLANE.places).max() < 2e-3


def test_a_plane_of_other_codes_is_not_shown(entry: Entry) -> None:
    write_plane(entry.run.path / UMAP, PLANE, "0" * 64)
    assert asked(entry, "who=a")["state"] == "none"


def test_two_that_ask_share_one_plane_that_is_followed_and_kept(entry: Entry, worker, tmp_path: Path) -> None:
    kept_file(entry, tmp_path / "made")
    go = tmp_path / "go"
    worker(f"""
print(0.25)
while not __import__("os").path.exists({str(go)!r}): time.sleep(0.02)
shutil.copy({str(tmp_path / "made")!r}, out)
""")
    assert asked(entry, "who=a&want=start", "POST")["state"] in ("waiting", "running")
    until(lambda: asked(entry, "who=a")["share"] == 0.25)
    assert asked(entry, "who=b&want=start", "POST")["state"] == "running"
    assert asked(entry, "who=a&want=stop", "POST")["state"] == "running"  # b still waits
    go.touch()
    until(lambda: asked(entry, "who=b")["state"] == "ready")
    assert umap_jobs.stored_plane(entry) == entry.run.path / UMAP


def test_the_last_one_who_calls_it_off_ends_it_and_it_can_be_begun_again(entry: Entry, worker) -> None:
    worker("print(0.5)\ntime.sleep(60)")
    asked(entry, "who=a&want=start", "POST")
    until(lambda: asked(entry, "who=a")["share"] == 0.5)
    process = umap_jobs._jobs[entry].process
    assert asked(entry, "who=a&want=stop", "POST")["state"] == "cancelled"
    assert process.wait(10) != 0
    assert asked(entry, "who=a&want=start", "POST")["state"] in ("waiting", "running")
    asked(entry, "who=a&want=stop", "POST")


def test_a_plane_that_nobody_waits_for_is_ended(entry: Entry, worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(umap_jobs, "PATIENCE", 0.2)
    worker("for k in range(600):\n    print(k / 600)\n    time.sleep(0.05)")
    asked(entry, "who=a&want=start", "POST")
    until(lambda: asked(entry, "who=another")["state"] == "cancelled")


def test_a_worker_that_fails_is_a_sentence(entry: Entry, worker) -> None:
    worker("sys.exit('vae_core: there is no room')")
    asked(entry, "who=a&want=start", "POST")
    until(lambda: asked(entry, "who=a")["state"] == "failed")
    assert asked(entry, "who=a")["sentence"] == "UMAP could not be laid out: there is no room."


def test_a_folder_that_cannot_be_written_has_its_plane_in_the_cache(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(umap_jobs.os, "access", lambda path, mode: False)
    place = next(iter(umap_jobs._places(entry)))
    assert place.is_relative_to(tmp_path / "cache")
    place.parent.mkdir(parents=True)
    kept_file(entry, place)
    assert asked(entry, "who=a")["state"] == "ready"


@pytest.mark.parametrize("query", ["", "who=", "who=a%20b", "who=a&want=else"])
def test_a_question_that_names_nobody_or_nothing_is_refused(entry: Entry, query: str) -> None:
    answer = get(APP, map_data(entry, View())["model"]["umap"] + f"?{query}", method="POST")
    assert answer.status == 400
    assert answer.body.endswith(b".")


def test_planes_and_runs_that_are_gone_are_sentences(entry: Entry) -> None:
    for address in ("/lab/umap/gone/0000?who=a", f"{map_data(entry, View())['model']['umap']}/1"):
        answer = get(APP, address)
        assert answer.status == 404
        assert answer.body.endswith(b".")
