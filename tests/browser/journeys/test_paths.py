"""Paths in the whole app: a shared link, another model in the list with the same pictures, and the way back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.paths.paths_driver import RUN, Paths
from ui.runs.catalogue import catalogue

OTHER = "fashion-5d"


def test_a_shared_path_is_played_taken_to_another_model_and_back(new_page: Callable[..., Page], server: str) -> None:
    """The link brings the pictures and the frame, both outlast a rerun, and Back brings the model before."""
    there = Paths(new_page(), server).open(paths_model=RUN, paths_stops="18,1", paths_frames="12", paths_frame="5")
    expect(there.page).to_have_title("Paths · VAE Lab")
    expect(there.part("when")).to_have_text("frame 6 of 12")
    there.geodesic().unfold("stop-more")
    there.part("stop-number").fill("7")
    there.part("stop-number").press("Enter")
    there.until_link(paths_stops="7,1")
    there.page.get_by_role("combobox", name="Model").click()
    there.page.get_by_role("option", name=catalogue().runs[OTHER].title).click()
    there.until_link(paths_model=OTHER, paths_stops="7,1")
    there.geodesic()
    there.page.go_back()
    there.until_link(paths_model=RUN, paths_stops="7,1")
    there.geodesic()
    expect(there.part("stop").first).to_contain_text(" 7")
    there.page.get_by_text("What to look at, and why it matters").click()
    expect(there.page.get_by_text("Why not just mix the pixels?")).to_be_visible()
