"""The later chapters of "Where p(x|z) is large": each says its numbers with their conventions, and no NaN."""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from streamlit.testing.v1 import AppTest

from tests.app.runs import change_tensors, make_run
from ui.lessons.page_links import SLIDERS
from ui.runs import catalogue
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
PAGE = "../../pages/where_p_is_large.py"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs of two latents, as the only ones, with weights so small that q and p(z|x) lie on the same plane."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    for name, likelihood in (("a-gaussian", "gaussian"), ("fashion-2d-bernoulli", "bernoulli")):
        weights = make_run(tmp_path / "runs" / name, likelihood) / "weights.safetensors"
        small = {key: np.asarray(0.3 * value, np.float32) for key, value in load_file(weights).items()}
        save_file(small, weights)
    return tmp_path / "runs"


def chapter(name: str, **params: str) -> AppTest:
    """The page, open at a chapter."""
    test = AppTest.from_file(str(FRAME), default_timeout=120).run().switch_page(PAGE)
    for key, value in {"large_chapter": name, **params}.items():
        test.query_params[key] = value
    return test.run()


def said(test: AppTest) -> str:
    """Everything that the page says in words and numbers."""
    words = [e.value for e in [*test.header, *test.markdown, *test.caption, *test.warning, *test.info]]
    return "\n".join([*words, *(f"{e.label}: {e.value} {e.delta}" for e in test.metric)])


def sliders(test: AppTest) -> dict[str, list]:
    """What the chapter's own widgets can be set to: the least and the most, or every value."""
    choices = {widget.key: plain(widget.options) for widget in [*test.select_slider, *test.button_group]}
    found = {widget.key: plain((widget.min, widget.max)) for widget in test.slider} | choices
    return {key: values for key, values in found.items() if str(key).startswith(("large_dimension", "large_mending"))}


def plain(values: Iterable) -> list:
    """Numbers as numbers, though a widget may show them as words."""
    return [float(value) if re.fullmatch(r"[\d.]+", str(value)) else value for value in values]


def metric(test: AppTest, label: str) -> float:
    """The number of a metric."""
    (found,) = [e.value for e in test.metric if e.label == label]
    return float(re.search(r"[-−]?\d+(\.\d+)?", found.replace(",", "")).group().replace("−", "-"))


def test_a_lesson_may_set_what_the_sliders_of_the_chapters_can(runs: Path) -> None:
    found = sliders(chapter("dimension")) | sliders(chapter("mending"))
    assert found == {key: plain(slider.values) for key, slider in SLIDERS.items()}


def assert_sound(test: AppTest, title: str) -> None:
    assert not test.exception
    assert not test.warning
    assert test.header[0].value == title
    assert not re.search(r"\bnan\b|\binf\b", said(test), re.IGNORECASE)


def test_the_dimension_says_what_both_need(runs: Path) -> None:
    test = chapter("dimension", large_dimension_d="20", large_dimension_sigma="0.2")
    assert_sound(test, "The dimension")
    words = said(test)
    assert "orthonormal" in words
    assert "seed 0" in words
    assert f"√log(1 + 1/σ²) = {math.sqrt(math.log(26)):.2f}" in words
    assert metric(test, "The encoder needs about") == pytest.approx(math.exp(20 / 2 * 0.5**2), rel=0.05)


@pytest.mark.parametrize(("d", "sigma", "error"), [("1", "1.0", "0.0"), ("50", "0.05", "2.0")])
def test_the_dimension_stands_at_the_ends_of_its_sliders(runs: Path, d: str, sigma: str, error: str) -> None:
    test = chapter("dimension", large_dimension_d=d, large_dimension_sigma=sigma, large_dimension_error=error)
    assert_sound(test, "The dimension")
    for chart in test.get("plotly_chart"):
        assert not re.search(r"NaN|Infinity|null", chart.proto.spec)


def test_a_race_is_shown_only_for_the_weights_that_it_was_measured_on(runs: Path) -> None:
    folder = runs / "fashion-2d-bernoulli"
    assert "python -m vae_core race models/fashion-2d-bernoulli" in chapter("dimension").code[0].value
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"weights_sha256": "abc"}))
    side = {f"{part}{end}": [3.0, 0.5] for part in ("distance", "error") for end in ("", "_stderr")}
    side |= {"error_of_each": [-0.1, -7.0], "khat_of_each": [0.9, 0.2]}
    figures = {"n": [10, 100], "images": 7, "kl": 2.0, "kl_stderr": 0.1, "seed": 4}
    figures |= {"prior": side, "encoder": side, "mixture": side}
    figures |= {"prior_nearer": [1, 2]}
    figures |= {"reference": {"method": "quadrature", "samples": None, "largest_error": 1e-5, "largest_khat": None}}
    figures |= {"weights_sha256": "abc", "date": "2026-01-02", "command": "python -m vae_core race x"}
    (folder / "race.json").write_text(json.dumps(figures))
    test = chapter("dimension")
    assert_sound(test, "The dimension")
    words = said(test)
    for expected in (
        "first 7 test images",
        "seed 4",
        "2026-01-02",
        "quadrature, own error at most 0.00001",
        "0.5 ± 0.5",
        "made for x",
    ):
        assert expected in words
    for unfit in (figures | {"weights_sha256": "other"}, {k: v for k, v in figures.items() if k != "mixture"}):
        (folder / "race.json").write_text(json.dumps(unfit))
        assert "Measured on" not in said(chapter("dimension"))


@pytest.mark.parametrize("model", ["a-gaussian", "fashion-2d-bernoulli"])
def test_mending_has_gaps_that_add_up(runs: Path, model: str) -> None:
    test = chapter("mending", large_model=model, large_mending_scale="0.5")
    assert_sound(test, "Improving q")
    log_px, encoder, best = (
        metric(test, f"{name}") for name in ("log p(x)", "ELBO, encoder's q", "ELBO, best diagonal q")
    )
    amortisation, approximation = metric(test, "Amortisation gap"), metric(test, "Approximation gap")
    assert approximation >= 0
    assert amortisation >= 0
    assert encoder + amortisation == pytest.approx(best, abs=2e-3)
    assert best + approximation == pytest.approx(log_px, abs=2e-3)
    assert metric(test, "ELBO") <= best + 1e-3
    words = said(test)
    for expected in ("quadrature, error about", "256 draws", "seed 0", "closed form"):
        assert expected in words


def test_a_rotated_model_without_correlation_has_no_gap(runs: Path) -> None:
    assert metric(chapter("mending", large_mending_angle="0"), "Approximation gap, exact") == 0
    assert metric(chapter("mending", large_mending_angle="45"), "Approximation gap, exact") > 0.1


@pytest.mark.parametrize("model", ["a-gaussian", "fashion-2d-bernoulli"])
def test_the_mean_kl_on_screen_is_the_sum_of_its_parts(runs: Path, model: str) -> None:
    test = chapter("aggregate", large_model=model)
    assert_sound(test, "All of the data")
    words = said(test)
    information, marginal, total = map(float, re.search(r"([\d.]+) \+ ([\d.]+) = ([\d.]+) nats", words).groups())
    mean_kl, log_n = map(float, re.search(r"closed form is ([\d.]+) nats.*log N = ([\d.]+) nats", words).groups())
    assert round(information + marginal, 3) == total, "to the digit that is shown"
    assert total == pytest.approx(mean_kl, abs=2e-3)
    assert information <= log_n == pytest.approx(math.log(40), abs=1e-3)


def test_another_hole_is_another_picture(runs: Path) -> None:
    codes = runs / "a-gaussian" / "codes.safetensors"
    change_tensors(codes, logvar=np.full_like(load_file(codes)["logvar"], -6))
    test = chapter("aggregate")
    before = said(test)
    test.button_group(key="large_aggregate_hole").set_value(2).run()
    assert_sound(test, "All of the data")
    assert re.search(r"z = \(.*?\)", before).group() != re.search(r"z = \(.*?\)", said(test)).group()
