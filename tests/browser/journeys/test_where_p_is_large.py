"""Where p(x|z) is large in the whole app: a deep link and Back, another model, and on through the chapters."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.settle import settle
from tests.browser.where_p_is_large_driver import BERNOULLI, GAUSSIAN, RUNS, Map

WAIT = 120_000  # the first visit imports torch


def test_a_visitor_follows_a_deep_link_takes_the_next_x_and_goes_back(
    new_page: Callable[..., Page], server: str
) -> None:
    asked = {
        "large_model": BERNOULLI,
        "large_x": "7",
        "large_n": "500",
        "large_layers": "heat,race",
        "large_z": "1,-0.5",
    }
    plane = Map(new_page(), server).open(**asked)
    expect(plane.page).to_have_title("Where p(x|z) is large · VAE Lab")
    expect(plane.page.get_by_text("sends nothing elsewhere")).to_be_visible()
    assert plane.z() == [1.0, -0.5]
    assert plane.link() == asked
    before = plane.part("log-px").inner_text()
    plane.page.get_by_role("button", name="Next image").click()
    plane.until(lambda: plane.link() == {name: asked[name] for name in asked if name != "large_z"} | {"large_x": "8"})
    plane.until(lambda: plane.part("log-px").inner_text() != before)
    plane.page.go_back()
    plane.until(lambda: plane.part("log-px").inner_text() == before and plane.z() == [1.0, -0.5])
    assert plane.link() == asked


@pytest.mark.parametrize(("width", "height"), [pytest.param(1440, 900, marks=pytest.mark.promise), (1366, 768)])
def test_the_map_and_the_race_are_in_view_together(
    new_page: Callable[..., Page], server: str, width: int, height: int
) -> None:
    plane = Map(new_page(width, height), server).open()
    boxes = [plane.part("likelihood-map").bounding_box(), plane.page.locator(".race .chart canvas").bounding_box()]
    assert all(box["y"] + box["height"] <= height for box in boxes), boxes
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]


def test_a_visitor_takes_another_model_and_reads_on_to_a_hole_between_the_codes(
    new_page: Callable[..., Page], server: str
) -> None:
    """Of two arrays of the new model one is lost: the old one does not stand in for it, and the loss stays said."""
    plane = Map(new_page(), server).open(large_model=GAUSSIAN, large_x="4")
    page = plane.page
    expect(page.locator(".identity.stale")).to_have_count(0)
    asked: list[str] = []

    def lose_the_first(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    page.route("**/lab/arrays/**", lose_the_first)
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=RUNS[BERNOULLI].title).click()
    plane.until(lambda: plane.link() == {"large_model": BERNOULLI, "large_x": "4"} and len(asked) == 2, 60)
    settle(page)  # both have come, or not
    expect(page.get_by_text("Could not load the exact posterior of this x")).to_be_visible()
    expect(page.locator(".identity.stale")).to_have_count(1)

    page.get_by_role("radio", name="The race").or_(page.get_by_role("button", name="The race")).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**large_chapter=dimension*", timeout=WAIT)
    expect(page.get_by_role("heading", name="The dimension", exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("combobox", name="Model")).to_have_count(0)
    page.get_by_role("radio", name="All of the data").or_(
        page.get_by_role("button", name="All of the data")
    ).first.click()
    expect(page.get_by_role("heading", name="All of the data", exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("combobox", name="Model")).to_have_value(RUNS[BERNOULLI].title)
    assert parse_qs(urlsplit(page.url).query)["large_model"] == [BERNOULLI]

    said = page.get_by_text("Mean of p(x|z) at z =")
    expect(said).to_be_visible(timeout=WAIT)
    before = said.inner_text()
    page.locator(".st-key-large_aggregate_plane .scatterlayer path.point").nth(2).click(force=True)
    expect(said).not_to_have_text(before, timeout=WAIT)
    page.wait_for_url("**large_aggregate_hole=3*")
    expect(page.get_by_role("radio", name="3", exact=True)).to_be_checked()
