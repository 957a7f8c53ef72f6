"""The latent map in a real browser: links, drag, sliders, click, draw, keyboard, touch, poor browsers."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.latent_map_driver import Pad
from ui.runs.catalogue import catalogue
from vae_core.runs.run import read_codes

RUNS = catalogue().runs
GAUSSIAN, BERNOULLI = "fashion-2d-gaussian", "fashion-2d-bernoulli"
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def pad(new_page: Callable[..., Page], host: str) -> Pad:
    return Pad(new_page(), host)


def test_a_drag_moves_z_and_the_picture_and_ends_in_the_link(pad: Pad) -> None:
    """Nothing is asked of the server meanwhile, and it is told once where the drag ended."""
    pad.open(map_model=GAUSSIAN)
    before = pad.picture()
    asked: list[str] = []
    pad.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    pad.drag((0.5, 0.5), (0.7, 0.6))
    z = pad.settle().z()
    assert z[0] > 0.3
    assert z[1] > 0.1
    assert pad.picture() != before
    assert [float(part) for part in pad.link()["map_z"].split(",")] == pytest.approx(z, abs=0.006)
    assert [path for path in asked if not path.startswith("/lab/images/")] == ["/settled/"]
    assert pad.page.evaluate("host.reports.length") == 1


def test_the_picture_follows_while_the_button_is_down(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN)
    pictures = set()
    pad.page.mouse.move(*pad.point(0.3, 0.3))
    pad.page.mouse.down()
    for step in range(1, 9):
        pad.page.mouse.move(*pad.point(0.3 + 0.05 * step, 0.3 + 0.03 * step))
        pad.page.evaluate(TWO_FRAMES)
        pictures.add(tuple(pad.picture()))
    pad.page.mouse.up()
    assert len(pictures) == 8


def test_a_link_gives_the_same_picture_again(pad: Pad, new_page: Callable[..., Page]) -> None:
    pad.open(map_model=GAUSSIAN, map_x="17", map_seed="5")
    pad.drag((0.4, 0.4), (0.62, 0.7))
    pad.settle()
    assert "map_z" in pad.link()
    again = Pad(new_page(), pad.address).open(**pad.link())
    assert again.link() == pad.link()
    assert again.z() == pad.z()
    again.until(lambda: again.number("elbo") is not None)
    assert again.number("elbo") == pad.number("elbo")
    difference = max(abs(a - b) for a, b in zip(again.picture(), pad.picture(), strict=True))
    assert difference <= 1  # z has four decimals in a link, so a pixel on the edge may be rounded otherwise


def test_back_returns_to_the_view_before(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN, map_z="1,1")
    pad.drag((0.5, 0.5), (0.3, 0.3))
    assert pad.settle().link().get("map_z") != "1,1"
    pad.page.go_back()
    pad.until(lambda: pad.z() == [1.0, 1.0])
    assert pad.link()["map_z"] == "1,1"


def test_a_link_is_left_alone_until_the_visitor_does_something(pad: Pad) -> None:
    asked = {"map_model": GAUSSIAN, "map_x": "17"}
    pad.open(**asked)
    pad.until(lambda: pad.number("elbo") is not None)
    assert pad.settle().link() == asked
    assert pad.page.evaluate("host.reports") == []
    at_x = pad.z()
    pad.drag((0.5, 0.5), (0.3, 0.3))
    assert "map_z" in pad.settle().link()
    pad.page.go_back()
    pad.until(lambda: pad.link() == asked and pad.z() == at_x)


def test_a_slider_moves_one_dimension_of_z_and_arrow_keys_nudge_it(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN, map_z="0,0")
    before = pad.picture()
    slider = pad.page.locator(".dims input[type=range]").first
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    pad.until(lambda: pad.z()[0] > 0)
    assert pad.z()[1] == 0
    assert pad.picture() != before
    plane = pad.part("latent-plane")
    plane.focus()
    start = pad.settle().z()
    plane.press("ArrowRight")
    coarse = pad.settle().z()
    assert coarse[0] > start[0]
    assert coarse[1] == 0
    plane.press("Shift+ArrowUp")
    fine = pad.settle().z()
    assert fine[0] == coarse[0]
    assert 0 < fine[1] < coarse[0] - start[0]


def test_a_click_on_a_point_gives_its_figures(pad: Pad) -> None:
    """Click where image 17 is; whichever image is nearest there becomes x, and ELBO = -(rate + distortion)."""
    mu = read_codes(RUNS[GAUSSIAN].run).mu[17].astype(float)
    pad.open(map_model=GAUSSIAN, map_window="0,0,4")
    pad.page.mouse.click(*pad.point(*(0.5 + mu / 8)))
    pad.until(lambda: pad.number("elbo") is not None)
    assert "map_x" in pad.settle().link()
    rate, distortion, elbo = (pad.number(name) for name in ("rate", "distortion", "elbo"))
    error = float(pad.page.locator(".numbers .error-bar").nth(1).inner_text().removeprefix("±"))
    assert rate > 0
    assert elbo == pytest.approx(-(rate + distortion), abs=0.011 + error)  # figures end where their errors begin


def test_what_is_drawn_is_encoded_and_kept_in_the_link(pad: Pad) -> None:
    pad.open(map_model=BERNOULLI)
    canvas = pad.part("draw")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] / 2
    pad.page.mouse.move(middle, box["y"] + 0.2 * box["height"])
    pad.page.mouse.down()
    pad.page.mouse.move(middle, box["y"] + 0.8 * box["height"], steps=12)
    pad.page.mouse.up()
    pad.until(lambda: pad.number("rate") is not None)
    link = pad.settle().link()
    assert "map_drawing" in link
    assert "map_x" not in link


def test_undo_leaves_an_image_that_was_chosen_after_the_stroke(pad: Pad) -> None:
    pad.open(map_model=BERNOULLI)
    pad.part("draw").click()
    assert "map_drawing" in pad.settle().link()
    pad.page.get_by_role("button", name="Next image").click()
    chosen = pad.settle().link()
    assert "map_x" in chosen
    pad.page.get_by_role("button", name="Undo the last stroke").click()
    assert pad.settle().link() == chosen


def test_where_every_class_is_hidden_no_image_is_nearest(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN)
    nearest = pad.page.locator(".near-image")
    expect(nearest).to_contain_text("away")
    pad.page.get_by_role("button", name="Hide all").click()
    expect(nearest).to_have_text("–")
    nearest.click()
    pad.page.get_by_role("button", name="Show all").click()
    expect(nearest).to_contain_text("away")
    assert "map_x" not in pad.settle().link()


def test_x_is_drawn_with_the_keyboard_alone(pad: Pad) -> None:
    pad.open(map_model=BERNOULLI)
    canvas, cell = pad.part("draw"), pad.part("cell")
    expect(cell).to_be_hidden()
    pad.page.get_by_role("button", name="Next image").focus()
    while not canvas.evaluate("node => node.getRootNode().activeElement === node"):
        pad.page.keyboard.press("Tab")
    expect(cell).to_be_visible()
    before = cell.bounding_box()
    pad.page.keyboard.press("ArrowRight")
    assert cell.bounding_box()["x"] > before["x"]
    pad.page.keyboard.press("Space")
    for _ in range(9):
        pad.page.keyboard.press("Shift+ArrowDown")
    pad.until(lambda: pad.number("rate") is not None)
    assert "map_drawing" in pad.settle().link()
    column = "node => Array.from(node.getContext('2d').getImageData(15, 0, 1, 28).data.filter((_, k) => k % 4 === 0))"
    painted = [row for row, value in enumerate(canvas.evaluate(column)) if value > 128]
    assert painted == list(range(min(painted), max(painted) + 1))
    assert min(painted) in (13, 14)
    assert max(painted) in (23, 24)
    assert "Arrow keys" in canvas.get_attribute("aria-label")


def test_touch_drags_the_point(new_page: Callable[..., Page], host: str) -> None:
    pad = Pad(new_page(width=390, height=844, has_touch=True, is_mobile=True), host).open(map_model=GAUSSIAN)
    pad.part("latent-plane").scroll_into_view_if_needed()
    before, (x, y) = pad.z(), pad.point(0.7, 0.3)
    pad.page.touchscreen.tap(x, y)
    pad.until(lambda: pad.z() != before)


POOR = {
    "no WebAssembly": "delete globalThis.WebAssembly",
    "no WebGL": """const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.includes("webgl") ? null : real.call(this, kind, ...rest);
        };
        delete globalThis.OffscreenCanvas""",
}


@pytest.mark.parametrize("script", POOR.values(), ids=POOR)
def test_a_browser_that_lacks_much_still_decodes(pad: Pad, script: str) -> None:
    pad.page.add_init_script(script)
    pad.open(map_model=GAUSSIAN)
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    pad.settle()
    assert pad.picture() != before


def test_a_page_whose_modules_are_lost_says_so(new_page: Callable[..., Page], host: str) -> None:
    page = new_page()
    page.route("**/lab/web/**", lambda route: route.abort())
    page.goto(f"http://{host}/")
    expect(page.get_by_text("The latent map could not be loaded.")).to_be_visible()
