"""The later chapters in a real browser: a link shows every chart with its words, and no width cuts anything off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.promise_cases import few

WAIT = 120_000  # the first visit imports torch
CHAPTERS = {  # the link, the title, how many charts there are at least, and whether a model and an x are chosen
    "dimension": ("large_chapter=dimension&large_dimension_d=30", "The dimension", 4, 0, 0),
    "mending": ("large_chapter=mending&large_mending_scale=0.5", "Improving q", 6, 1, 1),
    "aggregate": ("large_chapter=aggregate", "All of the data", 1, 1, 0),
}

# Whether nothing stands out of the page on the right.
_NOTHING_CUT_OFF = """(width) => {
    const main = document.querySelector("[data-testid=stMain]");
    const parts = [...document.querySelectorAll("table, .js-plotly-plot, button")].filter((e) => e.checkVisibility());
    const out = parts.filter((e) => e.getBoundingClientRect().right > width);
    return innerWidth === width && main.scrollWidth <= main.clientWidth && out.length === 0;
}"""


@pytest.mark.parametrize("chapter", few(CHAPTERS, ["mending"]))
def test_a_chapter_shows_every_chart_with_a_sentence_for_it_and_cuts_nothing_off(
    new_page: Callable[..., Page], server: str, chapter: str
) -> None:
    link, title, charts, model, x = CHAPTERS[chapter]
    page = new_page(width=390)
    page.goto(f"http://{server}/where-p-is-large?{link}")
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("Maths", exact=True)).to_be_visible(timeout=WAIT)
    plots = page.locator(".js-plotly-plot")
    if charts > 1:
        expect(plots).to_have_count(charts, timeout=WAIT)
    expect(plots.first).to_be_visible(timeout=WAIT)
    named = page.locator("[data-testid=stPlotlyChart] [aria-label], [data-testid=stPlotlyChart][aria-label]")
    assert named.count() >= charts
    assert link.split("&")[-1] in page.url
    assert "NaN" not in page.locator("[data-testid=stMain]").inner_text()
    assert page.get_by_role("combobox", name="Model").count() == model
    assert page.get_by_role("button", name="Next x", exact=True).count() == x
    page.wait_for_function(_NOTHING_CUT_OFF, arg=390)
    page.set_viewport_size({"width": 820, "height": 1000})
    page.wait_for_function(_NOTHING_CUT_OFF, arg=820)
