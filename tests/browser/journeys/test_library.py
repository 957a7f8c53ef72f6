"""The Library in the whole app: a zip becomes a model, a table is kept and taken back, a model is brought."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.app.runs import make_run
from tests.browser.settle import settle
from tests.browser.train_driver import PIXELS, SECONDS, take_away, until
from ui.pages.train import runs as training
from vae_core.jobs import queue
from vae_core.uploads import store

PATIENCE = SECONDS * 1000
HTML = "<img src=x onerror=hacked=1><script>hacked=1</script>"
FOLDER = "<img src=x onerror=hacked=1>"  # what a name may hold that ends at a slash

# The height of the line at its left and at its right end, from the top of the picture, -1 where there is none.
_ENDS = """canvas => [14, 241].map(x => {
    const { data } = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height);
    let weight = 0, sum = 0;
    for (let y = 0; y < canvas.height; y++) if (data[4 * y + 3] > 200) { weight += 1; sum += y; }
    return weight ? sum / weight : -1;
})"""


@pytest.fixture
def new_runs() -> Iterator[Callable[[], set[Path]]]:
    """The run folders that a test has brought about; they and the data sets are taken away at the end."""

    def found() -> set[Path]:
        return {folder.parent for folder in training.runs_root().glob("*/config.json")}

    before, sets = found(), {each.name for each in store.list_sets()}
    yield lambda: found() - before
    take_away(found() - before)
    for each in store.list_sets():
        if each.name not in sets:
            store.remove(each.name, each.owner)


def library(page: Page, server: str) -> Page:
    page.goto(f"http://{server}/library")
    expect(page.get_by_test_id("stFileUploader")).to_be_visible(timeout=PATIENCE)
    return page


def drop(page: Page, name: str, content: bytes) -> None:
    """Give a file to the one uploader on the page; the one of another choice may still be leaving."""
    uploader = page.locator("input[type=file]")
    expect(uploader).to_have_count(1, timeout=PATIENCE)
    uploader.set_input_files(FilePayload(name=name, mimeType="application/octet-stream", buffer=content))


def pictures(count: int = 60, folders: tuple[str, ...] = ("bright", "dark")) -> bytes:
    """A zip of blobs whose class is their brightness."""
    out, rng = io.BytesIO(), np.random.default_rng(0)
    across, down = np.meshgrid(np.arange(16), np.arange(16))
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(count):
            x, y, which = *rng.uniform(4, 12, 2), n % len(folders)
            blob = np.exp(-((across - x) ** 2 + (down - y) ** 2) / 12) * (250 - 120 * which)
            colours = np.stack([blob, blob * 0.6, blob * 0.2], axis=-1).astype(np.uint8)
            png = io.BytesIO()
            Image.fromarray(colours).save(png, "PNG")
            archive.writestr(f"{folders[which]}/{n}.png", png.getvalue())
    return out.getvalue()


def table(
    rows: int = 90, header: tuple[str, ...] = ("a", "b", "c", "d"), words: tuple[str, ...] = ("up", "down")
) -> bytes:
    lines, rng = [",".join([*header, "class"])], np.random.default_rng(0)
    for n in range(rows):
        slope = rng.uniform(0.5, 1) * (-1) ** n
        lines.append(",".join([*(f"{slope * k + rng.normal(0, 0.1):.3f}" for k in range(4)), words[n % 2]]))
    return "\n".join(lines).encode()


def trained(page: Page) -> str:
    """Wait until the run that has begun is done; gives its name."""
    page.wait_for_url(re.compile(r"/train\?run="), timeout=PATIENCE)
    expect(page.get_by_test_id("run-state")).to_have_text("done", timeout=2 * PATIENCE)
    return re.search(r"[?&]run=([^&]+)", page.url)[1]


def test_a_zip_is_previewed_trained_on_and_explored_and_names_that_are_html_are_only_read(
    server: str, new_runs: Callable[[], set[Path]], new_page: Callable[..., Page]
) -> None:
    page = library(new_page(), server)
    hacked: list[str] = []
    page.on("dialog", lambda dialog: hacked.append(dialog.message))

    def shown(text: str) -> None:
        expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)
        assert page.evaluate("window.hacked") is None
        assert hacked == []

    drop(page, "blobs.zip", pictures(folders=(FOLDER, "dark")))
    shown("60 pictures of 16 × 16, colour, 2 classes")
    shown(f"Classes: {FOLDER} (30), dark (30).")
    expect(page.get_by_role("img", name="Some of the pictures as the model will see them")).to_be_visible()
    expect(page.get_by_text(re.compile(r"About \d+ (s|min) and \d+ MB of memory.*1,000 steps on 48"))).to_be_visible()
    page.get_by_role("combobox", name=re.compile("Colour")).click()
    page.get_by_role("option", name="grey", exact=True).click()
    shown("60 pictures of 16 × 16, grey, 2 classes")
    page.get_by_role("textbox", name="Title").fill(HTML)
    page.get_by_role("textbox", name="Title").press("Enter")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    assert new_runs() == set(), "nothing is trained before it is asked for"
    page.get_by_role("button", name="Train now").click(timeout=PATIENCE)
    run = trained(page)
    shown(HTML)
    assert queue.describe_job(training.runs_root() / run)["title"].startswith(HTML[:50])
    page.goto(f"http://{server}/?map_model={run}")
    expect(page.get_by_test_id("decoded")).to_be_visible(timeout=PATIENCE)
    until(lambda: len(set(page.get_by_test_id("decoded").evaluate(PIXELS))) > 10)
    shown("dark")
    shown(HTML[:40])
    page.goto(f"http://{server}/train")
    page.get_by_text("Train another model").click(timeout=PATIENCE)
    page.get_by_role("combobox", name=re.compile("Data")).click(timeout=PATIENCE)
    shown(HTML[:40])


def test_rows_of_numbers_are_kept_taken_back_by_their_owner_alone_and_drawn_as_a_profile(
    server: str, new_runs: Callable[[], set[Path]], new_page: Callable[..., Page]
) -> None:
    page, other = library(new_page(), server), new_page(fresh=True)
    drop(page, "mine.csv", table(header=(HTML, "b", "c", "same"), words=(HTML, "down")))
    expect(page.get_by_text("90 rows of 4 numbers, 2 classes")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(f"{HTML} (45)")).to_be_visible()
    expect(page.get_by_role("img", name="Some of the rows, each drawn as a profile")).to_be_visible()
    drop(page, f"{FOLDER}.zip", pictures()[:900])  # a second file beside the first
    alert = page.get_by_role("alert").filter(has_text="cannot be used")
    expect(alert).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Train now")).to_have_count(0)
    page.reload()
    drop(page, "broken.zip", pictures()[:900])
    expect(alert).to_have_text(
        "broken.zip cannot be used: it is not a readable zip archive: it may be cut short.", timeout=PATIENCE
    )
    assert page.evaluate("window.hacked") is None
    page.reload()
    drop(page, "mine.csv", table())
    page.get_by_role("button", name="Keep without training").click(timeout=PATIENCE)
    expect(page.get_by_text("mine is kept")).to_be_visible(timeout=PATIENCE)
    card = page.locator("[class*='st-key-lib_set_mine']")
    expect(card).to_contain_text("yours")
    library(other, server)
    theirs = other.locator("[class*='st-key-lib_set_mine']")
    expect(theirs).to_contain_text("another visitor's", timeout=PATIENCE)
    expect(theirs.get_by_role("button", name="Delete")).to_have_count(0)
    page.reload()  # a visitor is the same after a reload
    card.get_by_role("button", name="Delete").click(timeout=PATIENCE)
    expect(page.get_by_text("mine is deleted.")).to_be_visible(timeout=PATIENCE)
    expect(card).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(card).to_be_visible(timeout=PATIENCE)
    card.get_by_role("button", name="Train").click()
    page.goto(f"http://{server}/?map_model={trained(page)}")
    decoded = page.get_by_test_id("decoded")
    expect(decoded).to_be_visible(timeout=PATIENCE)
    until(lambda: decoded.evaluate("canvas => canvas.width") == 256)
    plane = page.get_by_test_id("latent-plane").bounding_box()
    found = []
    for share in (0.3, 0.7):
        page.mouse.click(plane["x"] + plane["width"] * share, plane["y"] + plane["height"] * 0.5)
        settle(page)
        found.append(decoded.evaluate(_ENDS))
    assert all(0 <= end <= 256 for line in found for end in line), found
    rises = [left - right for left, right in found]
    assert max(map(abs, rises)) > 20, found


def test_a_run_folder_is_brought_back_as_a_model(
    server: str, new_runs: Callable[[], set[Path]], tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    made = make_run(tmp_path / "made", title="Brought")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in made.iterdir():
            archive.write(file, f"made/{file.name}")
    page = library(new_page(), server)
    page.get_by_text("A model", exact=True).click()
    expect(page.get_by_text("A zip of up to 25 MB")).to_be_visible(timeout=PATIENCE)
    drop(page, "made.zip", out.getvalue())
    expect(page.get_by_text("It will be measured on test pictures")).to_be_visible(timeout=PATIENCE)
    assert new_runs() == set()
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile(r"map_model=brought"), timeout=PATIENCE)
    expect(page.get_by_test_id("decoded")).to_be_visible(timeout=PATIENCE)
    (brought,) = new_runs()
    assert (brought.name, (brought / "card.json").is_file()) == ("brought", True)
