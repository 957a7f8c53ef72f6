"""Every page for everyone: nothing grave found by axe, no sideways scrolling, all by keys, focus seen, nothing moving.

Each of the app's pages is looked at in the app itself; what a component alone shows, on a bare page. The factors of
Paths, which take long to score, are looked at where they are scored (paths/test_tabs.py).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.app.training_runs import make_training
from tests.browser.accessibility import PATIENCE, PHONE, WIDE, brief, moving, whole
from tests.promise_cases import few

Check = Callable[[Page], list[str]]
Opened = Iterator[tuple[str, Check]]
TABLE = b"a,b,c,d,class\n" + b"".join(b"%d,%d,1,2,%s\n" % (n, 2 * n, (b"up", b"down")[n % 2]) for n in range(90))


def as_it_is(page: Page) -> Opened:
    yield "", whole


def map_(page: Page) -> Opened:
    yield "", whole
    page.get_by_text("Model card").click()
    expect(page.get_by_text("Test ELBO")).to_be_visible(timeout=PATIENCE)
    yield "model card", brief
    page.get_by_text("Model card").click()
    page.get_by_test_id("room-status").click()
    page.get_by_test_id("room-code").fill("BBB BBB")
    page.get_by_test_id("room-code").press("Enter")
    expect(page.get_by_test_id("room-panel").get_by_role("alert")).to_contain_text("There is no room with this code.")
    yield "no such room", brief


def run(page: Page) -> Opened:
    expect(page.get_by_test_id("chart-elbo").locator(".scatterlayer path").first).to_be_attached(timeout=PATIENCE)
    yield "", whole
    page.get_by_text("More curves").click()
    yield "more curves", brief
    page.get_by_text("Train another model").click()
    expect(page.locator(".st-key-train_start")).to_be_visible(timeout=PATIENCE)
    yield "the form", brief


def library(page: Page) -> Opened:
    page.locator("input[type=file]").set_input_files(FilePayload(name="everyone.csv", mimeType="", buffer=TABLE))
    page.get_by_role("button", name="Keep without training").click(timeout=PATIENCE)
    card = page.locator("[class*='st-key-lib_set_everyone']")
    expect(card).to_contain_text("yours", timeout=PATIENCE)
    yield "data sets, one's own among them", whole
    card.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible(timeout=PATIENCE)
    yield "a data set deleted", brief
    page.get_by_role("tab", name="Models").click()
    expect(page.locator("[class*=st-key-lib_model_]").first).to_be_visible(timeout=PATIENCE)
    yield "models", whole


def lesson(page: Page) -> Opened:
    panel = page.locator(".st-key-lesson_panel")
    expect(panel).to_contain_text("3 of 6", timeout=PATIENCE)
    yield "", whole
    panel.get_by_text("On it: 1.00").click()
    panel.get_by_role("button", name="Ask the model").click()
    expect(panel).to_contain_text("The model says: Just outside", timeout=PATIENCE)
    yield "what the model says", brief


def presenter(page: Page) -> Opened:
    expect(page.locator("[data-presenter]")).to_contain_text("1 of 5")
    yield "", brief


CHART = "[data-testid=stPlotlyChart] .main-svg"
RING = "anything-from-a-normal?normal_map=ring&lesson=the-ring&lesson_step=3"
DARTS = "where-p-is-large?large_chapter=darts&large_darts_prior=30&large_darts_encoder=10"
SELECTED = "?map_model=fashion-10d&map_x=17&map_plane=umap&map_selected=0,0,2,0,2,2"
IN_THE_APP = {  # the link, what must be there, and what is opened there and how it is looked at
    "map": ("?map_x=3&map_overlays=prior,metric", "[data-testid=elbo]", map_),
    "map, presented": ("?present=1&map_seed=4&lock=plane", "[data-testid=decoded]", presenter),
    "line": ("anything-from-a-normal?normal_map=curve", "[data-testid=x-plane]", as_it_is),
    "lesson": (RING, "canvas.chart[aria-label]", lesson),
    "race": ("where-p-is-large", "section.race", as_it_is),
    "race of ten dimensions": ("where-p-is-large?large_model=fashion-10d", CHART, as_it_is),
    "darts": (DARTS, "[data-testid=estimate-prior]", as_it_is),
    "dimension": ("where-p-is-large?large_chapter=dimension", CHART, as_it_is),
    "mending": ("where-p-is-large?large_chapter=mending", CHART, as_it_is),
    "all of the data": ("where-p-is-large?large_chapter=aggregate", CHART, as_it_is),
    "paths": ("paths", "[data-testid=strip-geodesic]", as_it_is),
    "train": ("train", "[data-testid=train_start], .st-key-train_start", as_it_is),
    "train, a run": ("train?run=everyone-second", "[data-testid=reconstruction]", run),
    "library": ("library", "[data-testid=stFileUploader]", library),
    "lessons": ("lessons", ".st-key-lesson_card_the-ring", as_it_is),
}
# Their parts are on other pages of the list as well: promises.
REPEATED = {"darts", "race of ten dimensions", "dimension", "mending", "all of the data", "line", "train"}
ALIKE = {"map, locked", "ring", "network", "gaussian", "paths, grid", "paths, difference"}
ON_A_BARE_PAGE = {
    "map of ten dimensions": ("?map_model=fashion-10d&map_plane=pca&map_source=prior", "[data-testid=latent-plane]"),
    "map, selected": (SELECTED, "[data-testid=selected-counts]"),
    "map, locked": ("?map_x=3&lock=overlays,plane,sliders,picker,model&hide=finder", "fieldset.held"),
    "families": ("other-families?families_steps=100&families_method=cd", "section.course canvas"),
    "autoregressive": ("other-families?families_chapter=autoregressive", "[data-testid=pixel-words]"),
    "gan": ("other-families?families_chapter=gan&families_rounds=5", "[data-testid=gan-z]"),
    "table of families": ("other-families?families_chapter=table", "[data-testid=table-words]"),
    "walk of noise": ("other-families?families_chapter=gsn", "section.walk canvas"),
    "ring": ("anything-from-a-normal?normal_map=ring", "[data-testid=x-plane]"),
    "network": ("anything-from-a-normal?normal_map=learned", "[data-testid=x-plane]"),
    "gaussian": ("anything-from-a-normal?normal_map=gaussian", "[data-testid=x-plane]"),
    "train, two runs": ("train?run=everyone-second&train_beside=everyone-first", "[data-testid=beside]"),
    "paths, dimensions": ("paths?paths_do=dimensions", "section.sheet canvas"),
    "paths, grid": ("paths?paths_do=grid&paths_stops=0,1,2,3", "section.grid-of-four canvas"),
    "paths, difference": ("paths?paths_do=add", "section.adding"),
}


@pytest.fixture(scope="module")
def trainings() -> Iterator[None]:
    """Two trainings among the runs."""
    folders = [Path(os.environ["VAE_LAB_RUNS"]) / f"everyone-{name}" for name in ("first", "second")]
    for folder in folders:
        make_training(folder, "done", at=100, snapshots=(0, 50, 100), title=f"The {folder.name.partition('-')[2]}")
    yield
    for folder in folders:
        shutil.rmtree(folder)


def opened(page: Page, address: str, link: str, ready: str) -> Page:
    """A page without motion when what it is for is there."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"http://{address}/{link}")
    expect(page.locator(ready).first).to_be_visible(timeout=PATIENCE)
    return page


@pytest.mark.parametrize("name", few(IN_THE_APP, IN_THE_APP.keys() - REPEATED))
def test_a_page_of_the_app_is_for_everyone(
    server: str, trainings: None, new_page: Callable[..., Page], name: str
) -> None:
    link, ready, openings = IN_THE_APP[name]
    page = opened(new_page(), server, link, ready)
    assert {what: found for what, check in openings(page) if (found := check(page))} == {}


@pytest.mark.parametrize("name", few(ON_A_BARE_PAGE, ON_A_BARE_PAGE.keys() - ALIKE))
def test_what_a_component_shows_is_for_everyone(
    host: str, trainings: None, new_page: Callable[..., Page], name: str
) -> None:
    assert whole(opened(new_page(), host, *ON_A_BARE_PAGE[name])) == []


def test_a_question_in_class_is_for_everyone(server: str, new_page: Callable[..., Page]) -> None:
    """The teacher, who sees the answers, and a student, who has given one."""
    teacher, student = new_page(*WIDE), new_page(*PHONE, has_touch=True)
    opened(teacher, server, "", "[data-testid=room-status]").get_by_test_id("room-status").click()
    teacher.get_by_test_id("room-start").click()
    expect(teacher.get_by_test_id("room-name")).not_to_be_empty(timeout=PATIENCE)
    code = teacher.get_by_test_id("room-name").inner_text().replace(" ", "")
    opened(student, server, f"?room={code}", "[data-testid=stop-following]")
    teacher.keyboard.press("Escape")
    teacher.get_by_test_id("room-ask").click()
    teacher.get_by_test_id("ask-text").fill("Which n is enough?")
    teacher.get_by_test_id("ask-choices").fill("100\n1,000")
    teacher.keyboard.press("Tab")
    teacher.keyboard.press("Enter")
    student.get_by_role("button", name="1,000").click(timeout=PATIENCE)
    expect(student.get_by_test_id("question")).to_contain_text("Your answer is counted", timeout=PATIENCE)
    teacher.get_by_role("button", name="Show to me alone").click()
    expect(teacher.get_by_test_id("question").get_by_role("listitem").nth(1)).to_contain_text("1,0001")
    assert {seat: found for seat, page in (("teacher", teacher), ("student", student)) if (found := brief(page))} == {}


def test_what_moves_by_itself_is_seen(host: str, new_page: Callable[..., Page]) -> None:
    """The check for less motion sees motion where nobody has asked for less."""
    page = new_page()
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"http://{host}/?map_x=3")
    expect(page.get_by_test_id("elbo")).to_be_visible(timeout=PATIENCE)
    assert moving(page) > 0
