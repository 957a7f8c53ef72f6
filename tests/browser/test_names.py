"""Names that are HTML, in every place that shows one: they are read as they are written, and nothing of them lives."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.app.runs import change_json, make_run
from tests.app.training import make_training
from tests.browser.shadow import ALL
from tests.crafted import npz
from tests.server import running_app
from vae_core.data import kept
from vae_core.upload import shelf
from vae_core.upload.cleaned import Choices

PATIENCE = 60_000
NAME = "<x-hacked>N</x-hacked><img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
START = NAME[:10]  # what is left of it where a name is cut
ASKED = quote(NAME)

# Elements that the name would become, in the page and in the shadow roots of its components.
_ALIVE = f"""() => {{
    {ALL}
    return [window.hacked ?? null, ...all("x-hacked, [onerror], img[src='x']").map((e) => e.outerHTML)];
}}"""

_OPEN = f"""() => {{
    {ALL}
    for (const fold of all("details")) fold.open = true;
}}"""

# Where a name is shown: the link, and what must be there before it is looked for.
SHOWN = {
    "title on the map": ("?map_model=named", "[data-testid=decoded]"),
    "class on the map": ("?map_model=named&map_x=1", "[data-testid=elbo]"),
    "title above the integral": ("where-p-is-large?large_model=named", "section.race"),
    "title above the paths": ("paths?paths_model=named", "[data-testid=stop]"),
    "class in a difference": ("paths?paths_model=named&paths_do=add", "section.adding"),
    "run and its reason": ("train?run=watched", "[data-testid=run-state]"),
    "runs side by side": ("train?run=watched&train_beside=other", "[data-testid=beside]"),
    "list of runs": ("train", "[data-testid=runs] .name"),
    "data sets": ("library", "[class*=st-key-lib_set_]"),
    "model that a link asks for": (f"?map_model={ASKED}", "[data-testid=stAlert]"),
    "entry that a link holds": (f"?{ASKED}=1", "[data-testid=stAlert]"),
    "number that a link holds": (f"anything-from-a-normal?normal_n={ASKED}", "[data-testid=stAlert]"),
    "chapter that a link asks for": (f"where-p-is-large?large_chapter={ASKED}", "[data-testid=stAlert]"),
    "stops that a link holds": (f"paths?paths_stops={ASKED}", "[data-testid=stAlert]"),
    "run that a link asks for": (f"train?run={ASKED}{ASKED}", "[data-testid=stAlert]"),
    "control that a link hides": (f"?hide={ASKED}", "[data-testid=stAlert]"),
    "panel that a link presents": (f"library?present={ASKED}", "[data-testid=stAlert]"),
    "lesson that a link begins": (f"?lesson={ASKED}", "[data-testid=stAlert]"),
}
TABS = {"Models": "[class*=st-key-lib_model_]", "Trainings": "[class*=st-key-lib_run_]"}
UNSEEN = {  # what cannot be found need not be said
    "room that a link enters": (f"?room={ASKED}", "[data-testid=decoded]"),
    "run that a link asks for": (f"train?run={ASKED}", "[data-testid=progress]"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on runs, a data set and classes that all bear the name."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_RUNS", str(folder))
        patch.setenv("VAE_LAB_UPLOADS", str(tmp_path_factory.mktemp("uploads")))
        named_model(folder / "named", own_data(tmp_path_factory.mktemp("upload") / "upload"))
        for name in ("watched", "other"):
            make_training(folder / name, "failed", at=40, title=NAME, reason=f"the loss of {NAME} is not finite")
        with running_app(tmp_path_factory.mktemp("server") / "log.txt") as address:
            yield address


def own_data(upload: Path) -> str:
    """A data set whose title, source and classes are the name."""
    images = np.random.default_rng(0).integers(0, 256, (200, 8, 8), dtype=np.uint8)
    upload.write_bytes(npz(images=images, labels=np.arange(200) % 2))
    with upload.open("rb") as file:
        name = shelf.keep(shelf.look(file, Choices(), "somebody"), NAME, f"{NAME}.npz", "somebody").name
    described = kept.folder_of(name) / kept.SET
    preview = json.loads(described.read_text(encoding="utf-8"))["preview"]
    change_json(described, preview=preview | {"classes": [NAME, "plain"]})
    return name


def named_model(run: Path, data: str) -> None:
    """A run on these data whose card bears the name wherever it may."""
    make_run(run, title=NAME)
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    change_json(run / "config.json", data={**config["data"], "name": data})
    words = {"name": NAME, "licence": NAME, "source": NAME}
    change_json(run / "card.json", name=NAME, command=NAME, device=NAME, precision=NAME, data=words)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Iterator[Page]:
    """A page in which no dialog may open."""
    page = new_page()
    dialogs: list[str] = []

    def refuse(dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    yield page
    assert dialogs == []


def opened(page: Page, server: str, link: str, ready: str) -> None:
    page.goto(f"http://{server}/{link}")
    expect(page.locator(ready).first).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(1500)


@pytest.mark.parametrize("place", SHOWN)
def test_a_name_is_shown_as_it_is_written(server: str, page: Page, place: str) -> None:
    opened(page, server, *SHOWN[place])
    expect(page.get_by_text(START).first).to_be_attached(timeout=PATIENCE)
    page.evaluate(_OPEN)
    page.wait_for_timeout(500)
    assert page.evaluate(_ALIVE) == [None]


@pytest.mark.parametrize("tab", TABS)
def test_the_cards_of_the_library_show_names_as_they_are_written(server: str, page: Page, tab: str) -> None:
    opened(page, server, *SHOWN["data sets"])
    page.get_by_role("tab", name=tab).click()
    expect(page.locator(TABS[tab]).get_by_text(START).first).to_be_visible(timeout=PATIENCE)
    assert page.evaluate(_ALIVE) == [None]


def test_the_card_of_a_model_shows_names_as_they_are_written(server: str, page: Page) -> None:
    opened(page, server, *SHOWN["title on the map"])
    page.get_by_role("button", name="Model card").click()
    expect(page.get_by_text("The command that trains it again:")).to_be_visible(timeout=PATIENCE)
    assert page.get_by_text(START).count() >= 4
    assert page.evaluate(_ALIVE) == [None]


def test_the_link_for_a_class_shows_names_as_they_are_written(server: str, page: Page) -> None:
    opened(page, server, f"library?lesson_step={ASKED}", "[data-testid=stFileUploader]")
    page.get_by_role("button", name="Link for a class").click()
    expect(page.get_by_test_id("class-link")).to_be_visible(timeout=PATIENCE)
    assert "%3Cx-hacked%3E" in page.get_by_test_id("class-link").inner_text()
    assert page.evaluate(_ALIVE) == [None]


@pytest.mark.parametrize("place", UNSEEN)
def test_a_name_that_is_not_said_does_not_live_either(server: str, page: Page, place: str) -> None:
    opened(page, server, *UNSEEN[place])
    assert page.evaluate(_ALIVE) == [None]


def test_the_check_sees_what_lives_in_a_component(server: str, page: Page) -> None:
    opened(page, server, "", "[data-testid=decoded]")
    page.get_by_test_id("decoded").evaluate("(canvas, name) => { canvas.parentElement.innerHTML += name; }", NAME)
    page.wait_for_function("() => window.hacked === 1")
    assert len(page.evaluate(_ALIVE)) == 3
