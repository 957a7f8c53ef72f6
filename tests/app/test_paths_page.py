"""Paths without a browser: its link, what it hands the component, and what its addresses answer."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

import vae_core.data
from tests.app import asgi
from tests.app.app_test_page import link_of, opened
from ui.pages.paths import routes, training_pictures, url
from ui.pages.paths.component import data
from ui.pages.paths.url import View
from ui.runs import assets, catalogue, nearest_pictures
from ui.server import permissions
from ui.url_state.schema import Bounds
from vae_core.data import registry as sets
from vae_core.latent import disentanglement
from vae_core.runs.run import read_codes

PAGE = Path(__file__).parents[2] / "pages" / "paths.py"
APP = Starlette(routes=routes.ROUTES)
# torch itself uses what it calls deprecated when forward derivatives are first asked for.
forward_derivatives = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
BOUNDS = Bounds(latent_dim=2, count=100, classes=10, pixels=4, factors=(3, 12))


@pytest.fixture
def page() -> Callable[..., AppTest]:
    def open_link(**params: str) -> AppTest:
        return opened(AppTest.from_file(str(PAGE), default_timeout=60), params)

    return open_link


def address(run: str, what: str) -> str:
    return f"/lab/paths/{run}/{catalogue.catalogue().runs[run].digest}/{what}"


stops = st.integers(0, 99).map(str) | st.just("drawn.__8")  # four values of 4 bits are two bytes
views = st.builds(
    View,
    stops=st.none() | st.lists(stops, min_size=1, max_size=url.MOST_STOPS).map(tuple),
    ends=st.sampled_from(url.ENDS),
    seed=st.integers(0, 2**31 - 1),
    frames=st.integers(url.FEWEST_FRAMES, url.MOST_FRAMES),
    frame=st.integers(0, url.MOST_FRAMES - 1),
    speed=st.sampled_from(url.SPEEDS),
    loop=st.integers(0, 1),
    tab=st.sampled_from(url.TABS),
    dimension=st.none() | st.integers(0, 1),
    value=st.floats(-4, 4).map(lambda v: round(v, 4) + 0.0),
    plus=st.none() | st.integers(0, 9).map("class.{}".format) | st.integers(0, 11).map("factor.1.{}".format),
    minus=st.sampled_from([None, "rest", "class.3", "lasso.-100.0.50.50.0.-120"]),
    strength=st.floats(-3, 3).map(lambda v: round(v, 4) + 0.0),
    factor=st.none() | st.integers(0, 1),
    measure=st.sampled_from(url.MEASURES),
    hand=st.none()
    | st.lists(st.integers(-99_999, 99_999), min_size=4, max_size=4).map(lambda v: ".".join(map(str, v))),
    window=st.none() | st.tuples(st.just(0.5), st.floats(-9, 9).map(lambda v: round(v, 4) + 0.0), st.just(2.0)),
)


@given(views)
def test_a_link_says_all_of_a_view(shown: View) -> None:
    assert url.read(url.write("a", "b", shown), BOUNDS) == (shown, [])


@given(views)
def test_what_the_component_emits_is_the_view(shown: View) -> None:
    assert url.from_component(vars(shown), BOUNDS) == shown


def test_the_plain_link_is_empty() -> None:
    assert url.write("a", "a", View()) == {}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("paths_stops", "1,100", "a whole number from 0 to 99"),
        ("paths_stops", "1,2,3,4,5,6,7", "at most 6 pictures"),
        ("paths_stops", "1,drawn.A", "2 bytes in base64url"),
        ("paths_stops", "", "a whole number"),
        ("paths_ends", "mode", "mean or sample"),
        ("paths_frames", "1", "a whole number from 2 to 60"),
        ("paths_frames", "61", "a whole number from 2 to 60"),
        ("paths_speed", "13", "one of 6, 12, 24, 60"),
        ("paths_loop", "2", "a whole number from 0 to 1"),
        ("paths_do", "dance", "between, dimensions, grid, add, factors"),
        ("paths_dimension", "3", "a whole number from 1 to 2"),
        ("paths_value", "4.1", "from -4 to 4"),
        ("paths_strength", "x", "a number from -3 to 3"),
        ("paths_plus", "class.10", "a whole number from 0 to 9"),
        ("paths_plus", "factor.2.0", "a whole number from 0 to 1"),
        ("paths_plus", "factor.0.3", "a whole number from 0 to 2"),
        ("paths_minus", "factor.0", "factor. and two numbers"),
        ("paths_minus", "lasso.1.2.3.4.5", "3 to 24 corners"),
        ("paths_minus", "lasso.1.2.3.4.5.x", "3 to 24 corners"),
        ("paths_factor", "3", "a whole number from 1 to 2"),
        ("paths_measure", "mig", "information, importance, votes"),
        ("paths_hand", "1.2.3", "1 to 24 waypoints"),
        ("paths_hand", "", "1 to 24 waypoints"),
        ("paths_hand", ".".join(["1"] * 50), "1 to 24 waypoints"),
        ("paths_window", "0,0,0", "at least 0.01"),
        ("paths_color", "red", "does not know"),
    ],
)
def test_a_wrong_part_of_a_link_is_said_in_a_sentence_and_left_out(name: str, value: str, words: str) -> None:
    shown, problems = url.read({name: value}, BOUNDS)
    assert shown == View()
    assert len(problems) == 1
    assert words in problems[0]


def test_the_page_opens_without_a_word_of_trouble_and_keeps_its_link(page: Callable[..., AppTest]) -> None:
    test = page(paths_model="fashion-20d", paths_stops="3,17,4", paths_frames="60")
    assert not test.exception
    assert not test.warning
    assert link_of(test) == {"paths_model": "fashion-20d", "paths_stops": "3,17,4", "paths_frames": "60"}


def test_another_model_of_the_same_data_keeps_the_pictures(page: Callable[..., AppTest]) -> None:
    test = page(paths_model="fashion-20d", paths_stops="3,17", paths_dimension="19", paths_hand="1.2.3.4")
    test.selectbox(key="paths_model").set_value("fashion-5d").run()
    assert link_of(test) == {"paths_model": "fashion-5d", "paths_stops": "3,17"}
    test.selectbox(key="paths_model").set_value("faces-16d").run()
    assert link_of(test) == {"paths_model": "faces-16d"}


def test_a_model_that_is_not_there_is_said(page: Callable[..., AppTest]) -> None:
    test = page(paths_model="nothing")
    assert "nothing" in test.warning[0].value
    assert not test.exception


def test_the_component_is_told_where_its_run_lies() -> None:
    entry = catalogue.catalogue().runs["fashion-2d-gaussian"]
    told = data(entry, View(), 3)
    assert told["model"]["run_path"] == "models/fashion-2d-gaussian"
    assert told["view"]["turn"] == 3
    assert told["view"]["stops"] is None
    assert "def geodesic" in told["folds"]["paths"]["code"]


def test_the_known_factors_are_those_of_the_test_images() -> None:
    entry = catalogue.catalogue().runs["faces-16d"]
    known = vae_core.data.load("pixel-faces", "test").factors
    answer = asgi.get(APP, address("faces-16d", "factors"), accept="identity")
    assert (load(answer.body)["index"] == known.index[: entry.count]).all()
    told = data(entry, View())["model"]["factors"]
    assert [each["name"] for each in told] == list(known.names)
    assert [tuple(each["values"]) for each in told] == list(known.values)


@pytest.mark.promise
def test_the_scores_are_those_of_the_core_and_have_errors() -> None:
    entry = catalogue.catalogue().runs["faces-16d"]
    answer = asgi.get(APP, address("faces-16d", "scores"), accept="identity")
    found = json.loads(answer.body)
    codes = torch.from_numpy(read_codes(entry.run).mu).double()
    index = torch.from_numpy(vae_core.data.load("pixel-faces", "test").factors.index)
    mig, votes = disentanglement.mig(codes, index), disentanglement.factor_vae(codes, index)
    assert found["scores"][0]["score"] == pytest.approx(mig.score)
    assert found["scores"][-1]["score"] == votes.score > votes.chance == found["chance"]
    assert np.array(found["information"]) == pytest.approx(mig.information.numpy())
    assert np.array(found["importance"]).shape == (16, len(index[0]))
    assert all(0 < each["error"] < 0.1 for each in found["scores"])


@pytest.mark.parametrize(("what", "status"), [("factors", 404), ("scores", 400)])
def test_where_no_factors_are_known_it_is_said(what: str, status: int) -> None:
    answer = asgi.get(APP, address("fashion-5d", what))
    assert answer.status == status
    assert b"no factors are known" in answer.body
    assert data(catalogue.catalogue().runs["fashion-5d"], View())["model"]["factors"] == []


@forward_derivatives
@pytest.mark.parametrize("run", ["fashion-linear", "fashion-2d-gaussian"])
def test_a_geodesic_joins_its_ends_and_is_no_longer_than_the_straight_line(run: str) -> None:
    answer = asgi.get(APP, address(run, "geodesic?a=-1.5,0.5&b=1,1.25"), accept="identity")
    found = json.loads(answer.body)
    assert answer.status == 200
    assert found["converged"]
    assert found["path"][0] == [-1.5, 0.5]
    assert found["path"][-1] == [1, 1.25]
    assert found["length"] <= found["straight_length"]


@forward_derivatives
def test_the_geodesic_of_a_linear_decoder_is_straight() -> None:
    answer = asgi.get(APP, address("fashion-linear", "geodesic?a=-1.5,0.5&b=1,1.25"), accept="identity")
    path = np.array(json.loads(answer.body)["path"])
    straight = np.linspace(path[0], path[-1], len(path))
    assert np.abs(path - straight).max() < 1e-5


@pytest.mark.parametrize("query", ["a=1,2", "a=1,2,3&b=1,2", "a=1,x&b=1,2", "a=1,nan&b=1,2", "a=1,1e9&b=1,2"])
def test_ends_that_are_no_codes_are_refused_in_a_sentence(query: str) -> None:
    answer = asgi.get(APP, address("fashion-2d-gaussian", f"geodesic?{query}"))
    assert answer.status == 400
    assert b"2 numbers" in answer.body


def test_a_run_that_is_gone_and_pictures_that_are_none_are_refused() -> None:
    assert asgi.get(APP, "/lab/paths/fashion-5d/0000/geodesic?a=1&b=1").status == 404
    assert asgi.get(APP, address("fashion-5d", "training"), method="POST").status == 400


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """A machine that has no training pictures; what would be downloaded is put into the list, and cannot be had."""
    asked: list[object] = []

    def download(*each: object) -> None:
        asked.append(each)
        raise ValueError("train-images could not be downloaded (example.org: [Errno -2] Name or service not known)")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sets, "download", download)
    monkeypatch.setattr(assets, "_failed", {})
    monkeypatch.setattr(training_pictures, "_failed", {})
    nearest_pictures.training_pictures.cache_clear()
    return asked


def test_training_pictures_that_are_not_here_are_not_fetched_and_the_page_says_so(
    without_pictures: list[object],
) -> None:
    answer = asgi.get(APP, address("fashion-5d", "training"), method="POST", body=bytes(784))
    assert answer.status == 404
    assert answer.body == b"Two more rows need the training pictures of Fashion-MNIST, which are not on this server."
    assert without_pictures == []
    told = data(catalogue.catalogue().runs["fashion-5d"], View())["model"]["lacking"]
    assert told["megabytes"] == 26
    assert told["download"].endswith("/training/download")
    assert data(catalogue.catalogue().runs["faces-16d"], View())["model"]["lacking"] is None


def test_a_download_that_fails_is_said_without_addresses_and_not_tried_again_at_once(
    without_pictures: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        answer = asgi.get(APP, address("fashion-5d", "training/download"), method="POST")
        assert answer.status == 404
        assert answer.body.startswith(b"The download did not succeed")
        assert not re.search(rb"Errno|https?:|/", answer.body)
    assert len(without_pictures) == 1
    assert "Errno -2" in caplog.text, "the log says why"


def test_who_may_not_train_here_may_not_download_either(
    without_pictures: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "refusal", lambda act, headers=None: f"Only teachers may {act}.")
    answer = asgi.get(APP, address("fashion-5d", "training/download"), method="POST")
    assert (answer.status, answer.body) == (400, b"Only teachers may train.")
    assert without_pictures == []
    assert data(catalogue.catalogue().runs["fashion-5d"], View())["model"]["lacking"]["download"] is None


def test_the_nearest_training_pictures_are_those_of_a_search_through_all() -> None:
    random = np.random.default_rng(0)
    known = random.integers(0, 256, (5000, 12), np.uint8)
    asked = np.concatenate([known[[4321]], random.integers(0, 256, (6, 12), np.uint8)])
    apart = known[None].astype(float) - asked[:, None]
    truth = np.sqrt(np.square(apart).mean(2)) / 255
    radius = float(np.median(truth.min(1)))
    index, distance, near = nearest_pictures.nearest_training(known, asked, radius)
    assert index[0] == 4321
    assert distance[0] == pytest.approx(0, abs=1e-4)
    assert (index == truth.argmin(1)).all()
    assert distance == pytest.approx(truth.min(1), abs=1e-4)
    assert (near == (truth <= radius + 1e-6).sum(1)).all()
    assert near.min() == 0 < near.max()


@forward_derivatives
def test_a_geodesic_does_not_wait_for_training_pictures_that_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = []

    def load(name: str, split: str) -> SimpleNamespace:
        answered.append(asgi.get(APP, address("fashion-2d-gaussian", "geodesic?a=-1.5,0.5&b=1,1.25")).status)
        return SimpleNamespace(images=np.random.default_rng(2).integers(0, 256, (20, 1, 28, 28), np.uint8))

    kept = (nearest_pictures.training_pictures, nearest_pictures.typical_gap)
    monkeypatch.setattr(nearest_pictures.data, "load", load)
    monkeypatch.setattr(training_pictures.data, "missing_megabytes", lambda *each: 0)
    for each in kept:
        each.cache_clear()
    answer = asgi.get(APP, address("fashion-2d-gaussian", "training"), method="POST", body=bytes(784))
    for each in kept:
        each.cache_clear()
    assert (answer.status, answered) == (200, [200])


def test_neighbours_are_apart_what_a_search_through_all_pairs_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    known = np.random.default_rng(1).integers(0, 256, (200, 1, 3, 4), np.uint8)
    monkeypatch.setattr(nearest_pictures.assets, "image_set", lambda name, split: SimpleNamespace(images=known))
    nearest_pictures.training_pictures.cache_clear()
    gap = nearest_pictures.typical_gap("made up", "none")
    nearest_pictures.training_pictures.cache_clear()
    flat = known.reshape(200, 12).astype(float)
    apart = np.sqrt(np.square(flat[:, None] - flat).mean(2)) / 255
    np.fill_diagonal(apart, np.inf)
    assert gap == pytest.approx(np.median(apart.min(1)), abs=1e-5)
