"""A path by hand: drawn, its waypoints added, moved and deleted by mouse, finger and key, undone, kept by the link."""

import re
from collections.abc import Callable

from playwright.sync_api import CDPSession, expect

from tests.browser.paths.paths_driver import RUN, SMALL, Paths

ARC = [(0.25, 0.75), (0.3, 0.5), (0.5, 0.3), (0.7, 0.5), (0.75, 0.75)]
HAND = "-2000.0.0.1500.2000.0"  # three waypoints, in thousandths


Waypoints = list[tuple[float, float]]


def waypoints(paths: Paths, right: Callable[[Waypoints], bool]) -> Waypoints:
    """Those that the link holds, once they are right."""
    return read(paths.until(lambda link: right(read(link))))


def read(link: dict[str, str]) -> Waypoints:
    values = [int(value) / 1000 for value in link.get("paths_hand", "").split(".") if value]
    return list(zip(values[::2], values[1::2], strict=True))


def are(expected: Waypoints) -> Callable[[Waypoints], bool]:
    return lambda found: found == expected


def count(expected: int) -> Callable[[Waypoints], bool]:
    return lambda found: len(found) == expected


def test_a_drawn_curve_plays_is_measured_undone_and_comes_back_by_the_link(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_frames="12", paths_stops="3,3")
    expect(there.part("problem")).to_contain_text("the same code")
    expect(there.part("play")).to_be_disabled()
    there.part("pen").click()
    there.drag(*ARC)
    expect(there.part("strip-hand")).to_be_visible()  # though the stops have no way between them
    expect(there.part("strip-linear")).to_be_hidden()
    drawn = waypoints(there, lambda found: 3 <= len(found) <= 12)
    assert drawn[0][0] < -1 < 1 < drawn[-1][0]
    there.part("play").click()
    expect(there.part("when")).not_to_have_text("frame 1 of 12")
    there.part("play").click()
    there.part("scrub").focus()
    there.page.keyboard.press("End")
    expect(there.part("when")).to_have_text("frame 12 of 12")
    there.unfold("measurements")
    travelled, whole = map(float, there.part("latentLength-hand").inner_text().split("/"))
    assert travelled == whole > 2
    shown, link = there.picture("hand"), there.settle().link()
    there.part("hand-undo").click()
    expect(there.part("strip-hand")).to_be_hidden()
    there.part("hand-redo").click()
    expect(there.part("strip-hand")).to_be_visible()
    assert waypoints(there, are(drawn))
    again = paths().open(**link)
    expect(again.part("when")).to_have_text("frame 12 of 12")
    expect(again.part("strip-hand")).to_be_visible()
    assert again.picture("hand") == shown


def test_the_training_pictures_near_a_path_are_counted_or_it_is_said_why_not(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=SMALL, paths_hand=HAND, paths_frames="12")
    asked: list[str] = []
    there.page.on("request", lambda request: request.url.endswith("/training") and asked.append(request.url))
    there.part("scrub").press("End")
    there.settle()
    assert asked == [], "nothing is looked up while the measurements are closed"
    there.unfold("measurements")
    expect(there.part("near-hand")).to_have_text(re.compile(r"^[\d,]+$"), timeout=60_000)
    row = there.page.get_by_role("row", name="Nearest training picture")
    expect(row).to_contain_text(re.compile(r"\d+ · \d\.\d{3}"))
    without = paths()
    without.page.route("**/training", lambda route: route.fulfill(status=404, body="There are none here."))
    without.open(paths_model=SMALL, paths_hand=HAND, paths_frames="12").unfold("measurements")
    expect(without.part("near-hand")).to_have_text("–")
    expect(without.page.get_by_text("There are none here.")).to_be_visible()


def test_what_needs_training_pictures_that_are_not_here_says_so_and_offers_the_download(
    paths: Callable[..., Paths],
) -> None:
    there = paths()
    answers = [
        {"status": 404, "body": "The download did not succeed: the server could not reach the data set."},
        {"status": 204},
    ]
    there.page.route("**/training/download", lambda route: route.fulfill(**answers.pop(0)))
    there.page.route("**/training", lambda route: route.fulfill(status=404, body="not yet"))
    there.open(paths_model=RUN, paths_stops="0,18").unfold("measurements")
    lacking, row = there.part("training-lacking"), there.page.get_by_role("row", name="Nearest training picture")
    expect(lacking).to_contain_text("Two more rows need the training pictures of Fashion-MNIST")
    expect(row).to_be_hidden()
    shown = there.page.locator("body").inner_text() + lacking.inner_text()
    assert not re.search(r"Errno|/root|/tmp|https?:|\.gz", shown)
    there.part("training-download").click()
    expect(lacking).to_contain_text("The download did not succeed")
    there.part("training-download").click()
    expect(lacking).to_be_hidden()
    expect(row).to_be_visible()


def test_a_mouse_adds_waypoints_on_the_curve_and_at_its_end_and_moves_them(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN)
    there.part("pen").click()
    for place in ((0.3, 0.3), (0.7, 0.3), (0.5, 0.3), (0.7, 0.7)):  # the third lies on the curve, the last off it
        there.page.mouse.click(*there.on_map(*place))
    placed = waypoints(there, count(4))
    assert placed[0][0] < placed[1][0] < placed[2][0]
    assert abs(placed[1][0]) < 0.05
    there.drag((0.7, 0.7), (0.3, 0.7))
    assert waypoints(there, lambda found: found[:3] == placed[:3] and found[3][0] < -1)
    there.part("hand-delete").click()
    assert waypoints(there, are(placed[:3]))
    there.part("hand-undo").click()
    there.part("hand-undo").click()
    assert waypoints(there, are(placed))
    there.part("hand-clear").click()
    expect(there.part("strip-hand")).to_be_hidden()
    assert waypoints(there, are([])) == []


def test_keys_pick_move_add_and_delete_waypoints(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_hand=HAND)
    there.part("pen").click()
    there.part("paths-map").focus()
    press = there.page.keyboard.press
    press("PageDown")
    expect(there.part("waypoint")).to_have_text("Waypoint 1 of 3 at -2.00, 0.00")
    press("PageDown")
    press("ArrowUp")
    press("Shift+ArrowRight")
    expect(there.part("waypoint")).to_have_text("Waypoint 2 of 3 at 0.01, 1.60")
    press("Enter")
    expect(there.part("waypoint")).to_contain_text("Waypoint 3 of 4")
    press("Delete")
    press("Control+z")
    press("Control+z")
    press("Control+z")
    press("Control+z")
    assert waypoints(there, are([(-2, 0), (0, 1.5), (2, 0)]))
    press("Control+y")
    press("Control+Shift+z")
    assert waypoints(there, are([(-2, 0), (0.01, 1.6), (2, 0)]))


def test_a_finger_draws_and_taps_and_two_fingers_zoom(paths: Callable[..., Paths]) -> None:
    there = paths(width=390, height=844, has_touch=True).open(paths_model=RUN)
    there.part("pen").tap()
    there.on_map(0.5, 0.5)
    wire = there.page.context.new_cdp_session(there.page)
    touch(wire, [[there.on_map(*place)] for place in ARC])
    drawn = waypoints(there, lambda found: len(found) >= 3)
    there.settle().on_map(0.5, 0.5)  # with the new filmstrip above the map
    before = there.page.evaluate("scrollY")
    touch(wire, [[there.on_map(*place)] for place in ARC])
    assert waypoints(there, are(drawn))
    there.page.touchscreen.tap(*there.on_map(0.1, 0.2))
    assert waypoints(there, count(len(drawn) + 1))
    assert there.page.evaluate("scrollY") == before
    apart = [[there.on_map(0.5 - d, 0.5), there.on_map(0.5 + d, 0.5)] for d in (0.1, 0.2, 0.3, 0.4)]
    touch(wire, apart)
    window(there, lambda a, b, half: half < 2)
    assert waypoints(there, count(len(drawn) + 1))


def touch(wire: CDPSession, frames: list[list[tuple[float, float]]]) -> None:
    """Fingers that come down at the first places, move over the others and are lifted."""
    for n, places in enumerate(frames):
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove" if n else "touchStart", "touchPoints": points})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_more_waypoints_than_a_link_can_hold_are_refused_in_a_sentence(paths: Callable[..., Paths]) -> None:
    full = ".".join(f"{100 * k - 1200}.{500 * (k % 2)}" for k in range(24))
    there = paths().open(paths_model=RUN, paths_hand=full)
    there.part("pen").click()
    there.part("hand-add").click()
    expect(there.part("hand-problem")).to_contain_text("at most 24 waypoints")
    there.part("hand-clear").click()
    expect(there.part("hand-problem")).to_be_hidden()
    there.page.mouse.click(*there.on_map(0.5, 0.5))
    expect(there.page.get_by_text("One waypoint is no path yet")).to_be_visible()


def test_off_the_plane_of_many_dimensions_the_first_stop_is_held(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model="fashion-10d", paths_hand=HAND, paths_frames="12")
    there.part("pen").click()
    expect(there.part("map-help")).to_contain_text("z stays as it is at stop A")
    expect(there.part("strip-hand")).to_be_visible()
    before = there.picture("hand")
    there.unfold("stop-more")
    there.part("stop-number").fill("18")
    there.part("stop-number").press("Enter")
    assert there.settle().link()["paths_stops"] == "18,1"
    assert there.picture("hand") != before


def test_the_map_zooms_moves_and_comes_back_by_the_link(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN)
    stops = there.part("stop").all_inner_texts()
    there.drag((0.9, 0.9), (0.7, 0.8))  # by the map, not by a stop
    a, b, half = window(there, lambda a, b, half: a > 0.5 and b < -0.3)
    there.part("zoom-in").click()
    window(there, lambda a, b, near: near < half / 1.5)
    there.page.mouse.move(*there.on_map(0.5, 0.5))
    there.page.keyboard.down("Control")
    there.page.mouse.wheel(0, 200)
    there.page.keyboard.up("Control")
    seen = window(there, lambda a, b, far: far > half / 1.55)
    assert seen[:2] != (a, b)
    assert there.part("stop").all_inner_texts() == stops
    again = paths().open(**there.link())
    assert window(again, lambda *found: True) == seen
    again.part("zoom-home").click()
    again.until(lambda link: "paths_window" not in link)
    again.part("zoom-paths").click()
    window(again, lambda a, b, near: near < half)


def window(paths: Paths, right: Callable[[float, float, float], bool]) -> tuple[float, float, float]:
    """The window of the map that the link holds, once it is right."""
    named = lambda link: tuple(map(float, link["paths_window"].split(",")))  # noqa: E731
    return named(paths.until(lambda link: "paths_window" in link and right(*named(link))))
