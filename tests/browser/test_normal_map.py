"""Anything from a normal in a real browser: links, drags on both sides, the morph, drawing, training, numbers."""

import math
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.anything_from_a_normal_driver import ADDRESS, Map
from tests.browser.settle import settle
from tests.promise_cases import few
from ui.pages.anything_from_a_normal.url import LINE, PLANE

EXACT = [name for name in LINE + PLANE if name not in ("curve", "picture", "learned")]
REACH = {  # the ends of the window of x at t = 1
    "bimodal": (-4, 4),
    "exponential": (-0.8, 6.2),
    "ring": (-1.75, 1.75),
    "gaussian": (-4.5, 4.5),
    "mixture": (-3.2, 3.2),
}
NUMBERS = ("volume", "pz", "pushed", "px", "distance", "floor", "floor-high")
SQUARE = "".join("A" * 8 + ("_" * 16 if 8 <= row < 24 else "A" * 16) + "A" * 8 for row in range(32))


@pytest.fixture
def shown(new_page: Callable[..., Page], host: str) -> Map:
    return Map(new_page(), host)


def test_every_number_is_finite_and_the_densities_agree(shown: Map) -> None:
    """p(z) / √det JᵀJ, by the stretch, is the exact p(x), by the target's density, to the digits that are shown."""
    shown.open()
    for name in EXACT:
        shown.choose(name)
        for number in NUMBERS:
            assert math.isfinite(shown.number(number)), (name, number)
        assert shown.number("pushed") == pytest.approx(shown.number("px"), rel=2e-3)
        assert shown.number("pushed") == pytest.approx(shown.number("pz") / shown.number("volume"), rel=2e-3)
        normal = math.prod(math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in shown.numbers("z"))
        assert shown.number("pz") == pytest.approx(normal, rel=1e-3)
        assert shown.number("distance") < 2 * shown.number("floor-high")


def test_the_morph_moves_the_grid_and_asks_nothing_of_the_server(shown: Map) -> None:
    shown.open(normal_map="moons")
    end, left, at_end = shown.picture("x"), shown.picture("z"), shown.number("distance")
    sent: list[str] = []
    shown.page.on("request", lambda request: sent.append(urlsplit(request.url).path))
    shown.morph(0.5)
    middle = shown.picture("x")
    shown.morph(0)
    start = shown.picture("x")
    assert len({start, middle, end}) == 3
    assert shown.picture("z") == left
    assert shown.numbers("x") == pytest.approx(shown.numbers("z"), abs=0.005)
    shown.until(lambda: shown.number("distance") > at_end)
    shown.morph(1)
    shown.until(lambda: shown.number("distance") == at_end)
    settle(shown.page)
    assert set(sent) <= {f"/settled/{ADDRESS}"}  # the view, for its link
    shown.morph(0.25)
    shown.until(lambda: shown.link().get("normal_t") == "0.25")


def test_the_play_button_ends_at_f(shown: Map) -> None:
    shown.open(normal_map="ring", normal_t="0.2")
    shown.page.get_by_role("button", name="Play from z to f(z)").click()
    shown.until(lambda: shown.part("time").inner_text() == "t = 1.00")
    shown.until(lambda: "normal_t" not in shown.link())


def test_playing_is_paused_and_goes_on_from_there(new_page: Callable[..., Page], host: str) -> None:
    shown = Map(new_page(fresh=True), host)  # its clock is that of all pages of one visitor
    clock = shown.page.clock
    clock.install(time=0)
    shown.page.emulate_media(reduced_motion="no-preference")
    shown.open(normal_map="ring", normal_t="0")
    clock.pause_at(3600_000)
    time, pause = shown.part("time"), shown.page.get_by_role("button", name="Pause")
    shown.page.get_by_role("button", name="Play from z to f(z)").click()
    clock.run_for(1200)  # half of the time that it takes
    expect(time).to_have_text(re.compile(r"t = 0\.[45]\d"))
    expect(shown.part("point-note")).to_contain_text("belong to the complete map")
    pause.click()
    clock.run_for(100)
    held = time.inner_text()
    clock.run_for(1200)
    expect(time).to_have_text(held)
    shown.page.get_by_role("button", name="Play from z to f(z)").click()
    clock.run_for(600)
    expect(time).to_have_text(re.compile(r"t = 0\.[78]\d"))
    clock.run_for(1200)
    expect(time).to_have_text("t = 1.00")
    expect(pause).to_be_hidden()


@pytest.mark.parametrize("t", few(["1", "0.6"], ["0.6"]))
def test_a_drag_on_either_side_moves_the_partner(shown: Map, t: str) -> None:
    """On every map z follows x to where the pointer has taken it, at any time of the morph; the link shows it again."""
    shown.open(normal_t=t)
    for name, (low, high) in REACH.items():
        shown.choose(name)
        before = shown.numbers("z") + shown.numbers("x")
        shown.drag("z", (0.5, 0.5), (0.3, 0.4))
        after = shown.numbers("z") + shown.numbers("x")
        assert all(a != b for a, b in zip(before, after, strict=True))
        shown.drag("x", (0.8, 0.25), (0.8, 0.3))
        x = shown.numbers("x")
        assert shown.numbers("z") + x != after
        start = 4 if name in LINE else 3.6
        left, right = (end + float(t) * (to - end) for end, to in ((-start, low), (start, high)))
        assert x[0] == pytest.approx(left + 0.8 * (right - left), abs=0.03)
        assert shown.part("norm").is_visible() == (name not in LINE)
        if name not in LINE:
            assert shown.number("norm") == pytest.approx(math.hypot(*x), abs=0.01)
    settle(shown.page)  # the last drag is in the link
    again = Map(shown.page, shown.address).open(**shown.link())
    assert again.numbers("x") == pytest.approx(x, abs=0.02)


def test_the_covariance_is_dragged_by_the_columns_of_its_factor(shown: Map) -> None:
    """From (1.4, 1.1) to three quarters across, half way up: L11 = 2.25 and L21 = 0."""
    shown.open(normal_map="gaussian", normal_z="0,0")
    shown.drag("x", (0.5 + 1.4 / 9, 0.5 - 1.1 / 9), (0.75, 0.5))
    assert shown.number("volume") == pytest.approx(2.25 * 0.7, rel=0.01)
    a, b, c = (float(shown.part(f"lower-{k}").input_value()) for k in range(3))
    said = [float(v) for v in re.findall(r"-?[\d.]+\d", shown.part("covariance").inner_text())]
    assert said == pytest.approx([a * a, b * b + c * c, a * b], abs=0.03)
    shown.until(lambda: "normal_lower" in shown.link())
    assert [float(v) for v in shown.link()["normal_lower"].split(",")] == pytest.approx([2.25, 0, 0.7], abs=0.03)


def test_a_drawing_is_reached_undone_and_cleared(shown: Map) -> None:
    shown.open(normal_map="picture")
    expect(shown.page.get_by_text("a density must have some mass")).to_be_visible()
    assert shown.part("px").inner_text() == "–"
    shown.drag("x", (0.3, 0.3), (0.6, 0.6))
    assert shown.number("pushed") == pytest.approx(shown.number("px"), rel=2e-3)
    once = shown.number("px")
    shown.drag("x", (0.7, 0.2), (0.8, 0.2))
    assert shown.number("px") != once
    shown.page.get_by_role("button", name="Undo the last stroke").click()
    shown.paint()
    assert shown.number("px") == once
    shown.until(lambda: "normal_picture" in shown.link())
    assert len(shown.link()["normal_picture"]) == 1024
    shown.page.get_by_role("button", name="Clear").click()
    expect(shown.page.get_by_text("Draw a density here")).to_be_visible()
    shown.until(lambda: "normal_picture" not in shown.link())


def test_a_drawn_square_becomes_uniform(shown: Map) -> None:
    """Inside a square of constant density p(x) is its inverse area: 15 full knots and two slopes of 6/31 each way."""
    shown.open(normal_map="picture", normal_picture=SQUARE)
    assert shown.number("px") == pytest.approx(1 / (16 * 6 / 31) ** 2, rel=1e-3)


def test_a_curve_is_drawn_on_the_line(shown: Map) -> None:
    shown.open(normal_map="curve")
    shown.drag("x", (0.2, 0.6), (0.5, 0.3), (0.8, 0.6))
    assert shown.number("pushed") == pytest.approx(shown.number("px"), rel=2e-3)
    shown.until(lambda: len(shown.link().get("normal_curve", "")) == 64)


@pytest.mark.parametrize(("name", "letters"), [("curve", 64), ("picture", 1024)])
def test_a_density_is_drawn_by_keys(shown: Map, name: str, letters: int) -> None:
    shown.open(normal_map=name)
    expect(shown.page.get_by_text("Draw a density here")).to_be_visible()
    shown.part("x-plane").focus()
    shown.page.keyboard.press("ArrowUp")
    expect(shown.part("draw-at")).to_be_visible()
    settle(shown.page)
    assert f"normal_{name}" not in shown.link()  # an arrow alone draws nothing
    for _ in range(12):
        shown.page.keyboard.press("Shift+ArrowRight")
    settle(shown.page)
    drawn = shown.link()[f"normal_{name}"]
    assert len(drawn) == letters
    assert shown.number("pushed") == pytest.approx(shown.number("px"), rel=2e-3)
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", " "):
        shown.page.keyboard.press(key)
    shown.until(lambda: shown.link().get(f"normal_{name}") not in (None, drawn))
    shown.page.get_by_role("button", name="Undo the last stroke").click()
    shown.until(lambda: shown.link().get(f"normal_{name}") == drawn)


def test_the_network_learns_before_the_eyes_and_its_steps_are_in_the_link(shown: Map) -> None:
    shown.open(normal_map="learned", normal_target="ring", normal_n="500")
    untrained, picture = shown.number("distance"), shown.picture("x")
    shown.part("train").click()
    shown.until(lambda: shown.number("distance") < untrained / 4, 60)
    assert shown.picture("x") != picture
    shown.part("train").click()
    shown.until(lambda: "normal_steps" in shown.link())
    assert shown.part("steps").inner_text().replace(",", "").startswith(shown.link()["normal_steps"] + " steps")
    reached = shown.number("distance")
    again = Map(shown.page, shown.address).open(**shown.link())
    again.until(lambda: again.number("distance") == reached, 60)


def test_more_draws_come_nearer(shown: Map) -> None:
    shown.open(normal_n="100")
    few = shown.number("distance")
    shown.part("n").evaluate("range => { range.value = 4; range.dispatchEvent(new Event('input')); }")
    shown.until(lambda: shown.part("n-shown").inner_text() == "10,000")
    assert shown.number("distance") < few
    assert shown.number("floor") == pytest.approx(0.00868, abs=1e-4)
    before = shown.number("distance")
    shown.part("again").click()
    shown.until(lambda: shown.number("distance") != before)
    shown.until(lambda: shown.link() == {"normal_n": "10000", "normal_seed": "1"})


def test_keys_move_the_point_and_the_hole_of_the_ring_is_said(shown: Map) -> None:
    shown.open(normal_map="ring", normal_z="0.1,0")
    plane = shown.part("z-plane")
    plane.focus()
    plane.press("Shift+ArrowRight")
    shown.until(lambda: shown.numbers("z") == [0.11, 0.0])
    plane.press("Shift+ArrowLeft")
    plane.press("ArrowLeft")
    expect(shown.page.get_by_text("no value at z = 0")).to_be_visible()
    assert "NaN" not in shown.page.locator("body").inner_text()
    shown.part("x-plane").press("ArrowRight")  # there is no x to move
    shown.paint()
    assert shown.numbers("z") == [0.0, 0.0]
    plane.press("ArrowUp")
    expect(shown.part("x")).not_to_contain_text("–")
    shown.until(lambda: shown.numbers("x") == pytest.approx([0, 1.01]))


def test_a_phone_shows_both_sides_wide(new_page: Callable[..., Page], host: str) -> None:
    shown = Map(new_page(width=390, height=844), host).open(normal_map="ring")
    for part in ("z-plane", "x-plane"):
        assert shown.part(part).bounding_box()["width"] > 240
