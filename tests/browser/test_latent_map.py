"""The latent map in a real browser: links, drag, sliders, click, draw, keyboard, phone width, accessibility."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import grave
from tests.browser.pad import Pad
from tests.server import running_app
from ui.catalogue import catalogue
from vae_core.run import read_codes

RUNS = catalogue().runs
PAIR = {
    entry.run.config.model.likelihood: run
    for run, entry in RUNS.items()
    if entry.run.config.model.latent_dim == 2 and entry.run.config.data.name == "fashion-mnist"
}
GAUSSIAN, BERNOULLI = PAIR["gaussian"], PAIR["bernoulli"]


@pytest.fixture
def pad(new_page: Callable[..., Page], server: str) -> Pad:
    return Pad(new_page(), server)


def test_a_cold_deep_link_shows_its_view_inside_the_frame(new_page: Callable[..., Page], tmp_path: Path) -> None:
    """The very first visit after the server starts is a deep link, and the visit after it is sound as well."""
    asked = {"map_model": BERNOULLI, "map_z": "1,-0.5", "map_x": "7", "map_overlays": "prior,density"}
    with running_app(tmp_path / "log.txt") as address:
        for _ in range(2):
            pad = Pad(new_page(), address).open(**asked)
            expect(pad.page).to_have_title("Latent map · VAE Lab")
            expect(pad.page.get_by_role("heading", name="Latent map", level=1)).to_be_visible()
            expect(pad.page.get_by_text("sends nothing elsewhere")).to_be_visible()
            assert pad.z() == [1.0, -0.5]
            assert pad.link() == asked


def test_a_drag_moves_z_and_the_picture_and_ends_in_the_link(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN)
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    z = pad.z()
    assert z[0] > 0.3
    assert z[1] > 0.1
    assert pad.picture() != before
    pad.until(lambda: "map_z" in pad.link())
    assert [float(part) for part in pad.link()["map_z"].split(",")] == pytest.approx(z, abs=0.006)


def test_the_picture_follows_while_the_button_is_down(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN)
    pictures = set()
    pad.page.mouse.move(*pad.point(0.3, 0.3))
    pad.page.mouse.down()
    for step in range(1, 9):
        pad.page.mouse.move(*pad.point(0.3 + 0.05 * step, 0.3 + 0.03 * step))
        pad.page.wait_for_timeout(60)
        pictures.add(tuple(pad.picture()))
    pad.page.mouse.up()
    assert len(pictures) == 8


def test_a_drag_asks_nothing_of_the_server(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN)
    pad.drag((0.5, 0.5), (0.55, 0.5))
    pad.until(lambda: "map_z" in pad.link())
    pad.page.wait_for_timeout(500)
    asked: list[str] = []
    pad.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    pad.page.mouse.move(*pad.point(0.3, 0.5))
    pad.page.mouse.down()
    for step in range(20):
        pad.page.mouse.move(*pad.point(0.3 + 0.02 * step, 0.5))
    pad.page.mouse.up()
    assert [path for path in asked if not path.startswith("/lab/images/")] == []


def test_a_link_gives_the_same_picture_again(pad: Pad, new_page: Callable[..., Page], server: str) -> None:
    pad.open(map_model=GAUSSIAN, map_x="17", map_seed="5")
    pad.drag((0.4, 0.4), (0.62, 0.7))
    pad.until(lambda: "map_z" in pad.link())
    pad.page.wait_for_timeout(600)
    again = Pad(new_page(), server).open(**pad.link())
    assert again.link() == pad.link()
    assert again.z() == pad.z()
    again.until(lambda: again.number("elbo") == pad.number("elbo"))
    difference = max(abs(a - b) for a, b in zip(again.picture(), pad.picture(), strict=True))
    assert difference <= 1  # z has four decimals in a link, so a pixel on the edge may be rounded otherwise


def test_back_returns_to_the_view_before(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN, map_z="1,1")
    pad.drag((0.5, 0.5), (0.3, 0.3))
    pad.until(lambda: pad.link().get("map_z") != "1,1")
    pad.page.go_back()
    pad.until(lambda: pad.z() == [1.0, 1.0])
    assert pad.link()["map_z"] == "1,1"


def test_a_link_is_left_alone_until_the_visitor_does_something(pad: Pad) -> None:
    asked = {"map_model": GAUSSIAN, "map_x": "17"}
    pad.open(**asked)
    pad.until(lambda: pad.number("elbo") is not None)
    pad.page.wait_for_timeout(1000)
    assert pad.link() == asked
    at_x = pad.z()
    pad.drag((0.5, 0.5), (0.3, 0.3))
    pad.until(lambda: "map_z" in pad.link())
    pad.page.go_back()
    pad.until(lambda: pad.link() == asked and pad.z() == at_x)


def test_a_slider_moves_one_dimension_of_z(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN, map_z="0,0")
    before = pad.picture()
    slider = pad.page.locator("input[type=range]").first
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    pad.until(lambda: pad.z()[0] > 0)
    assert pad.z()[1] == 0
    assert pad.picture() != before


def test_a_click_on_a_point_gives_its_figures(pad: Pad) -> None:
    """Click where image 17 is; whichever image is nearest there becomes x, and ELBO = -(rate + distortion)."""
    mu = read_codes(RUNS[GAUSSIAN].run).mu[17].astype(float)
    pad.open(map_model=GAUSSIAN, map_window="0,0,4")
    pad.page.mouse.click(*pad.point(*(0.5 + mu / 8)))
    pad.until(lambda: pad.number("elbo") is not None)
    pad.until(lambda: "map_x" in pad.link())
    rate, distortion, elbo = (pad.number(name) for name in ("rate", "distortion", "elbo"))
    assert rate > 0
    assert elbo == pytest.approx(-(rate + distortion), abs=0.02)


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
    pad.until(lambda: "map_drawing" in pad.link())
    assert "map_x" not in pad.link()


def test_undo_leaves_an_image_that_was_chosen_after_the_stroke(pad: Pad) -> None:
    pad.open(map_model=BERNOULLI)
    pad.part("draw").click()
    pad.until(lambda: "map_drawing" in pad.link())
    pad.page.get_by_role("button", name="Next image").click()
    pad.until(lambda: "map_x" in pad.link())
    pad.page.get_by_role("button", name="Undo the last stroke").click()
    pad.page.wait_for_timeout(600)
    assert "map_drawing" not in pad.link()


def test_where_every_class_is_hidden_no_image_is_nearest(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN)
    nearest = pad.page.locator(".near-image")
    expect(nearest).to_contain_text("away")
    pad.page.get_by_role("button", name="Hide all").click()
    expect(nearest).to_have_text("–")
    nearest.click()
    pad.page.get_by_role("button", name="Show all").click()
    expect(nearest).to_contain_text("away")
    assert "map_x" not in pad.link()


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
    pad.until(lambda: "map_drawing" in pad.link())
    column = "node => Array.from(node.getContext('2d').getImageData(15, 0, 1, 28).data.filter((_, k) => k % 4 === 0))"
    painted = [row for row, value in enumerate(canvas.evaluate(column)) if value > 128]
    assert painted == list(range(min(painted), max(painted) + 1))
    assert min(painted) in (13, 14)
    assert max(painted) in (23, 24)
    assert "Arrow keys" in canvas.get_attribute("aria-label")


def test_arrow_keys_nudge_z_and_shift_is_finer(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN, map_z="0,0")
    plane = pad.part("latent-plane")
    plane.focus()
    plane.press("ArrowRight")
    pad.until(lambda: pad.z()[0] > 0)
    coarse = pad.z()[0]
    plane.press("Shift+ArrowUp")
    pad.until(lambda: pad.z()[1] > 0)
    assert pad.z()[1] < coarse


def test_the_other_likelihood_keeps_the_picture_x(pad: Pad) -> None:
    pad.open(map_model=GAUSSIAN, map_x="17")
    pad.until(lambda: pad.number("elbo") is not None)
    gaussian = pad.number("elbo")
    pad.page.get_by_role("combobox", name="Model").click()
    pad.page.get_by_role("option", name=RUNS[BERNOULLI].title).click()
    expect(pad.page.get_by_text("black or white")).to_be_visible()
    pad.until(lambda: pad.link() == {"map_model": BERNOULLI, "map_x": "17"})
    pad.until(lambda: pad.number("elbo") not in (None, gaussian))
    assert pad.number("distortion") > 0


@pytest.mark.parametrize("run", RUNS)
def test_every_shipped_model_decodes(pad: Pad, run: str) -> None:
    pad.open(map_model=run)
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.8, 0.7))
    assert pad.picture() != before


def test_a_bad_link_is_said_and_the_map_lives(pad: Pad) -> None:
    pad.open(map_model="gone", map_x="99999", map_zz="1")
    for words in ("'gone'", "map_x = '99999'", "'map_zz'"):
        expect(pad.page.get_by_text(words)).to_be_visible()
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    assert pad.picture() != before


def test_nothing_is_asked_of_any_other_machine(pad: Pad, server: str) -> None:
    hosts = set()
    pad.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    pad.open(map_model=GAUSSIAN)
    pad.page.wait_for_timeout(500)
    assert hosts - {""} == {server}


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_width_scrolls_sideways(new_page: Callable[..., Page], server: str, width: int) -> None:
    pad = Pad(new_page(width=width, height=844), server).open(map_model=GAUSSIAN, map_x="17")
    pad.page.wait_for_timeout(500)
    overflow = """() => [...document.querySelectorAll("html, body, section, [data-testid=stMain]")]
        .filter(e => e.dataset.testid !== "stSidebar")
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + " " + e.scrollWidth)"""
    assert pad.page.evaluate(overflow) == []


def test_touch_drags_the_point(new_page: Callable[..., Page], server: str) -> None:
    pad = Pad(new_page(width=390, height=844, has_touch=True, is_mobile=True), server).open(map_model=GAUSSIAN)
    pad.part("latent-plane").scroll_into_view_if_needed()
    before, (x, y) = pad.z(), pad.point(0.7, 0.3)
    pad.page.touchscreen.tap(x, y)
    pad.until(lambda: pad.z() != before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(new_page: Callable[..., Page], server: str, scheme: str) -> None:
    pad = Pad(new_page(color_scheme=scheme), server).open(map_model=GAUSSIAN, map_x="17")
    pad.until(lambda: pad.number("elbo") is not None)
    pad.page.get_by_text("Model card").click()
    expect(pad.page.get_by_text("Test ELBO")).to_be_visible()
    assert grave(pad.page) == []


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
    assert pad.picture() != before


def test_a_page_whose_modules_are_lost_says_so(new_page: Callable[..., Page], server: str) -> None:
    page = new_page()
    page.route("**/lab/pad/**", lambda route: route.abort())
    page.goto(f"http://{server}/")
    expect(page.get_by_text("The latent map could not be loaded.")).to_be_visible()
    expect(page.get_by_role("heading", name="Latent map", level=1)).to_be_visible()
