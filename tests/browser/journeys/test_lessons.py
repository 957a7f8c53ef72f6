"""Lessons in the whole app: one from its first step to leaving it, and two whose steps set a chapter's sliders."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.anything_from_a_normal_driver import Map

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

    press(page, "Next")
    at_step(page, 4)
    press(page, "Check")
    expect(panel).to_contain_text("Drag z farther out")
    _drag_outwards(page, server)
    press(page, "Check")
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
    page.goto(f"http://{server}/lessons")  # another visit of the same browser
    repeat = page.locator(".st-key-lesson_card_the-ring").get_by_role("button", name="Repeat lesson 13")
    expect(repeat).to_be_visible(timeout=SLOW)


def _drag_outwards(page: Page, server: str) -> None:
    """Take the chosen point (1, 0.6) of the left side far to the right; the side shows z from -3.6 to 3.6."""
    shown = Map(page, server)
    shown.drag("z", ((1 + 3.6) / 7.2, (3.6 - 0.6) / 7.2), (0.9, 0.4), (0.97, 0.4))
    shown.until(lambda: "normal_z" in place(page))


def test_sliders_of_a_chapter_follow_the_steps_and_a_step_changes_the_chapter_and_the_page(
    new_page: Callable[..., Page], server: str
) -> None:
    """Sliders hold their own part of the link: a step sets them when they are there, and when they are not yet."""
    page = new_page()
    page.goto(f"http://{server}/?lesson=the-overconfident-encoder")
    at_step(page, 1, 7)
    scale = page.get_by_role("slider", name="Multiply the standard deviations of q by")
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


def test_a_step_shows_what_it_speaks_of(server: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1366, 768)
    page.goto(f"http://{server}/?lesson=what-is-a-vae&lesson_step=7&map_model=fashion-2d-gaussian&map_source=prior")
    part = page.locator(".lesson-focus")
    expect(part).to_contain_text("Draw z from", timeout=SLOW)
    expect(part).to_be_in_viewport(ratio=0.5)
    expect(part).to_have_class(re.compile(r"\balone\b"))  # the rest is dimmed
    page.mouse.click(5, 400)
    expect(part).not_to_have_class(re.compile(r"\balone\b"))
    press(page, "Back")
    expect(part).to_contain_text("Rate", timeout=SLOW)
    expect(part).to_be_in_viewport()
    press(page, "Back")
    expect(part).to_contain_text("encoder", timeout=SLOW)
    expect(part).to_be_in_viewport(ratio=0.95)  # though what stands above it grows later
