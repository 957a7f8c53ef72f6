"""The later chapters in a real browser: a hole is clicked and decoded, a cold link shows every chart with its words."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

WAIT = 120_000  # the first visit imports torch


def opened(new_page: Callable[..., Page], server: str, link: str, title: str, width: int = 1440) -> Page:
    """The chapter behind a cold link, once its folds are there."""
    page = new_page(width=width)
    page.goto(f"http://{server}/where-p-is-large?{link}")
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("Maths", exact=True)).to_be_visible(timeout=WAIT)
    return page


def test_a_click_on_a_hole_decodes_it_and_is_in_the_link(new_page: Callable[..., Page], server: str) -> None:
    link = "large_chapter=aggregate&large_model=fashion-2d-bernoulli"
    page = opened(new_page, server, link, "All of the data")
    said = page.get_by_text("Mean of p(x|z) at z =")
    before = said.inner_text()
    page.locator(".st-key-large_aggregate_plane .scatterlayer path.point").nth(2).click(force=True)
    expect(said).not_to_have_text(before, timeout=WAIT)
    assert parse_qs(urlsplit(page.url).query)["large_aggregate_hole"] == ["3"]
    expect(page.get_by_role("radio", name="3", exact=True)).to_be_checked()


@pytest.mark.parametrize(
    ("link", "title", "charts"),
    [
        ("large_chapter=dimension&large_dimension_d=30", "The dimension", 3),
        ("large_chapter=mending&large_mending_scale=0.5", "Mending the encoder", 6),
    ],
)
def test_a_cold_link_shows_every_chart_with_a_sentence_for_it(
    new_page: Callable[..., Page], server: str, link: str, title: str, charts: int
) -> None:
    page = opened(new_page, server, link, title)
    expect(page.locator(".js-plotly-plot")).to_have_count(charts, timeout=WAIT)
    named = page.locator("[data-testid=stPlotlyChart] [aria-label], [data-testid=stPlotlyChart][aria-label]")
    assert named.count() >= charts
    assert link.split("&")[1] in page.url
    assert "NaN" not in page.locator("[data-testid=stMain]").inner_text()


@pytest.mark.parametrize("width", [390, 820])
@pytest.mark.parametrize(
    ("chapter", "title", "about"),
    [
        ("dimension", "The dimension", {"model": 0, "x": 0}),
        ("mending", "Mending the encoder", {"model": 1, "x": 1}),
        ("aggregate", "All of the data", {"model": 1, "x": 0}),
    ],
)
def test_a_narrow_page_cuts_nothing_off_and_asks_only_for_what_plays_a_role(
    new_page: Callable[..., Page], server: str, chapter: str, title: str, about: dict[str, int], width: int
) -> None:
    page = opened(new_page, server, f"large_chapter={chapter}", title, width)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=WAIT)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    wide = "all => all.map(e => e.getBoundingClientRect().right)"
    assert all(right <= width for right in page.locator("table, .js-plotly-plot, button:visible").evaluate_all(wide))
    assert page.get_by_role("combobox", name="Model").count() == about["model"]
    assert page.get_by_role("button", name="Next", exact=True).count() == about["x"]


def test_the_model_stays_chosen_through_a_chapter_that_has_no_list_of_models(
    new_page: Callable[..., Page], server: str
) -> None:
    page = opened(new_page, server, "large_chapter=aggregate&large_model=fashion-2d-bernoulli", "All of the data")
    for chapter, title in (("The dimension", "The dimension"), ("All of the data", "All of the data")):
        page.get_by_role("radio", name=chapter).or_(page.get_by_role("button", name=chapter)).first.click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("Fashion 2D Bernoulli")
    assert "large_model=fashion-2d-bernoulli" in page.url
