"""Find and select on the latent map: lasso, box, search and neighbours, against brute force over the run's codes."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.latent_map_driver import Pad
from ui.runs import assets, nearest_pictures
from ui.runs.catalogue import catalogue
from vae_core.runs.run import read_codes

RUN = "fashion-2d-gaussian"
ENTRY = catalogue().runs[RUN]
CODES = read_codes(ENTRY.run)
mu, label = CODES.mu.astype(np.float32), CODES.label
NAMES = assets.classes(ENTRY)


@pytest.fixture
def pad(new_page: Callable[..., Page], host: str) -> Pad:
    return Pad(new_page(), host)


def around(pad: Pad, tool: str, *places: tuple[float, float]) -> None:
    """Choose the tool and draw from place to place."""
    pad.part(f"tool-{tool}").click()
    pad.page.mouse.move(*pad.point(*places[0]))
    pad.page.mouse.down()
    for place in places[1:]:
        pad.page.mouse.move(*pad.point(*place), steps=6)
    pad.page.mouse.up()


def corners(pad: Pad) -> np.ndarray:
    """The selection's corners as the link holds them, [K, 2]."""
    return np.array(pad.settle().link()["map_selected"].split(","), float).reshape(-1, 2)


def held(polygon: np.ndarray) -> np.ndarray:
    """Which codes lie inside: the angles under which they see the edges add up to a full turn."""
    turn = np.zeros(len(mu))
    for a, b in pairwise([*polygon, polygon[0]]):
        p, q = a - mu, b - mu
        turn += np.arctan2(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0], (p * q).sum(1))
    return np.abs(turn) > math.pi


def said(pad: Pad) -> str:
    return pad.part("selected-words").inner_text()


def expect_counts(pad: Pad, inside: np.ndarray) -> None:
    """The sentence and the table are those of these codes."""
    expect(pad.part("selected-words")).to_contain_text(f"{inside.sum():,} of 10,000 points")
    rows = [row.split("\t") for row in pad.part("selected-counts").inner_text().split("\n")[1:]]
    shown = {name.strip(): count for name, count, _ in rows}
    assert set(shown) == {NAMES[k] for k in np.unique(label[inside])}
    for name, count in shown.items():
        assert int(count.replace(",", "")) == (inside & (label == NAMES.index(name))).sum()


def indices(pad: Pad, part: str) -> list[int]:
    return [
        int(n) for n in pad.part(part).locator("button:visible").evaluate_all("all => all.map(b => b.dataset.index)")
    ]


def nearest(z: np.ndarray, among: np.ndarray) -> list[int]:
    """Numbers of the codes nearest to z, those `among` them only."""
    each = np.square(mu - z).sum(1)
    return [n for n in np.argsort(each, kind="stable").tolist() if among[n]]


def test_a_lasso_selects_what_it_goes_around_and_counts_it_by_class(pad: Pad) -> None:
    pad.open(map_model=RUN)
    z = pad.z()
    around(pad, "lasso", (0.4, 0.4), (0.6, 0.45), (0.7, 0.7), (0.5, 0.6), (0.35, 0.65))
    assert pad.z() == z
    assert len(corners(pad)) <= 24
    expect_counts(pad, held(corners(pad)))
    expect(pad.part("tool-lasso")).to_have_attribute("aria-pressed", "false")
    pad.part("latent-plane").press("Escape")
    assert "map_selected" not in pad.settle().link()
    expect(pad.part("selected-counts")).to_be_hidden()


def test_a_box_selects_and_its_link_shows_the_same(pad: Pad, new_page: Callable[..., Page]) -> None:
    pad.open(map_model=RUN)
    around(pad, "box", (0.55, 0.3), (0.8, 0.6))
    box = corners(pad)
    assert len(box) == 4
    inside = (box.min(0) < mu).all(1) & (box.max(0) > mu).all(1)
    assert inside.sum() > 100
    expect_counts(pad, inside)
    again = Pad(new_page(), pad.address).open(**pad.link())
    expect_counts(again, inside)


def test_hidden_classes_are_not_selected(pad: Pad) -> None:
    corners = "-1.9995,-1.9995,1.9995,-1.9995,1.9995,1.9995,-1.9995,1.9995"
    pad.open(map_model=RUN, map_hide="0,1,2", map_selected=corners)
    inside = (np.abs(mu) < 1.9995).all(1) & (label > 2)
    pad.until(lambda: f"{inside.sum():,} of 10,000 points of the shown classes" in said(pad))


def test_a_box_by_the_keyboard(pad: Pad) -> None:
    pad.open(map_model=RUN, map_z="0,0")
    plane = pad.part("latent-plane")
    plane.focus()
    plane.press("b")
    for key in ("ArrowRight", "ArrowUp"):
        for _ in range(9):
            plane.press(key)
    plane.press("Enter")
    box = corners(pad)
    assert box.min(0) == pytest.approx([0, 0])
    assert box.max(0) == pytest.approx([0.9, 0.9])
    expect_counts(pad, ((mu > 0) & (mu < np.float32(0.9))).all(1))
    plane.press("Escape")
    expect(pad.part("selected-counts")).to_be_hidden()


def test_an_empty_lasso_and_one_without_area_say_so(pad: Pad) -> None:
    pad.open(map_model=RUN)
    around(pad, "lasso", (0.02, 0.9), (0.04, 0.92), (0.02, 0.95))
    expect(pad.part("selected-words")).to_contain_text("No point lies inside")
    around(pad, "lasso", (0.5, 0.5))
    expect(pad.part("selected-words")).to_contain_text("no area")
    pad.drag((0.5, 0.5), (0.7, 0.6))  # the plane is dragged as before
    assert "map_z" in pad.settle().link()


def test_search_by_number_and_by_class(pad: Pad) -> None:
    pad.open(map_model=RUN, map_z="0.5,0.25")
    pad.page.get_by_text("Find and select").click()
    field = pad.part("find")
    field.fill("bag")
    field.press("Enter")
    bags = label == NAMES.index("Bag")
    expect(pad.part("find-words")).to_contain_text(f"{bags.sum():,} images of Bag")
    assert indices(pad, "found") == nearest(np.float32([0.5, 0.25]), bags)[:12]
    pad.part("found").locator("button").nth(3).click()
    assert pad.settle().link().get("map_x") == str(nearest(np.float32([0.5, 0.25]), bags)[3])
    field.fill("17")
    field.press("Enter")
    assert pad.settle().link().get("map_x") == "17"


def test_what_cannot_be_found_is_a_sentence(pad: Pad) -> None:
    pad.open(map_model=RUN)
    pad.page.get_by_text("Find and select").click()
    said = {"10000": "no image 10000", "tractor": 'class is called "tractor"', "-1": 'class is called "-1"'}
    for text, words in said.items():
        pad.part("find").fill(text)
        pad.part("find").press("Enter")
        expect(pad.part("find-words")).to_contain_text(words)


def test_neighbours_by_code_and_by_pixels_are_those_of_brute_force(pad: Pad) -> None:
    pad.open(map_model=RUN, map_x="17")
    pad.page.get_by_text("Find and select").click()
    pictures = assets.test_images(ENTRY)
    by_pixels = [n for n, _ in nearest_pictures.nearest_test(ENTRY, pictures[17].tobytes()) if n != 17][:8]
    pad.until(lambda: indices(pad, "near-pixels") == by_pixels)
    by_code = nearest(mu[17], np.arange(len(mu)) != 17)[:8]
    shown = indices(pad, "near-code")  # x is encoded anew, and codes are kept to half precision
    assert len(set(shown) & set(by_code)) >= 7
    both = len(set(shown) & set(by_pixels))
    expect(pad.part("near-words")).to_have_text(f"{both} of these 8 {'is' if both == 1 else 'are'} in both lists.")
    pad.part("near-pixels").locator("button").first.click()
    assert pad.settle().link().get("map_x") == str(by_pixels[0])


def test_a_drawing_has_neighbours_too(pad: Pad) -> None:
    pad.open(map_model=RUN)
    pad.page.get_by_text("Find and select").click()
    expect(pad.page.get_by_text("Neighbours of z and of its decoded picture")).to_be_visible()
    canvas = pad.part("draw")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    pad.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"])
    pad.page.mouse.down()
    pad.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"], steps=8)
    pad.page.mouse.up()
    expect(pad.page.get_by_text("Neighbours of your drawing")).to_be_visible()
    pad.until(lambda: [len(indices(pad, part)) for part in ("near-code", "near-pixels")] == [8, 8])


def test_a_server_that_cannot_be_asked_is_a_sentence(pad: Pad) -> None:
    pad.page.route("**/lab/near/**", lambda route: route.abort())
    pad.open(map_model=RUN, map_x="17")
    pad.page.get_by_text("Find and select").click()
    expect(pad.part("near-words")).to_contain_text("the connection to the server failed")
    assert len(indices(pad, "near-code")) == 8


def test_the_modes_of_the_posterior_are_found_and_visited(pad: Pad) -> None:
    pad.open(map_model="shapes-8d", map_x="9")
    pad.page.get_by_role("button", name="Find the modes of p(z|x)").click()
    modes = pad.part("modes").get_by_role("button")
    expect(modes.nth(1)).to_be_visible(timeout=60_000)
    expect(pad.part("modes-words")).to_contain_text("The encoder knows")
    before = pad.settle().picture()
    modes.nth(1).click()
    pad.until(lambda: pad.picture() != before)
    pad.page.get_by_role("button", name="Next image").click()
    expect(modes).to_have_count(0)
    expect(pad.part("modes-words")).to_have_text("")


def test_modes_that_cannot_be_asked_for_are_a_sentence(pad: Pad) -> None:
    pad.page.route("**/lab/modes/**", lambda route: route.abort())
    pad.open(map_model=RUN, map_x="17")
    pad.page.get_by_role("button", name="Find the modes of p(z|x)").click()
    expect(pad.part("modes-words")).to_contain_text("the connection to the server failed")
    expect(pad.page.get_by_role("button", name="Find the modes of p(z|x)")).to_be_enabled()
