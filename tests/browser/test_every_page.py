"""Every page for everyone: nothing serious found by axe, no sideways scrolling on a phone, all by keys, focus seen."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.app.training import make_training
from tests.browser.accessibility import grave, small_targets, too_wide, walked
from tests.browser.shadow import ALL
from tests.server import running_app

PATIENCE = 60_000  # milliseconds: the first page that needs torch loads it
PAGES = {
    "map": ("?map_x=3&map_overlays=prior,metric", "[data-testid=elbo]"),
    "map of ten dimensions": ("?map_model=fashion-10d&map_plane=pca&map_source=prior", "[data-testid=latent-plane]"),
    "map, locked": ("?map_x=3&lock=overlays,plane,sliders,picker,model&hide=finder", "fieldset.held"),
    "line": ("anything-from-a-normal?normal_map=curve", "[data-testid=x-plane]"),
    "plane": ("anything-from-a-normal?normal_map=learned", "[data-testid=x-plane]"),
    "gaussian": ("anything-from-a-normal?normal_map=gaussian", "[data-testid=x-plane]"),
    "race": ("where-p-is-large", "section.race"),
    "dimension": ("where-p-is-large?large_chapter=dimension", "[data-testid=stPlotlyChart] .main-svg"),
    "mending": ("where-p-is-large?large_chapter=mending", "[data-testid=stPlotlyChart] .main-svg"),
    "all of the data": ("where-p-is-large?large_chapter=aggregate", "[data-testid=stPlotlyChart] .main-svg"),
    "paths": ("paths", "[data-testid=stop]"),
    "paths, dimensions": ("paths?paths_do=dimensions", "section.sheet canvas"),
    "paths, grid": ("paths?paths_do=grid&paths_stops=0,1,2,3", "section.grid-of-four canvas"),
    "paths, difference": ("paths?paths_do=add", "section.adding"),
    "train": ("train", "[data-testid=train_start], .st-key-train_start"),
    "train, a run": ("train?run=second", "[data-testid=reconstruction]"),
    "train, two runs": ("train?run=second&train_beside=first", "[data-testid=beside]"),
    "library": ("library", "[data-testid=stFileUploader]"),
    "lessons": ("lessons", "h1"),
    "library, models": ("library", "[data-testid=stFileUploader]"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the shipped runs and two trainings."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("first", "second"):
        make_training(folder / name, "done", at=100, moments=(0, 50, 100), title=f"The {name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_RUNS", str(folder))
        with running_app(tmp_path_factory.mktemp("server") / "log.txt") as address:
            yield address


def opened(page: Page, server: str, name: str) -> Page:
    """The page when what it is for is there and nothing moves any more."""
    link, ready = PAGES[name]
    page.goto(f"http://{server}/{link}")
    expect(page.locator(ready).first).to_be_visible(timeout=PATIENCE)
    if name == "library, models":
        page.get_by_role("tab", name="Models").click()
        expect(page.locator("[class*=st-key-lib_model_]").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_timeout(1500)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious_and_a_phone_scrolls_one_way(
    server: str, new_page: Callable[..., Page], name: str
) -> None:
    page = opened(new_page(), server, name)
    found = []
    for width, height in ((1440, 1000), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(1000)
            found += [f"{width}, {scheme}: {violation}" for violation in grave(page)]
    found += [f"phone: {words}" for words in too_wide(page) + small_targets(page)]
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_everything_and_shows_where_it_is(server: str, new_page: Callable[..., Page], name: str) -> None:
    page = opened(new_page(), server, name)
    stops, missed, blind = walked(page)
    print(f"{name}: {stops} stops")
    assert stops > 5
    assert missed == []
    assert blind == []


def test_arrow_keys_go_through_a_row_of_buttons(server: str, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(), server, "race")
    page.get_by_role("button", name="The race").or_(page.get_by_role("radio", name="The race")).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**large_chapter=dimension*", timeout=PATIENCE)


@pytest.mark.parametrize("name", ["map", "race", "paths", "train, a run"])
def test_nothing_moves_by_itself_for_who_asks_for_less_motion(
    server: str, new_page: Callable[..., Page], name: str
) -> None:
    moving = f"""() => {{
        {ALL}
        const styles = all(".pad *").map((e) => getComputedStyle(e));
        return styles.filter((s) => s.animationName !== "none" || parseFloat(s.transitionDuration) > 0).length;
    }}"""
    assert opened(new_page(reduced_motion="reduce"), server, name).evaluate(moving) == 0
    if name == "map":
        assert opened(new_page(), server, name).evaluate(moving) > 0  # what is asked for is seen at all
