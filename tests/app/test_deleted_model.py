"""A model that another visitor deletes while its name still stands in a list: a sentence, never a page of errors."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.runs import make_run
from ui.runs import catalogue
from vae_core.runs.run import FOLDER_VARIABLE

pytestmark = pytest.mark.slow

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
PICKERS = {"latent_map": "map_model", "paths": "paths_model", "where_p_is_large": "large_model"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    return make_run(tmp_path / "runs" / "theirs", title="Theirs")


@pytest.fixture(params=["the list is new", "the list is of a moment ago"])
def delete(run: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Deletes the run; the pages look through the folders again at once, or a moment later."""
    new = request.param == "the list is new"
    monkeypatch.setattr(catalogue, "_last", None)

    def act() -> None:
        shutil.rmtree(run)
        if new:
            catalogue._last = None

    return act


def opened(page: str) -> AppTest:
    return AppTest.from_file(str(FRAME), default_timeout=60).run().switch_page(f"../../pages/{page}.py").run()


def look_again(test: AppTest) -> str:
    """What is said once the page has looked through the folders again."""
    catalogue._last = None
    test.run()
    assert not test.exception
    return " ".join(warning.value for warning in test.warning).replace("\\", "")


@pytest.mark.parametrize("page", PICKERS)
def test_one_that_is_picked_just_then(page: str, delete: Callable[[], None]) -> None:
    test = opened(page)
    test.selectbox(key=PICKERS[page]).set_value("theirs")
    delete()
    assert not test.run().exception
    assert "which is not here" in look_again(test)


@pytest.mark.parametrize("page", PICKERS)
def test_one_that_is_shown(page: str, delete: Callable[[], None]) -> None:
    test = opened(page)
    test.selectbox(key=PICKERS[page]).set_value("theirs").run()
    delete()
    assert not test.run().exception
    assert "which is not here" in look_again(test)


def test_one_that_is_taken_home_from_the_library(delete: Callable[[], None]) -> None:
    test = opened("library")
    test.session_state["lib_tab"] = "Models"
    export = next(button for button in test.run().button if button.key == "lib_export_theirs")
    delete()
    assert not export.click().run().exception
    look_again(test)
