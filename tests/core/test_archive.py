"""A run taken home: the zip comes back as the same model, the table holds the codes, the notebook runs."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.runs import COUNT, change_json, make_run
from vae_core.__main__ import main
from vae_core.export.archive import codes_csv, notebook_zip, run_zip, zipped
from vae_core.export.notebook import notebook
from vae_core.runs.run import open_run, read_codes, read_weights
from vae_core.uploads.read_model import read_model

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_run(tmp_path / "mine", title="Mine <b>")
    (made / "metrics.jsonl").write_text('{"step": 1}\n')
    (made / "job.json").write_text('{"owner": "abcdefabcdef0123"}')
    (made / "checkpoints" / "1").mkdir(parents=True)
    (made / "checkpoints" / "1" / "state.json").write_text("{}")
    return made


def test_a_zip_comes_back_as_the_same_model(folder: Path) -> None:
    run = open_run(folder)
    content = run_zip(run, "mine")
    told, tensors = read_model(io.BytesIO(content), ["digits"])
    assert (told["title"], told["encoded"]) == ("Mine <b>", True)
    assert told["config"]["model"] == run.config.to_json()["model"]
    for name, tensor in read_weights(run).items():
        np.testing.assert_array_equal(tensors[name], tensor)
    for name, tensor in vars(read_codes(run)).items():
        np.testing.assert_array_equal(tensors[f"codes.{name}"], tensor)


def test_a_zip_is_the_same_each_time_and_holds_nothing_of_its_owner(folder: Path) -> None:
    first = run_zip(open_run(folder), "mine")
    os.utime(folder / "config.json", (1, 1))
    assert run_zip(open_run(folder), "mine") == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        files = ["config.json", "card.json", "weights.safetensors", "codes.safetensors", "metrics.jsonl"]
        assert archive.namelist() == [f"mine/{name}" for name in files]
        assert not any(b"abcdefabcdef0123" in archive.read(name) for name in archive.namelist())


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.binary(max_size=200), max_size=5))
def test_a_zip_gives_back_what_was_put_in(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert zipped(files) == zipped(files)


def test_a_run_without_codes_is_refused(folder: Path) -> None:
    (folder / "codes.safetensors").unlink()
    with pytest.raises(ValueError, match=r"codes\.safetensors is missing in the run mine"):
        run_zip(open_run(folder), "mine")


def test_the_table_holds_the_codes_to_the_last_digit(folder: Path) -> None:
    run = open_run(folder)
    codes = read_codes(run)
    rows = list(csv.reader(io.StringIO(codes_csv(run).decode(), newline="")))
    assert rows[0] == ["image", "label", "class", "mu_1", "mu_2", "logvar_1", "logvar_2"]
    assert len(rows) == COUNT + 1
    assert [int(row[0]) for row in rows[1:]] == list(range(COUNT))
    assert [row[1] for row in rows[1:]] == [row[2] for row in rows[1:]]  # a digit is called by its number
    np.testing.assert_array_equal(np.array([row[3:5] for row in rows[1:]], np.float16), codes.mu)
    np.testing.assert_array_equal(np.array([row[5:] for row in rows[1:]], np.float16), codes.logvar)


def test_no_cell_of_the_table_is_a_formula(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Named:
        classes = ("=1+1", "@x", '-2,"a"\n', *"3456789")

    monkeypatch.setattr("vae_core.export.archive.data.load", lambda *_: Named)
    rows = list(csv.reader(io.StringIO(codes_csv(open_run(folder)).decode(), newline="")))
    assert [row[2] for row in rows[1:4]] == ["'=1+1", "'@x", '\'-2,"a"\n']


def test_the_notebook_finds_the_core_in_the_folders_above(tmp_path: Path) -> None:
    """Unpacked in a folder within a clone, where Jupyter starts it."""
    (tmp_path / "clone" / "vae_core").mkdir(parents=True)
    (tmp_path / "clone" / "vae_core" / "__init__.py").write_text("HERE = True\n")
    place = tmp_path / "clone" / "some" / "folder"
    place.mkdir(parents=True)
    book = json.loads(notebook(open_run(ROOT / "models" / "faces-16d"), "faces"))
    first = next(cell["source"] for cell in book["cells"] if cell["cell_type"] == "code")
    script = first.split("import numpy")[0] + "import vae_core\nprint(vae_core.HERE)"
    done = subprocess.run([sys.executable, "-c", script], cwd=place, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.slow
def test_the_notebook_runs_and_agrees_with_the_card(tmp_path: Path) -> None:
    """Its cells as one script, in a folder of its own, on a shipped model."""
    run = open_run(ROOT / "models" / "faces-16d")
    with zipfile.ZipFile(io.BytesIO(notebook_zip(run, "faces"))) as archive:
        archive.extractall(tmp_path)
    book = json.loads((tmp_path / "faces.ipynb").read_text(encoding="utf-8"))
    cells = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    tell = (
        "print(tuple(codes.mu.shape), decoded_grid.data[0].z.shape, float(elbo.mean()), run.card['test']['elbo'], "
        "float(elbo.std() / len(elbo) ** 0.5))"
    )
    script = "\n".join([*cells, tell])
    done = subprocess.run(
        [sys.executable, "-"],
        input=script,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "(2000, 16) (240, 240, 3)" in done.stdout
    elbo, card, error = map(float, done.stdout.split()[-3:])
    # Both are the mean over the same images, with another draw of z: far closer than the error over images.
    assert abs(elbo - card) < 0.5 * error, done.stdout


def test_the_notebook_is_one_as_nbformat_says(folder: Path) -> None:
    change_json(folder / "card.json", title="a <script> [x](y)")
    book = json.loads(notebook(open_run(folder), 'a "quoted" folder'))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    for cell in book["cells"]:
        code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | code
        if code:
            compile(cell["source"], "cell", "exec")
    assert book["cells"][0]["source"].startswith("# a \\<script\\> \\[x\\]\\(y\\)")
    assert 'RUN = Path("a \\"quoted\\" folder")' in book["cells"][1]["source"]


def test_the_command_line_writes_whole_files_and_never_over_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form, name in (("run", "a.zip"), ("codes", "b.csv"), ("notebook", "c.ipynb"), ("onnx", "d.zip")):
        assert main(["export", str(folder), "--to", form, "--out", str(tmp_path / name), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["bytes"] == (tmp_path / name).stat().st_size
    assert 0 < told["largest_difference"] < 1e-4
    book = json.loads((tmp_path / "c.ipynb").read_text(encoding="utf-8"))
    assert 'RUN = Path("mine")' in book["cells"][1]["source"]
    assert main(["export", str(folder), "--to", "run", "--out", str(tmp_path / "a.zip")]) == 2
    assert "already exists" in capsys.readouterr().err
    assert main(["export", str(folder), "--to", "run", "--out", str(tmp_path / "nowhere" / "a.zip")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.glob("*.tmp-*"))
