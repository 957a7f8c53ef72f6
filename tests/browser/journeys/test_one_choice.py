"""One model and one x in the whole lab, by the list of pages, Back and Forward, as a visitor meets them."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app.runs import make_run, write_json
from tests.browser.latent_map_driver import Pad
from tests.browser.settle import settle

TITLE = "Somebody else's garments"


@pytest.fixture
def anothers() -> Iterator[Path]:
    """A finished run of another visitor."""
    run = make_run(Path(os.environ["VAE_LAB_RUNS"]) / "anothers-run", title=TITLE)
    write_json(run / "request.json", {"title": TITLE, "owner": "another"})
    yield run
    shutil.rmtree(run)


def model_list(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Model")


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"{re.escape(name)}$")).click()


def test_the_model_and_x_go_to_the_next_page_and_back_finds_the_list_as_it_was(
    server: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(1440, 900)
    Pad(page, server).open(map_model="fashion-10d", map_x="7")
    go(page, "Paths")
    page.wait_for_url(re.compile("paths_model=fashion-10d"))
    expect(model_list(page)).to_have_value("Fashion 10D Bernoulli")
    settle(page)
    go(page, "Where p(x|z) is large")
    page.wait_for_url(re.compile(r"large_model=fashion-10d.*large_x=7|large_x=7.*large_model=fashion-10d"))
    expect(model_list(page)).to_have_value("Fashion 10D Bernoulli")
    expect(page.get_by_text("test image 7")).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile("/paths"))
    expect(model_list(page)).to_have_value("Fashion 10D Bernoulli")
    page.go_back()
    Pad(page, server).ready()
    assert "map_x=7" in page.url
    expect(model_list(page)).to_have_value("Fashion 10D Bernoulli")


def test_a_link_to_another_model_is_what_the_list_says_also_after_back(
    server: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(1440, 900)
    pad = Pad(page, server).open(map_model="fashion-10d")
    pad.open(map_model="fashion-5d")
    expect(model_list(page)).to_have_value("Fashion 5D Bernoulli")
    page.go_back()
    pad.ready()
    expect(model_list(page)).to_have_value("Fashion 10D Bernoulli")


def test_anothers_run_is_not_in_the_list_of_models(server: str, anothers: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(1440, 900)
    Pad(page, server).open()
    model_list(page).click()
    options = page.get_by_role("option")
    expect(options.filter(has_text="Fashion 10D")).to_be_visible()
    expect(options.filter(has_text=TITLE)).to_have_count(0)
    page.keyboard.press("Escape")
    Pad(page, server).open(map_model=anothers.name)
    expect(model_list(page)).to_have_value(f"Another visitor's · {TITLE}")
