"""What a newcomer meets on the latent map: z that moves, three hints, answers beside the map, terms explained."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.latent_map_driver import Pad

_FRAMES = """async () => {
    for (let n = 0; n < 20; n++) await new Promise(requestAnimationFrame);
}"""


@pytest.fixture
def front_door(new_page: Callable[..., Page], host: str) -> Callable[..., Pad]:
    """The latent map without a link, for a visitor who comes for the first time."""

    def opened(width: int = 1440, height: int = 900, motion: str = "reduce") -> Pad:
        page = new_page(width, height, fresh=True)
        page.emulate_media(reduced_motion=motion)
        page.goto(f"http://{host}/")
        return Pad(page, host)

    return opened


def bottom(part: Locator) -> float:
    box = part.bounding_box()
    return box["y"] + box["height"]


def test_the_decoded_picture_is_nearly_as_large_as_the_map(front_door: Callable[..., Pad]) -> None:
    pad = front_door().ready()
    plane, picture = (pad.part(name).bounding_box()["width"] for name in ("latent-plane", "decoded"))
    assert 0.7 * plane <= picture <= plane


def test_z_moves_until_somebody_touches(front_door: Callable[..., Pad]) -> None:
    pad = front_door(motion="no-preference")
    expect(pad.part("decoded")).to_be_visible()
    pad.until(pad.painted)
    first = pad.z()
    pad.until(lambda: pad.z() != first)
    pad.page.keyboard.press("Shift")
    pad.page.evaluate(_FRAMES)
    rests = pad.z()
    pad.page.evaluate(_FRAMES)
    assert pad.z() == rests


@pytest.mark.parametrize("link", ["map_z=1,1", "map_x=3"])
def test_a_link_that_says_where_z_is_does_not_move(new_page: Callable[..., Page], host: str, link: str) -> None:
    page = new_page(fresh=True)
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"http://{host}/?{link}")
    Pad(page, host).ready()  # which waits until nothing moves


def test_three_hints_come_one_after_another_and_only_once(front_door: Callable[..., Pad]) -> None:
    pad = front_door().ready()
    hints = pad.part("coach")
    expect(hints).to_contain_text("Drag anywhere")
    pad.drag((0.3, 0.3), (0.4, 0.4))
    expect(hints).to_contain_text("Click a dot")
    pad.page.get_by_role("button", name="Next image").click()
    expect(hints).to_contain_text("Draw a picture")
    pad.page.reload()
    expect(pad.ready().part("coach")).to_contain_text("Draw a picture")
    pad.part("draw").click()
    expect(hints.get_by_role("link", name="Lesson 1")).to_have_attribute("href", "lessons")
    pad.page.get_by_role("button", name="Close the hints").click()
    expect(hints).to_be_hidden()
    pad.page.reload()
    expect(pad.ready().part("coach")).to_be_hidden()


def test_a_chosen_picture_is_answered_in_place(front_door: Callable[..., Pad]) -> None:
    pad = front_door().ready()
    expect(pad.page.get_by_text("Click a dot: you see")).to_be_visible()
    pad.page.get_by_role("button", name="Next image").click()
    expect(pad.part("rate")).not_to_have_text("–")
    expect(pad.part("lens")).to_contain_text("× larger")
    plane = pad.part("latent-plane").bounding_box()
    assert bottom(pad.part("elbo")) <= plane["y"] + plane["height"] + 40, "the numbers stand beside the map"
    pad.part("lens").click()
    pad.settle()
    expect(pad.part("lens")).to_be_hidden()  # the map itself is close enough now


def test_a_term_says_what_it_means(front_door: Callable[..., Pad]) -> None:
    pad = front_door().ready()
    pad.page.get_by_role("button", name="Next image").click()
    note = pad.page.get_by_text("how many nats it takes to say where z is")
    expect(note).to_be_hidden()
    pad.page.get_by_role("button", name="Rate", exact=True).click()
    expect(note).to_be_visible()
    pad.page.keyboard.press("Escape")
    expect(note).to_be_hidden()
