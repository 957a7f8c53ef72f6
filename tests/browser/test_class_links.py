"""A link for a class in a real browser: what it hides and locks, and the dialog that makes it."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import brief, rest
from tests.browser.latent_map_driver import Pad
from tests.browser.shadow_dom import ALL
from tests.promise_cases import few
from ui.classroom.present import PANELS
from ui.url_state.locks import CONTROLS

PATIENCE = 60_000
READY = {
    "": "[data-testid=decoded]",
    "anything-from-a-normal": "[data-testid=x-plane]",
    "other-families": "section.course",
    "where-p-is-large": "section.race",
    "paths": "[data-testid=stop]",
    "train": "[data-testid=runs]",
}
# Parts of a panel that only a run has, or only a chapter that is not the first: test_presenter.py opens them.
NOT_YET_THERE = dict.fromkeys(READY, ()) | {
    "train": (".column .plane", ".decoded figure"),
    "where-p-is-large": (".board .face", ".darts > .bar", ".column > .verdict", ".wall", ".score"),
}
IN_COMPONENTS = [page for page, controls in CONTROLS.items() if any(control.where for control in controls)]


def opened(page: Page, address: str, path: str, query: str = "") -> Page:
    """The page once it is there and nothing of it is on its way."""
    page.goto(f"http://{address}/{path}{query}")
    expect(page.locator(READY[path]).first).to_be_attached(timeout=PATIENCE)
    rest(page, "light")
    return page


def names(controls) -> str:
    return ",".join(control.name for control in controls)


@pytest.mark.parametrize("path", few(IN_COMPONENTS, ("", "train")))
def test_each_control_is_where_the_list_says_and_is_hidden_or_disabled_as_the_link_says(
    host: str, new_page: Callable[..., Page], path: str
) -> None:
    page = opened(new_page(), host, path)
    every = [control for control in CONTROLS[path] if control.where]
    for control in every:
        assert page.evaluate(f"(where) => {{ {ALL} return all(where).length; }}", control.where), control
    for panel in PANELS[path]:  # but what Python draws, which has a key
        for part in panel.parts:
            there = page.evaluate(f"(where) => {{ {ALL} return all(where).length; }}", part)
            assert there or part.startswith(".st-key") or part in NOT_YET_THERE[path], (panel.title, part)

    page.goto(f"http://{host}/{path}?hide={names(every)}")
    expect(page.locator(".pad").first).to_be_attached(timeout=PATIENCE)
    rest(page, "light")
    seen = f"(where) => {{ {ALL} return all(where).filter((e) => e.checkVisibility()).length; }}"
    assert [control.name for control in every if page.evaluate(seen, control.where)] == []

    operable = [control for control in every if control.operable]
    opened(page, host, path, f"?lock={names(operable)}")
    free = f"(where) => {{ {ALL} return all(where).filter((e) => !e.closest('fieldset.held:disabled')).length; }}"
    assert [control.name for control in operable if page.evaluate(free, control.where)] == []
    tools = ".held :is(button, input, select):not(:disabled)"
    assert page.evaluate(f"(where) => {{ {ALL} return all(where).length; }}", tools) == 0


def test_a_locked_plane_keeps_its_z_and_says_that_it_is_locked(host: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(), host).open(map_z="1,1", lock="plane,sliders")
    pad.drag((0.5, 0.5), (0.2, 0.8))
    pad.part("latent-plane").focus()
    pad.page.keyboard.press("ArrowRight")
    pad.settle()
    assert pad.z() == [1, 1]
    assert pad.part("latent-plane").get_attribute("aria-disabled") == "true"
    group = pad.page.get_by_role("group", name="The plane: locked for this class")
    assert group.evaluate("e => e.matches('fieldset:disabled')")
    expect(pad.page.get_by_role("region", name="Sliders of z").get_by_role("slider").first).to_be_disabled()
    free = Pad(new_page(), host).open(map_z="1,1", lock="sliders")
    free.part("latent-plane").focus()
    free.page.keyboard.press("ArrowRight")
    free.until(lambda: free.z() == [1.1, 1])


def test_a_dialog_makes_the_link_and_its_qr_code(server: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(height=1100), server).open(map_x="7")
    page = pad.page
    page.get_by_role("button", name="Link for a class").click()
    link, code = page.get_by_test_id("class-link"), page.get_by_role("button", name="Show the QR code")
    expect(link).to_be_visible(timeout=PATIENCE)
    expect(
        page.get_by_test_id("stAlertContentInfo").get_by_text("This address is open on this machine only.")
    ).to_be_visible()
    before = code.locator("path").get_attribute("d")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Sliders of z").first.click()
    expect(link).to_have_text(re.compile("hide=sliders"), timeout=PATIENCE)
    dialog.get_by_role("button", name="The plane").last.click()
    expect(link).to_have_text(re.compile("lock=plane"), timeout=PATIENCE)
    assert code.locator("path").get_attribute("d") != before
    asked = dict(parse_qsl(urlsplit(link.get_attribute("href")).query))
    assert {name: asked.get(name) for name in ("map_x", "hide", "lock")} == {
        "map_x": "7",
        "hide": "sliders",
        "lock": "plane",
    }
    assert brief(page) == []
    code.click()
    whole = page.get_by_role("dialog", name="QR code of the link")
    expect(whole).to_be_visible()
    large = whole.locator("svg").bounding_box()
    assert large["width"] == pytest.approx(large["height"], abs=1)
    assert large["height"] >= 0.7 * page.evaluate("innerHeight")
    page.keyboard.press("Escape")
    expect(whole).to_have_count(0)
    expect(link).to_be_visible()  # the dialog is still there
    student = Pad(new_page(), server).open(**asked)
    expect(student.page.get_by_role("region", name="Sliders of z")).to_have_count(0)
    assert student.part("latent-plane").get_attribute("aria-disabled") == "true"
