"""The panel of a lesson at every width: it leaves the page in view, and what the page has at its foot stands on it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import settle

SLOW = 90_000  # milliseconds: the first visit imports torch
NARROW = ((820, 1180), (390, 844))


def test_the_panel_leaves_the_page_in_view(new_page: Callable[..., Page], server: str) -> None:
    """At every width the panel and its buttons are on the screen, and so is more than half of the page."""
    page = new_page(1440, 900)
    page.goto(f"http://{server}/anything-from-a-normal?normal_map=ring&lesson=the-ring&lesson_step=3")
    panel = page.locator(".st-key-lesson_panel")
    expect(panel).to_contain_text("3 of 6", timeout=SLOW)
    expect(page.locator("canvas.chart[aria-label]").first).to_be_visible(timeout=SLOW)  # the page has read its data
    for width, height in ((1440, 900), *NARROW):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        box = panel.bounding_box()
        assert box["width"] * box["height"] <= 0.5 * width * height
        for name in ("Next", "Back", "Leave"):
            button = panel.get_by_role("button", name=name, exact=True).bounding_box()
            assert 0 <= button["x"] <= width - button["width"]
            assert 0 <= button["y"] <= height - button["height"]


def test_the_clock_of_a_path_stands_on_the_panel(new_page: Callable[..., Page], server: str) -> None:
    page = new_page()
    page.goto(f"http://{server}/?lesson=interpolation-and-the-norm")
    clock, panel = page.locator(".clock"), page.locator(".st-key-lesson_panel")
    expect(panel).to_contain_text("1 of 6", timeout=SLOW)
    expect(clock).to_be_visible(timeout=SLOW)
    for width, height in NARROW:
        page.set_viewport_size({"width": width, "height": height})
        expect(clock).to_be_in_viewport(ratio=1)
        until(page, lambda: foot(clock) == pytest.approx(panel.bounding_box()["y"], abs=2))
    panel.get_by_role("button", name="Leave", exact=True).click()
    expect(panel).to_have_count(0)
    for width, height in NARROW:
        page.set_viewport_size({"width": width, "height": height})
        until(page, lambda height=height: foot(clock) == pytest.approx(height, abs=2))


def foot(part: Locator) -> float | None:
    """Where a part ends, None while it is being put elsewhere."""
    box = part.bounding_box()
    return box and box["y"] + box["height"]


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("still not so after 10 s")
