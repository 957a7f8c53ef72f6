"""Finding runs: a sound folder is shown, a broken one is one clear sentence."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.app.runs import COUNT, change_json, change_tensors, make_run
from ui.runs import card_text
from ui.runs import catalogue as module
from ui.runs.catalogue import catalogue, entry_of, read_entry
from vae_core.runs.run import FOLDER_VARIABLE


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs that is the only one looked into."""
    monkeypatch.setattr(module, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_a_sound_folder_becomes_an_entry(tmp_path: Path) -> None:
    entry = read_entry(make_run(tmp_path / "first", title="First"))
    assert (entry.id, entry.title, entry.count) == ("first", "First", COUNT)
    assert entry.run.config.model.latent_dim == 2


def test_the_digest_follows_the_weights(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "first")
    before = read_entry(folder).digest
    assert read_entry(folder).digest == before
    change_tensors(folder / "weights.safetensors", decoder__0__bias=np.ones(16, np.float32))
    assert read_entry(folder).digest != before


def missing(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def text(name: str, content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8")


def raw(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content)


def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-7])


def json_key(name: str, **changes: object) -> Callable[[Path], None]:
    return lambda folder: change_json(folder / name, **changes)


def tensors(name: str, **changes: np.ndarray | None) -> Callable[[Path], None]:
    return lambda folder: change_tensors(folder / name, **changes)


W, C = "weights.safetensors", "codes.safetensors"
BROKEN = {
    "no config": (missing("config.json"), "config.json is missing"),
    "no card": (missing("card.json"), "card.json is missing"),
    "no weights": (missing(W), f"{W} is missing"),
    "no codes": (missing(C), f"{C} is missing"),
    "bad JSON": (text("config.json", "{"), "config.json"),
    "JSON of another kind": (text("card.json", "[1]"), "list"),
    "JSON in another encoding": (raw("config.json", b"\xff\xfe{"), "config.json"),
    "unknown key": (json_key("config.json", colour=1), "'colour'"),
    "wrong value": (json_key("config.json", data={"name": "digits", "binarize": "sometimes"}), "'sometimes'"),
    "card without title": (json_key("card.json", title=None), "'title'"),
    "card with another latent size": (json_key("card.json", rate_per_dimension=[1.0]), "expected 2"),
    "card with a rate that is no number": (json_key("card.json", rate_per_dimension=["a", 1]), "finite number"),
    "empty weights": (raw(W, b""), W),
    "weights cut short": (cut(W), W),
    "a header that lies": (raw(W, (1 << 62).to_bytes(8, "little") + b"{}"), W),
    "missing tensor": (tensors(W, decoder__0__bias=None), "'decoder.0.bias'"),
    "unknown tensor": (tensors(W, extra=np.zeros(1, np.float32)), "'extra'"),
    "wrong shape": (tensors(W, decoder__0__bias=np.zeros(3, np.float32)), "[16]"),
    "wrong type": (tensors(W, decoder__0__bias=np.zeros(16, np.int32)), "int32"),
    "NaN weights": (tensors(W, decoder__0__bias=np.full(16, np.nan, np.float32)), "not finite numbers"),
    "infinite codes": (tensors(C, mu=np.full((COUNT, 2), np.inf, np.float16)), "finite"),
    "codes of another size": (tensors(C, mu=np.zeros((COUNT, 3), np.float16)), "expected"),
    "codes without labels": (tensors(C, label=None), "label"),
    "labels that are one number": (tensors(C, label=np.array(3, np.uint8)), "label"),
    "no codes at all": (
        tensors(C, mu=np.zeros((0, 2), np.float16), logvar=np.zeros((0, 2), np.float16), label=np.zeros(0, np.uint8)),
        "codes",
    ),
}


@pytest.mark.parametrize(("spoil", "names"), BROKEN.values(), ids=BROKEN)
def test_a_broken_folder_is_one_sentence_and_the_others_live(
    runs: Path, spoil: Callable[[Path], None], names: str
) -> None:
    make_run(runs / "sound")
    spoil(make_run(runs / "spoilt"))
    found = catalogue()
    assert list(found.runs) == ["sound"]
    assert len(found.problems) == 1
    assert "spoilt" in found.problems[0]
    assert names in found.problems[0]
    assert found.problems[0].endswith(".")
    assert "\n" not in found.problems[0]


def test_a_folder_is_read_again_when_it_is_mended(runs: Path) -> None:
    folder = make_run(runs / "first")
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text("{")
    assert catalogue().runs == {}
    (folder / "config.json").write_text(config)
    assert list(catalogue().runs) == ["first"]


def test_what_is_not_a_run_is_passed_over(runs: Path) -> None:
    make_run(runs / "first")
    make_run(runs / "second.tmp-1a2b")  # still being written
    (runs / "notes").mkdir()
    (runs / "a file").touch()
    assert list(catalogue().runs) == ["first"]
    assert catalogue().problems == ()


def test_no_folder_at_all_is_an_empty_catalogue(runs: Path) -> None:
    assert catalogue() == module.Catalogue({}, ())


def test_shipped_runs_come_first_in_teaching_order(runs: Path) -> None:
    shipped = module.ROOT / "models"
    make_run(shipped / "a-ten", latent_dim=10)
    make_run(shipped / "b-two-bernoulli", "bernoulli")
    make_run(shipped / "c-two", "gaussian")
    make_run(runs / "0-own")
    assert list(catalogue().runs) == ["c-two", "b-two-bernoulli", "a-ten", "0-own"]


def test_of_two_runs_with_one_name_the_shipped_one_is_shown(runs: Path) -> None:
    make_run(module.ROOT / "models" / "same", title="Shipped")
    make_run(runs / "same", title="Own")
    found = catalogue()
    assert found.runs["same"].title == "Shipped"
    assert "same" in found.problems[0]


def test_an_address_holds_only_for_the_files_it_was_made_from(runs: Path) -> None:
    entry = read_entry(make_run(runs / "first"))
    assert entry_of("first", entry.digest) == entry
    assert entry_of("first", "0" * 16) is None
    assert entry_of("../first", entry.digest) is None


def test_a_recent_catalogue_is_looked_up_once_a_second_and_never_for_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    now = [100.0]
    monkeypatch.setattr(module, "catalogue", lambda: looks.append(now[0]) or module.Catalogue({}, ()))
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    for now[0] in (100.0, 100.5, 101.0, 101.6, 102.0):
        module.recent_catalogue()
    assert looks == [100.0, 101.6]
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "other"))
    module.recent_catalogue()
    assert looks == [100.0, 101.6, 102.0]


@pytest.mark.parametrize(
    ("log_px", "said"),
    [
        ({"estimator": "mixture", "samples": 5000, "n": 200}, "by a proposal made for each image, 5,000 draws each"),
        ({"estimator": "quadrature", "samples": None, "n": 200}, "by quadrature, which is off by about 0.002 nats"),
        ({"estimator": "<b>", "n": 200}, ""),
        ({"estimator": "mixture", "log_px": "high"}, ""),
        ({"estimator": "mixture", "mc_stderr": math.nan}, ""),
        ([1, 2], ""),
    ],
)
def test_the_card_says_log_px_as_far_as_it_can_be_read(log_px: object, said: str) -> None:
    if isinstance(log_px, dict):
        log_px = {"log_px": -226.123, "stderr": 4.2, "elbo": -227.61, "mc_stderr": 0.002, "seed": 0} | log_px
    words = card_text.log_px({"log_px": log_px})
    assert said in words
    assert bool(words) == bool(said)
    assert not words or words.startswith("−226 ± 4 nats, mean over the first 200 test images")
