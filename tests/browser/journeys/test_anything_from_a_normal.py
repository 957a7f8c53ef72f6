"""Anything from a normal in the whole app: a deep link, a drag, another map, and Back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.anything_from_a_normal_driver import Map
from tests.browser.settle import settle


def test_a_visitor_follows_a_deep_link_drags_chooses_another_map_and_goes_back(
    new_page: Callable[..., Page], server: str
) -> None:
    asked = {"normal_map": "ring", "normal_z": "1,-0.5", "normal_t": "0.5"}
    shown = Map(new_page(), server).open(**asked)
    expect(shown.page).to_have_title("Anything from a normal · VAE Lab")
    expect(shown.page.get_by_role("heading", name="Anything from a normal", level=1)).to_be_visible()
    assert shown.numbers("z") == [1.0, -0.5]
    assert shown.link() == asked
    shown.drag("z", (0.5, 0.5), (0.3, 0.4))
    shown.until(lambda: shown.link().get("normal_z") not in (None, "1,-0.5"))
    dragged = shown.link()
    shown.page.get_by_role("button", name="Letters").click()
    shown.until(lambda: shown.link().get("normal_map") == "letters")
    shown.page.go_back()
    expect(shown.page.get_by_role("button", name="Ring")).to_have_attribute("aria-pressed", "true")
    settle(shown.page)
    assert shown.link() == dragged
    shown.page.go_back()
    shown.until(lambda: shown.link() == asked and shown.numbers("z") == [1.0, -0.5])
