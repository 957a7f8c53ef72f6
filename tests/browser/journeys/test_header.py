"""The header of every page: past it by one key, the link of the view, the keys of the page, and trainings that end."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.runs import change_json
from tests.app.training_runs import make_training
from tests.browser.settle import settle
from ui.server import user_cookie

FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element.textContent || element.dataset.testid;
}"""
TITLE = "Mine & <b>mine</b>"
TRAIN = "[data-testid=stTopNavLink][href$='/train']"
MARK = f"""() => getComputedStyle(document.querySelector("{TRAIN}"), "::after").content"""


@pytest.fixture
def mine() -> Iterator[Path]:
    """A run of a visitor whose cookie is all x, under way."""
    run = make_training(Path(os.environ["VAE_LAB_RUNS"]) / "header-mine", title=TITLE)
    change_json(run / "request.json", owner=user_cookie.user_of({}, {user_cookie.COOKIE: "x" * 32}))
    yield run
    shutil.rmtree(run)


def test_past_the_header_share_by_key_and_the_list_of_keys(server: str, new_page: Callable[..., Page]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"http://{server}/?map_x=3&room=XXXXXX")
    expect(page.get_by_test_id("elbo")).to_be_visible()
    settle(page)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED).startswith("Every spot on this map")

    page.get_by_test_id("share").press("Enter")
    expect(page.get_by_test_id("share-said")).to_contain_text("Copied")
    assert "room=" in page.url  # which each browser keeps for itself
    assert page.evaluate("navigator.clipboard.readText()") == re.sub("room=XXXXXX&|&room=XXXXXX", "", page.url)

    page.get_by_test_id("latent-plane").press("?")
    keys = page.get_by_test_id("keys")
    expect(keys).to_contain_text("Zoom in")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_a_training_that_ends_is_told_on_another_page(server: str, mine: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(fresh=True)
    page.context.add_cookies([{"name": user_cookie.COOKIE, "value": "x" * 32, "url": f"http://{server}"}])
    page.goto(f"http://{server}/glossary")
    page.wait_for_function(f"""() => document.querySelector("{TRAIN}") && ({MARK})().includes("●")""")
    change_json(mine / "status.json", state="done", step=100)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # asks at once, not in some seconds
    notices = page.get_by_test_id("training-notices")
    expect(notices).to_contain_text(f"{TITLE} is trained.")
    assert page.evaluate(MARK) == "none"
    notices.get_by_role("link", name="See it").click()
    page.wait_for_url("**/train?run=header-mine")
    expect(page.get_by_test_id("run-title")).to_have_text(TITLE)
    expect(page.get_by_test_id("training-notices")).to_be_empty()
