"""Each page runs from the frame without a browser: what it says, what it keeps, what it does with bad input."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from tests.app.runs import change_json, make_run
from ui.runs import catalogue
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs that is the only one looked into."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def app(runs: Path) -> Callable[..., AppTest]:
    """Opens the app by a link on two runs of the same data, Gaussian and Bernoulli, and one of 5 dimensions."""
    make_run(runs / "a-gaussian", title="Gaussian [digits]")
    make_run(runs / "b-bernoulli", "bernoulli")
    make_run(runs / "c-five", latent_dim=5)

    def open_link(**params: str) -> AppTest:
        return opened(AppTest.from_file(str(FRAME), default_timeout=30), params)

    return open_link


def texts(test: AppTest) -> str:
    """Everything that the page says."""
    said = [*test.title, *test.markdown, *test.caption, *test.text, *test.warning, *test.info, *test.error]
    return "\n".join(element.value for element in said)


def shown_view(test: AppTest):
    return test.session_state["map_visit"].view


def test_the_page_opens_on_the_first_model_and_says_what_to_do(app: Callable[..., AppTest]) -> None:
    test = app()
    assert not test.exception
    assert test.title[0].value == "Every spot on this map is a picture"
    assert "z** is a place on it" in texts(test)
    assert test.selectbox(key="map_model").value == "a-gaussian"
    assert not test.warning
    assert link_of(test) == {}


def test_a_link_is_shown_and_left_as_it_is(app: Callable[..., AppTest]) -> None:
    params = {"map_model": "b-bernoulli", "map_z": "1,-0.5", "map_x": "7", "map_overlays": "prior,density"}
    test = app(**params)
    assert not test.warning
    assert shown_view(test).z == (1.0, -0.5)
    assert shown_view(test).x == 7
    assert link_of(test) == params


def test_a_link_that_asks_for_what_cannot_be_is_a_sentence_and_the_rest_lives(app: Callable[..., AppTest]) -> None:
    test = app(map_model="gone", map_x="40", map_zoom="2", map_seed="9")
    assert not test.exception
    assert len(test.warning) == 3
    assert "'gone'" in test.warning[0].value.replace("\\", "")
    assert shown_view(test).seed == 9
    assert link_of(test) == {"map_model": "a-gaussian", "map_seed": "9"}


def test_another_likelihood_keeps_the_picture_and_says_what_changes(app: Callable[..., AppTest]) -> None:
    test = app(map_x="7", map_z="1,1")
    test.selectbox(key="map_model").set_value("b-bernoulli").run()
    assert not test.exception
    assert (shown_view(test).x, shown_view(test).z) == (7, None)
    assert "Test image 7" in texts(test)
    assert "black or white" in texts(test)
    assert link_of(test) == {"map_model": "b-bernoulli", "map_x": "7"}
    test.selectbox(key="map_model").set_value("a-gaussian").run()
    assert "grey values" in texts(test)
    assert link_of(test) == {"map_model": "a-gaussian", "map_x": "7"}


def test_back_to_an_earlier_link_shows_its_view(app: Callable[..., AppTest]) -> None:
    test = app(map_x="7")
    del test.query_params["map_x"]
    test.query_params["map_model"] = "c-five"
    test.query_params["map_axes"] = "2,5"
    test.run()
    assert test.selectbox(key="map_model").value == "c-five"
    assert (shown_view(test).x, shown_view(test).axes) == (None, (1, 4))


def test_two_models_of_one_title_are_told_apart(runs: Path, app: Callable[..., AppTest]) -> None:
    make_run(runs / "d-twin", title="Gaussian [digits]")
    test = app()
    picker = test.selectbox(key="map_model")
    assert len(set(picker.options)) == len(picker.options)
    picker.set_value("d-twin").run()
    assert link_of(test) == {"map_model": "d-twin"}
    assert test.selectbox(key="map_model").value == "d-twin"


def test_the_title_of_a_file_is_shown_as_plain_text(app: Callable[..., AppTest]) -> None:
    label = app().selectbox(key="map_model").options[0]
    assert label == "Gaussian [digits]"


def test_the_model_card_gives_each_figure_with_its_convention(app: Callable[..., AppTest], runs: Path) -> None:
    change_json(
        runs / "a-gaussian" / "card.json",
        device="<b>GPU</b> $x$",
        command="python -m vae_core train --x `y`",
    )
    test = app()
    assert "Test ELBO" not in texts(test)  # nothing is made of a card that is shut
    test.session_state["map_card"] = True
    test.run()
    said = texts(test)
    assert "−31.2 ± 0.5 nats" in said.replace("\\", "")
    assert "40 test images" in said.replace("\\", "")
    assert "seed 0" in said
    assert "σ = 0.250" in said.replace("\\", "")
    assert "<b>" not in said
    assert test.code[0].value == "python -m vae_core train --x `y`"


def test_a_broken_run_is_one_sentence_above_a_page_that_works(app: Callable[..., AppTest], runs: Path) -> None:
    (make_run(runs / "d-broken") / "config.json").write_text("{")
    test = app()
    assert not test.exception
    assert len(test.warning) == 1
    assert "d-broken" in test.warning[0].value.replace("\\", "")
    assert test.selectbox(key="map_model").options == ["Gaussian [digits]", "b-bernoulli", "c-five"]


def test_without_any_model_the_page_says_what_to_do_next(runs: Path) -> None:
    test = AppTest.from_file(str(FRAME), default_timeout=30).run()
    assert not test.exception
    assert "Train" in test.info[0].value
    assert test.code[0].value.startswith("python -m vae_core train")


def test_a_model_whose_images_are_gone_still_decodes(app: Callable[..., AppTest], runs: Path) -> None:
    config = runs / "a-gaussian" / "config.json"
    change_json(config, data={"name": str(runs / "gone.npz"), "binarize": "none"})
    test = app()
    assert not test.exception
    assert "decoder works" in test.warning[0].value


@pytest.mark.slow
def test_the_light_pages_import_nothing_heavy() -> None:
    """The web process starts, warms its caches and runs pages without torch, pandas, pyarrow or scikit-learn."""
    code = f"""
import sys
import app, ui.server.startup
from streamlit.testing.v1 import AppTest
ui.server.startup.warm_first_page()
heavy = lambda: [name for name in ("torch", "pandas", "pyarrow", "sklearn", "scipy", "umap") if name in sys.modules]
test = AppTest.from_file({str(FRAME)!r}, default_timeout=30).run()
print(heavy())
for page in ("train", "anything_from_a_normal"):
    assert not test.exception
    test.switch_page(f"../../pages/{{page}}.py").run()
    print(heavy())
assert not test.exception
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=FRAME.parents[2])
    assert done.stdout.split() == ["[]"] * 3, done.stderr
