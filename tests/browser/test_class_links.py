"""A link for a class in a real browser: what it hides and locks, the dialog that makes it, and presenter mode."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, TimeoutError, expect

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
    "where-p-is-large": "section.race",
    "paths": "[data-testid=stop]",
    "train": "[data-testid=runs]",
}
IN_COMPONENTS = [page for page, controls in CONTROLS.items() if any(control.where for control in controls)]

# Sizes on the screen of all text that can be seen, and of all of it that a panel shows: {pixels: text}.
_SIZES = f"""() => {{
    {ALL}
    const found = {{}};
    for (const element of all("*:not(head *, script, style)")) {{
        const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
        if (!text || !element.checkVisibility({{ visibilityProperty: true }}) || element.closest(".unseen")) continue;
        if (element.getBoundingClientRect().width < 2) continue;
        const size = parseFloat(getComputedStyle(element).fontSize) * element.currentCSSZoom;
        found[size.toFixed(1)] = text.slice(0, 40);
    }}
    return found;
}}"""
# More than the strip at the foot is there, and all of it is as large as asked for.
_READABLE = f"""(least) => {{
    const sizes = Object.keys(({_SIZES})()).map(Number);
    return sizes.length > 1 && Math.min(...sizes) >= least;
}}"""


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
    for title, parts in PANELS[path]:
        for part in parts:
            assert page.evaluate(f"(where) => {{ {ALL} return all(where).length; }}", part), (title, part)

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


@pytest.mark.parametrize("path", few(PANELS, ("", "where-p-is-large")))
def test_the_last_row_can_read_every_panel(server: str, new_page: Callable[..., Page], path: str) -> None:
    page = opened(new_page(), server, path, "?present=1")
    expect(page.get_by_test_id("stTopNavLink").first).to_be_hidden()
    expect(page.get_by_role("button", name="Link for a class")).to_be_hidden()
    for _ in PANELS[path]:
        for width, height in ((1920, 1080), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            least = height / 50 - 0.1
            try:
                page.wait_for_function(_READABLE, arg=least, timeout=PATIENCE, polling=100)
            except TimeoutError as error:
                raise AssertionError(f"smaller than {least} pixels: {page.evaluate(_SIZES)}") from error
        page.keyboard.press("PageDown")


def test_keys_turn_the_panels_and_leave(server: str, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(), server, "", "?present=1&map_seed=4&lock=plane")
    strip = page.locator("[data-presenter]")
    expect(strip).to_contain_text("1 of 4")
    expect(page.get_by_role("region", name="Sliders of z")).to_be_hidden()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(strip).to_contain_text("3 of 4")
    expect(page.get_by_role("region", name="Sliders of z")).to_be_visible()
    expect(page.get_by_test_id("latent-plane")).to_be_hidden()
    page.keyboard.press("PageUp")
    expect(strip).to_contain_text("2 of 4")
    page.keyboard.press("Escape")
    expect(strip).to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    expect(page.get_by_role("region", name="Sliders of z")).to_be_visible()
    assert "present" not in page.url
    assert "map_seed=4" in page.url


def test_a_drag_on_the_enlarged_plane_goes_where_the_pointer_is(server: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(width=1920, height=1080), server).open(present="1", map_z="0,0")
    pad.until(lambda: pad.part("latent-plane").evaluate("e => e.currentCSSZoom") > 1.5)
    rest(pad.page, "light")
    for place in ((0.3, 0.7), (0.8, 0.35)):
        pad.drag((0.5, 0.5), place)
        pad.settle()
        handle = pad.page.locator(".handle").bounding_box()
        x, y = pad.point(*place)
        assert handle["x"] + handle["width"] / 2 == pytest.approx(x, abs=2)
        assert handle["y"] + handle["height"] / 2 == pytest.approx(y, abs=2)
