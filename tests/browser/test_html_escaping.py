"""Names that are HTML, in every place that shows one: they are read as they are written, and nothing of them lives."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.app.runs import change_json, make_run
from tests.app.training_runs import make_training
from tests.browser.accessibility import rest
from tests.browser.shadow_dom import ALL
from tests.malicious_uploads import npz
from tests.promise_cases import few
from vae_core.data import uploaded
from vae_core.readers.schema import Choices
from vae_core.uploads import store

PATIENCE = 60_000
NAME = "<x-hacked>N</x-hacked><img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
START = NAME[:10]  # what is left of it where a name is cut
ASKED = quote(NAME)
MODEL, WATCHED, OTHER = "names-model", "names-watched", "names-other"

# Elements that the name would become, in the page and in the shadow roots of its components.
_ALIVE = f"""() => {{
    {ALL}
    return [window.hacked ?? null, ...all("x-hacked, [onerror], img[src='x']").map((e) => e.outerHTML)];
}}"""

_OPEN = f"""() => {{
    {ALL}
    for (const fold of all("details")) fold.open = true;
}}"""

# Where a name is shown: the link, what must be there before it is looked for, and in how many warnings it stands.
SHOWN = {
    "title and class on the map": (f"?map_model={MODEL}&map_x=1", "[data-testid=elbo]", 0),
    "title above the integral": (f"where-p-is-large?large_model={MODEL}", "section.race", 0),
    "title above the paths": (f"paths?paths_model={MODEL}", "[data-testid=stop]", 0),
    "class in a difference": (f"paths?paths_model={MODEL}&paths_do=add", "section.adding", 0),
    "runs side by side and the reason of one": (f"train?run={WATCHED}&train_beside={OTHER}", "[data-testid=beside]", 0),
}
ASKED_FOR = {
    "model, entry, control and lesson": (
        f"?map_model={ASKED}&{ASKED}=1&hide={ASKED}&lesson={ASKED}&room={ASKED}",
        "[data-testid=decoded]",
        4,
    ),
    "number": (f"anything-from-a-normal?normal_n={ASKED}", "[data-testid=x-plane]", 1),
    "chapter": (f"where-p-is-large?large_chapter={ASKED}", "[data-testid=stAlert]", 1),
    "stops": (f"paths?paths_stops={ASKED}", "[data-testid=stop]", 1),
    "run with too long a name": (f"train?run={ASKED}{ASKED}", "[data-testid=stAlert]", 1),
    "run that is not there, of which nothing need be said": (f"train?run={ASKED}", "[data-testid=progress]", 0),
    "panel": (f"library?present={ASKED}", "[data-testid=stAlert]", 1),
}
TABS = {"Models": "[class*=st-key-lib_model_]", "Trainings": "[class*=st-key-lib_run_]"}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs, a data set and classes that all bear the name, among those of the app."""
    folder = Path(os.environ["VAE_LAB_RUNS"])
    data = own_data(tmp_path_factory.mktemp("upload") / "upload")
    named_model(folder / MODEL, data)
    for name in (WATCHED, OTHER):
        make_training(folder / name, "failed", at=40, title=NAME, reason=f"the loss of {NAME} is not finite")
    yield
    for name in (MODEL, WATCHED, OTHER):
        shutil.rmtree(folder / name)
    shutil.rmtree(uploaded.folder_of(data))


def own_data(upload: Path) -> str:
    """A data set whose title, source and classes are the name."""
    images = np.random.default_rng(0).integers(0, 256, (200, 8, 8), dtype=np.uint8)
    upload.write_bytes(npz(images=images, labels=np.arange(200) % 2))
    with upload.open("rb") as file:
        name = store.save(store.read_draft(file, Choices(), "somebody"), NAME, f"{NAME}.npz", "somebody").name
    described = uploaded.folder_of(name) / uploaded.SET
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


def opened(page: Page, address: str, link: str, ready: str) -> None:
    """Follow a link, wait until nothing of the page is on its way, and open what is folded."""
    page.goto(f"http://{address}/{link}")
    expect(page.locator(ready).first).to_be_visible(timeout=PATIENCE)
    rest(page, "light")
    page.evaluate(_OPEN)


# One of each way in which a name gets onto a page; the others are a promise.
FEW = (
    "title and class on the map",
    "runs side by side and the reason of one",
    "model, entry, control and lesson",
    "stops",
)


@pytest.mark.parametrize("place", few([*SHOWN, *ASKED_FOR], FEW))
def test_a_name_is_shown_as_it_is_written(server: str, named: None, page: Page, place: str) -> None:
    link, ready, warnings = (SHOWN | ASKED_FOR)[place]
    opened(page, server, link, ready)
    if place in SHOWN:
        expect(page.get_by_text(START).first).to_be_attached(timeout=PATIENCE)
    else:
        expect(page.get_by_test_id("stAlert").filter(has_text=START)).to_have_count(warnings, timeout=PATIENCE)
    if place == "model, entry, control and lesson":
        lesson = page.get_by_test_id("stAlert").filter(has_text="The link asks for the lesson")
        expect(lesson).to_contain_text("which is not here")
    if place == "runs side by side and the reason of one":
        expect(page.get_by_text(f"the loss of {START}").first).to_be_attached()
        for part in ("beside", "runs"):
            expect(page.get_by_test_id(part).first).to_contain_text(START)
    assert page.evaluate(_ALIVE) == [None]
    if place == "title and class on the map":
        page.get_by_role("button", name="Model card").click()
        expect(page.get_by_text("The command that trains it again:")).to_be_visible(timeout=PATIENCE)
        assert page.get_by_text(START).count() >= 4
        assert page.evaluate(_ALIVE) == [None]


def test_the_library_and_its_link_for_a_class_show_names_as_they_are_written(
    server: str, named: None, page: Page
) -> None:
    opened(page, server, f"library?lesson_step={ASKED}", "[data-testid=stFileUploader]")
    expect(page.locator("[class*=st-key-lib_set_]").get_by_text(START).first).to_be_visible(timeout=PATIENCE)
    assert page.evaluate(_ALIVE) == [None]
    for tab, cards in TABS.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(cards).get_by_text(START).first).to_be_visible(timeout=PATIENCE)
        assert page.evaluate(_ALIVE) == [None]
    page.get_by_role("button", name="Link for a class").click()
    expect(page.get_by_test_id("class-link")).to_contain_text("%3Cx-hacked%3E", timeout=PATIENCE)
    assert page.evaluate(_ALIVE) == [None]


def test_the_check_sees_what_lives_in_a_component(host: str, page: Page) -> None:
    opened(page, host, "", "[data-testid=decoded]")
    page.get_by_test_id("decoded").evaluate("(canvas, name) => { canvas.parentElement.innerHTML += name; }", NAME)
    page.wait_for_function("() => window.hacked === 1")
    assert len(page.evaluate(_ALIVE)) == 3
