"""A whole lesson in a real browser: next, back, a prediction, the reveal, a drag, reload, the browser's Back, leave."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import grave, too_wide
from tests.browser.normal import Map

SLOW = 90_000  # milliseconds: the first check loads torch


def place(page: Page) -> dict[str, str]:
    """The link of the page: its address's names and values."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def at_step(page: Page, number: int, of: int = 6) -> None:
    expect(page.locator(".st-key-lesson_panel")).to_contain_text(f"{number} of {of}", timeout=SLOW)


def press(page: Page, name: str) -> None:
    page.locator(".st-key-lesson_panel").get_by_role("button", name=name, exact=True).click()


def test_a_whole_lesson(new_page: Callable[..., Page], server: str) -> None:
    page = new_page()
    page.goto(f"http://{server}/")
    page.get_by_role("link", name="Start here").click(timeout=SLOW)
    page.locator(".st-key-lesson_card_the-ring").get_by_role("button", name="Start").click(timeout=SLOW)
    at_step(page, 1)
    assert urlsplit(page.url).path == "/anything-from-a-normal"
    assert place(page) == {"normal_map": "ring", "normal_t": "0", "lesson": "the-ring", "lesson_step": "1"}
    press(page, "Next")
    at_step(page, 2)
    press(page, "Next")
    at_step(page, 3)

    panel = page.locator(".st-key-lesson_panel")
    expect(panel.get_by_role("button", name="Ask the model")).to_be_disabled()
    panel.get_by_text("On it: 1.00").click()
    press(page, "Ask the model")
    expect(panel).to_contain_text("The model says: Just outside", timeout=SLOW)
    expect(panel).to_contain_text("You said: On it: 1.00")
    expect(panel).to_contain_text("The mean distance is 1.125")
    assert grave(page) == []

    press(page, "Next")
    at_step(page, 4)
    press(page, "Have I got it?")
    expect(panel).to_contain_text("Drag z farther out")
    _drag_outwards(page, server)
    press(page, "Have I got it?")
    expect(panel).to_contain_text("such an x is rare")
    dragged = place(page)["normal_z"]

    press(page, "Back")
    at_step(page, 3)
    expect(panel).to_contain_text("The model says: Just outside")  # what was said is kept for the visit
    assert place(page)["normal_z"] == dragged
    page.go_back()
    at_step(page, 4)
    page.reload()
    at_step(page, 4)
    assert place(page) == {"normal_map": "ring", "normal_z": dragged, "lesson": "the-ring", "lesson_step": "4"}

    press(page, "Next")
    at_step(page, 5)
    assert place(page)["normal_z"] == "0.03,0"
    page.go_back()
    at_step(page, 4)
    page.go_forward()
    at_step(page, 5)
    press(page, "Next")
    at_step(page, 6)
    press(page, "Leave")
    expect(panel).to_have_count(0)
    page.wait_for_url(lambda url: "lesson" not in url)
    assert place(page)["normal_map"] == "learned"


def _drag_outwards(page: Page, server: str) -> None:
    """Take the chosen point (1, 0.6) of the left side far to the right; the side shows z from -3.6 to 3.6."""
    shown = Map(page, server)
    shown.drag("z", ((1 + 3.6) / 7.2, (3.6 - 0.6) / 7.2), (0.9, 0.4), (0.97, 0.4))
    shown.until(lambda: "normal_z" in place(page))


def test_sliders_of_a_chapter_follow_the_steps(new_page: Callable[..., Page], server: str) -> None:
    """They hold their own part of the link: a step sets them when they are there, and when they are not yet."""
    page = new_page()
    page.goto(f"http://{server}/?lesson=the-overconfident-encoder")
    at_step(page, 1, 7)
    scale = page.get_by_role("slider", name="Standard deviations of q, times")
    expect(scale).to_have_attribute("aria-valuetext", "1.0", timeout=SLOW)
    press(page, "Next")
    at_step(page, 2, 7)
    expect(scale).to_have_attribute("aria-valuetext", "0.5", timeout=SLOW)
    for number in (3, 4, 5):
        press(page, "Next")
        at_step(page, number, 7)
    expect(scale).to_have_attribute("aria-valuetext", "2.0", timeout=SLOW)
    press(page, "Back")
    at_step(page, 4, 7)
    expect(scale).to_have_attribute("aria-valuetext", "0.5", timeout=SLOW)


def test_a_lesson_that_changes_the_chapter_and_the_page(new_page: Callable[..., Page], server: str) -> None:
    page = new_page()
    page.goto(f"http://{server}/?lesson=hopeless-prior")
    at_step(page, 1)
    for number in (2, 3, 4, 5):
        press(page, "Next")
        at_step(page, number)
    d = page.get_by_role("slider", name="Latent dimensions d")
    expect(d).to_have_attribute("aria-valuetext", "20", timeout=SLOW)
    press(page, "Back")
    at_step(page, 4)
    page.wait_for_url(lambda url: "large_dimension" not in url and "large_x=16" in url)


def test_a_link_with_a_bad_lesson_is_a_sentence(new_page: Callable[..., Page], server: str) -> None:
    page = new_page()
    page.goto(f"http://{server}/?lesson=<script>alert(1)</script>")
    expect(page.get_by_role("alert").first).to_contain_text("which is not here", timeout=SLOW)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (820, 1180), (390, 844)])
def test_the_panel_leaves_the_page_in_view(
    new_page: Callable[..., Page], server: str, width: int, height: int, scheme: str
) -> None:
    """At every width the panel and its buttons are on the screen, and so is more than half of the page."""
    page = new_page(width, height, color_scheme=scheme)
    page.goto(f"http://{server}/anything-from-a-normal?normal_map=ring&lesson=the-ring&lesson_step=3")
    at_step(page, 3)
    box = page.locator(".st-key-lesson_panel").bounding_box()
    assert box["width"] * box["height"] <= 0.5 * width * height
    for name in ("Next", "Back", "Leave"):
        button = page.locator(".st-key-lesson_panel").get_by_role("button", name=name, exact=True).bounding_box()
        assert 0 <= button["x"] <= width - button["width"]
        assert 0 <= button["y"] <= height - button["height"]
    expect(page.locator("canvas.chart[aria-label]").first).to_be_visible(timeout=SLOW)  # the page has read its data
    assert too_wide(page) == []
    assert grave(page) == []


@pytest.mark.parametrize(("width", "height"), [(820, 1180), (390, 844)])
def test_the_clock_of_a_path_stands_on_the_panel(
    new_page: Callable[..., Page], server: str, width: int, height: int
) -> None:
    page = new_page(width, height)
    page.goto(f"http://{server}/?lesson=interpolation-and-the-norm")
    at_step(page, 1)
    clock, panel = page.locator(".clock"), page.locator(".st-key-lesson_panel")
    expect(clock).to_be_visible(timeout=SLOW)
    expect(clock).to_be_in_viewport(ratio=1)
    until(page, lambda: foot(clock) == pytest.approx(panel.bounding_box()["y"], abs=2))
    press(page, "Leave")
    expect(panel).to_have_count(0)
    until(page, lambda: foot(clock) == pytest.approx(height, abs=2))


def foot(part: Locator) -> float:
    box = part.bounding_box()
    return box["y"] + box["height"]


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("still not so after 10 s")


def test_the_list_of_lessons_has_no_grave_fault(new_page: Callable[..., Page], server: str) -> None:
    for width in (1440, 390):
        page = new_page(width)
        page.goto(f"http://{server}/lessons")
        expect(page.get_by_role("heading", name="1. The ring")).to_be_visible(timeout=SLOW)
        assert too_wide(page) == []
        assert grave(page) == []
