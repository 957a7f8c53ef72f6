"""One model and one x through all pages of a tab: what is chosen on one page is in the link of the next."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from ui.pages.latent_map.url import View as MapView

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
pytestmark = pytest.mark.slow
PAGES = {"latent_map": "map", "where_p_is_large": "large", "paths": "paths"}


def at(page: str, asked: dict[str, str]) -> AppTest:
    """A tab in which a link to the page was opened."""
    test = AppTest.from_file(str(FRAME), default_timeout=120)
    if page != "latent_map":
        test = test.run().switch_page(f"../../pages/{page}.py")
    return opened(test, asked)


def go(test: AppTest, page: str) -> AppTest:
    """The page chosen in the list of pages, which says nothing of a model."""
    test.query_params.clear()
    test = test.switch_page(f"../../pages/{page}.py").run()
    assert not test.exception
    return test


def follow(test: AppTest, asked: dict[str, str]) -> AppTest:
    """Another link to the same page, as Back or the address bar gives it."""
    test.query_params.clear()
    return opened(test, asked)


@pytest.mark.parametrize("page", ["where_p_is_large", "paths"])
@pytest.mark.parametrize("model", ["fashion-10d", "fashion-2d-bernoulli"])
def test_the_model_and_x_of_the_map_are_those_of_the_next_page(page: str, model: str) -> None:
    test = go(at("latent_map", {"map_model": model, "map_x": "7"}), page)
    prefix = PAGES[page]
    assert test.selectbox(key=f"{prefix}_model").value == model
    link = link_of(test)
    assert link[f"{prefix}_model"] == model
    assert "7" in link["large_x" if page == "where_p_is_large" else "paths_stops"].split(",")


def test_they_come_back_to_the_map_with_z() -> None:
    test = at("latent_map", {"map_model": "fashion-5d", "map_x": "7", "map_z": "1,2,0,0,0.5"})
    test = go(go(test, "library"), "latent_map")
    assert link_of(test) == {"map_model": "fashion-5d", "map_x": "7", "map_z": "1,2,0,0,0.5"}
    assert test.selectbox(key="map_model").value == "fashion-5d"


@pytest.mark.parametrize(
    "page", ["anything_from_a_normal", "other_families", "train", "library", "lessons", "glossary"]
)
def test_a_page_without_a_model_says_what_is_chosen(page: str) -> None:
    test = go(at("latent_map", {"map_model": "fashion-5d", "map_x": "7"}), page)
    (said,) = [each.value for each in test.markdown if "Your model" in each.value]
    assert "Fashion 5D" in said
    assert "test image 7" in said
    test.query_params["lesson"] = "the-ring"  # a lesson says itself what each step shows
    assert not [each.value for each in test.run().markdown if "Your model" in each.value]


def test_a_page_without_a_model_is_silent_where_nothing_is_chosen() -> None:
    test = go(at("latent_map", {}), "library")
    assert not [each.value for each in test.markdown if "Your model" in each.value]


def test_what_is_chosen_last_is_carried() -> None:
    test = go(at("latent_map", {"map_model": "fashion-5d", "map_x": "7"}), "where_p_is_large")
    test.selectbox(key="large_model").set_value("fashion-10d").run()
    test = go(test, "latent_map")
    assert link_of(test)["map_model"] == "fashion-10d"
    assert link_of(test)["map_x"] == "7"


def test_a_link_says_more_than_what_was_carried() -> None:
    test = at("latent_map", {"map_model": "fashion-5d", "map_x": "7"})
    test = follow(test, {"map_model": "fashion-10d"})
    assert link_of(test) == {"map_model": "fashion-10d"}
    assert test.session_state["map_visit"].view == MapView()


def test_back_to_a_page_without_a_link_adds_no_entry_to_the_history() -> None:
    test = go(at("latent_map", {"map_model": "fashion-5d", "map_x": "7"}), "paths")
    assert link_of(test)["paths_model"] == "fashion-5d"
    test = follow(test, {})  # Back, from /paths?paths_model=... to /paths
    assert link_of(test) == {}
    assert test.selectbox(key="paths_model").value == "fashion-5d"


def test_a_lesson_shows_what_it_says() -> None:
    test = at("latent_map", {"map_model": "fashion-5d", "map_x": "7"})
    test = follow(test, {"lesson": "collapse-can-be-optimal"})
    assert test.session_state["map_visit"].view.x != 7


@pytest.mark.parametrize("model", ["fashion-10d", "faces-16d"])
def test_back_from_another_page_finds_the_list_as_the_link_says(model: str) -> None:
    test = go(at("latent_map", {"map_model": model}), "paths")
    test.selectbox(key="paths_model").set_value("fashion-5d").run()
    test.query_params.clear()
    test.query_params["map_model"] = model
    test = test.switch_page("../../pages/latent_map.py").run()
    assert test.selectbox(key="map_model").value == model
    assert test.session_state["map_visit"].model == model
