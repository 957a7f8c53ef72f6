"""The first chapter on a model of three latents: three runners, a finish line where earned, identity, modes."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from tests.app.runs import make_run
from ui.pages.latent_map import url as latent_map
from ui.pages.where_p_is_large import any_dimension, race_display, race_estimates, selected_x
from ui.runs import catalogue
from ui.runs.assets import bounds_of
from ui.runs.catalogue import read_entry
from vae_core.estimators.marginal_likelihood import log_marginal
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
PAGE = "../../pages/where_p_is_large.py"
THREE = {"large_model": "b-three"}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run on the plane and one of three latents, as smooth as trained ones."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "c-plane")
    make_run(tmp_path / "runs" / "b-three", latent_dim=3)
    for weights in (tmp_path / "runs").glob("*/weights.safetensors"):
        tensors = {name: np.asarray(0.3 * value, np.float32) for name, value in load_file(weights).items()}
        tensors["log_sigma"] = np.array(math.log(0.25), np.float32)
        save_file(tensors, weights)
    return tmp_path / "runs"


@pytest.fixture
def app(runs: Path) -> Callable[..., AppTest]:
    """Opens the page by a link."""

    def open_link(**params: str) -> AppTest:
        test = opened(AppTest.from_file(str(FRAME), default_timeout=120).run().switch_page(PAGE), params)
        assert not test.exception
        return test

    return open_link


def said(test: AppTest) -> str:
    """Everything that the page says."""
    return "\n".join(e.value for e in [*test.header, *test.markdown, *test.caption, *test.warning, *test.info])


def charts_of(test: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in test.get("plotly_chart")]


def rows(test: AppTest, first: str) -> dict[str, list[str]]:
    """The table whose head begins with `first`: its cells by the name of the row."""
    (table,) = [
        e.value for e in test.markdown if e.value.startswith(f"|  | {first}") or e.value.startswith(f"| | {first}")
    ]
    head, _, *lines = [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()]
    return {name.strip("* ").replace("\\", ""): rest for name, *rest in [["head", *head[1:]], *lines]}


def race(test: AppTest) -> dict[str, list[str]]:
    """What the table says of each runner: log p(x), its distance to the line, the effective sample size, k."""
    return {name: list(cells) for name, *cells in zip(*rows(test, "prior").values(), strict=True)}


def number(text: str) -> float:
    return float(re.search(r"−?[\d,]*\.?\d+", text.replace("*", "")).group().replace("−", "-").replace(",", ""))


def test_the_page_offers_every_model_and_opens_on_the_plane(app: Callable[..., AppTest]) -> None:
    test = app()
    assert test.selectbox(key="large_model").options == ["c-plane", "b-three"]
    assert link_of(test) == {}
    test.selectbox(key="large_model").set_value("b-three").run()
    assert not test.exception
    assert link_of(test) == THREE
    assert "The modes of p(z|x)" in said(test)


@pytest.mark.slow
def test_three_runners_meet_at_the_finish_line(app: Callable[..., AppTest], runs: Path) -> None:
    test = app(**THREE, large_x="7", large_n="1000")
    assert not test.warning
    whole, finish = charts_of(test)
    for name in race_display.RUNNERS:
        assert name in [note["text"] for note in whole["layout"]["annotations"]]
    assert [shape["type"] for shape in whole["layout"]["shapes"]] == ["rect", "line"]
    assert any("finish line" in note["text"] for note in whole["layout"]["annotations"])
    runners = race(test)
    assert list(runners) == list(race_display.RUNNERS)
    chosen = selected_x.select_example(read_entry(runs / "b-three"), 7, None, 0)
    truth = log_marginal(chosen.model, chosen.x, "prior", 1_000_000, torch.Generator().manual_seed(5))
    made = runners["made for x"]
    assert "not reliable" not in made[-1]
    assert abs(number(made[0]) - truth.log_px.item()) < 5 * (number(made[0].split("±")[1]) + truth.stderr.item())
    words = said(test)
    for expected in (
        "seed 2³¹",
        "20,000 draws of a second",
        "1.96 standard errors",
        "ended at mode 1",
        "of the weight",
    ):
        assert expected in words
    assert not re.search(r"\bnan\b|\binf\b", words, re.IGNORECASE)
    line = whole["layout"]["shapes"][1]
    assert line["y0"] == pytest.approx(truth.log_px.item(), abs=5 * truth.stderr.item() + 0.02)
    assert finish["layout"]["yaxis"]["range"][0] < line["y0"] < finish["layout"]["yaxis"]["range"][1]


def test_the_identity_adds_up_on_screen_and_within_its_errors(app: Callable[..., AppTest], runs: Path) -> None:
    terms = rows(app(**THREE, large_x="7"), "nats")
    terms.pop("head")
    expected, rate, elbo, gap, log_px = (number(cells[0]) for cells in terms.values())
    assert expected + rate == pytest.approx(elbo, abs=1e-9)
    assert elbo + gap == pytest.approx(log_px, abs=1e-9)
    assert gap > 0
    chosen = selected_x.select_example(read_entry(runs / "b-three"), 7, None, 0)
    closed = chosen.model.encode(chosen.x).kl().item()
    assert -rate == pytest.approx(closed, abs=4 * number(terms["− KL(q ‖ p(z))"][1]) + 0.01)


def test_each_mode_is_a_picture_with_a_link_to_the_map(app: Callable[..., AppTest], runs: Path) -> None:
    test = app(**THREE, large_x="7")
    entry = read_entry(runs / "b-three")
    links = [dict(parse_qsl(link.proto.query_string)) for link in test.get("page_link")]
    links = [link for link in links if "map_z" in link]
    assert links
    assert len(re.findall(r"\*\*mode \d+\*\*", said(test))) == len(links)
    for link in links:
        view, problems = latent_map.read(link, bounds_of(entry))
        assert problems == []
        assert (link["map_model"], view.x, len(view.z)) == ("b-three", 7, 3)
    assert "The encoder" in said(test) or "the encoder" in said(test)


def test_n_and_the_seed_go_into_the_link_and_the_finish_line_stays(app: Callable[..., AppTest]) -> None:
    test = app(**THREE)
    before, line = race(test), charts_of(test)[0]["layout"]["shapes"][1]["y0"]
    test.button_group(key=any_dimension.N).set_value(1000).run()
    assert not test.exception
    assert link_of(test) == THREE | {"large_n": "1000"}
    test.button(key="large_race_again").click().run()
    assert not test.exception
    assert link_of(test) == THREE | {"large_n": "1000", "large_seed": "1"}
    assert race(test) != before
    assert charts_of(test)[0]["layout"]["shapes"][1]["y0"] == line


def test_a_link_with_another_n_and_a_sigma_opens(app: Callable[..., AppTest]) -> None:
    test = app(**THREE, large_n="250", large_sigma="0.1", large_z="1,0,-1")
    assert "n = 250 draws" in said(test)
    (warning,) = test.warning
    assert "keeps its own σ" in warning.value.replace("\\", "")
    assert "n = 10,000 draws" in said(app(**THREE, large_n="100000"))


def test_an_estimate_that_cannot_be_trusted_draws_no_line(
    app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proposal is too good for a small model to fool it, so the judge of its weights is made a stricter one."""
    monkeypatch.setattr(race_estimates, "pareto_khat", lambda log_w: torch.tensor([0.93]))
    test = app(**THREE, large_x="11")
    (chart,) = charts_of(test)
    assert not chart["layout"].get("shapes")
    words = said(test)
    assert "No finish line" in words
    assert "log p(x) is not known" in words
    assert "= log p(x)" not in words
    assert [cells[-1] for cells in race(test).values()] == ["0.93, **not reliable**"] * 3
    assert {cells[1] for cells in race(test).values()} == {"unknown"}


@pytest.mark.parametrize("chapter", ["dimension", "mending", "aggregate"])
def test_the_later_chapters_take_the_model_or_say_which_they_take(app: Callable[..., AppTest], chapter: str) -> None:
    test = app(**THREE, large_chapter=chapter)
    assert not test.warning
    if chapter == "aggregate":
        assert "models with two latents" in test.info[0].value
    else:
        assert len(charts_of(test)) >= 2


def test_an_x_that_cannot_be_raced_is_a_sentence(app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("the weights are unusable")

    monkeypatch.setattr(race_estimates, "weigh_each", broken)
    (warning,) = app(**THREE, large_x="9").warning
    assert "the weights are unusable" in warning.value.replace("\\", "")
    assert "Choose another x" in warning.value
