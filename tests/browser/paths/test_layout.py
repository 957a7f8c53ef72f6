"""What is in view without scrolling, what stays in view, and what cannot be dragged out of it."""

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.paths.paths_driver import RUN, Paths
from tests.server import ROOT
from vae_core.runs.run import open_run, read_codes

HEAD = 124  # pixels of the app above the component
FILL = "e => getComputedStyle(e).backgroundColor"
ACCENT = "e => getComputedStyle(e).accentColor"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1366, 768)])
def test_map_frames_play_and_the_first_strip_are_in_view(paths: Callable[..., Paths], width: int, height: int) -> None:
    there = paths(width=width, height=height).open(paths_model=RUN, paths_stops="0,18").geodesic()
    top = there.part("do-between").locator("xpath=ancestor::section").bounding_box()["y"]
    play = there.part("play").bounding_box()
    assert play["y"] + play["height"] <= height
    for name in ("paths-map", "frame-linear", "frame-spherical", "frame-geodesic", "strip-linear"):
        box = there.part(name).bounding_box()
        assert HEAD + box["y"] + box["height"] - top <= play["y"], name
    frame, chart = there.part("frame-linear").bounding_box(), there.part("chart-step")
    assert frame["width"] >= 190
    expect(chart).to_be_hidden()
    expect(there.part("stop-number")).to_be_hidden()
    there.unfold("measurements")
    expect(chart).to_be_visible()
    there.page.mouse.click(*middle(there, "strip-linear"))
    expect(there.part("when")).not_to_have_text("frame 1 of 24")


def middle(there: Paths, name: str) -> tuple[float, float]:
    there.part(name).scroll_into_view_if_needed()
    box = there.part(name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_on_a_phone_play_moves_frames_that_stay_in_view(paths: Callable[..., Paths]) -> None:
    there = paths(width=390, height=844, has_touch=True).open(paths_model=RUN, paths_stops="0,18", paths_speed="60")
    expect(there.part("frame-linear")).to_be_in_viewport(ratio=1)
    there.on_map(0.5, 0.5)  # scrolls to the map
    for name in ("frame-linear", "frame-spherical", "play"):
        expect(there.part(name)).to_be_in_viewport(ratio=1)
    before = there.picture("linear")
    there.part("play").tap()
    expect(there.part("when")).not_to_have_text("frame 1 of 24")
    there.part("play").tap()
    assert there.picture("linear") != before


def test_play_is_the_only_filled_button_and_the_loop_a_quiet_one(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN)
    play, loop = there.part("play"), there.part("loop")
    accent = there.part("scrub").evaluate(ACCENT)
    assert play.evaluate(FILL) == accent
    for _ in range(2):  # on, then off
        assert loop.evaluate(FILL) != accent
        loop.click()
    expect(loop).to_have_text("Loop")
    expect(loop).to_have_attribute("aria-pressed", "true")


def test_a_long_name_moves_no_stop(paths: Callable[..., Paths]) -> None:
    there = paths(width=1024, height=768).open(paths_model="faces-16d", paths_stops="0,1,2,1999")
    boxes = [stop.bounding_box() for stop in there.part("stop").all()]
    assert len({box["height"] for box in boxes}) == 1
    rows = sorted({box["y"] for box in boxes})
    assert all(b - a >= boxes[0]["height"] for a, b in itertools.pairwise(rows))


def test_stops_and_waypoints_stay_on_the_map_when_they_are_dragged_over_its_edge(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_window="0,0,2", paths_hand="0.0.1000.1000")
    mu = read_codes(open_run(ROOT / "models" / RUN)).mu.astype(float).tolist()
    share = lambda z: (0.5 + z[0] / 4, 0.5 - z[1] / 4)  # noqa: E731
    there.drag(share(mu[0]), (0.5, 0.9), (0.5, 1.15))
    stop = int(there.until(lambda link: "paths_stops" in link)["paths_stops"].split(",")[0])
    assert stop != 0
    assert max(map(abs, mu[stop])) < 1.97
    there.part("pen").click()
    there.drag(share((1, 1)), (0.9, 0.1), (1.1, -0.05))
    placed = there.until(lambda link: link["paths_hand"] != "0.0.1000.1000")["paths_hand"]
    assert max(abs(int(value)) for value in placed.split(".")) < 1970
