"""The page that is taken home, opened from the disk with the network off: drag, click, draw, link, theme, phone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

import vae_core
from tests.app.runs import change_json, make_run
from tests.browser.accessibility import grave
from tests.browser.latent_map_driver import Pad
from ui.export.standalone_page import page as page_of
from ui.pages.latent_map.url import View
from ui.runs import catalogue
from ui.runs.catalogue import read_entry

HTML = "</title><script>hacked=1</script><img src=x onerror=hacked=1>"


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a shipped model, with some of its pictures."""
    entry = read_entry(catalogue.ROOT / "models" / "fashion-2d-gaussian")
    path = tmp_path_factory.mktemp("stick") / "clothes.html"
    path.write_bytes(page_of(entry, View(z=(1.0, 0.5), overlays=("prior", "manifold")), megabytes=3).html)
    return path


@pytest.fixture
def opened(new_page: Callable[..., Page]) -> Callable[..., Pad]:
    """Opens a page from the disk without a network; nothing may be asked for and nothing may be complained of."""
    seen: list[str] = []

    def open_page(path: Path, fragment: str = "", **options: object) -> Pad:
        page = new_page(offline=True, **options)
        page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or seen.append(r.url))
        page.on("console", lambda message: message.type == "error" and seen.append(message.text))
        page.goto(path.as_uri() + fragment)
        return Pad(page, "").ready()

    yield open_page
    assert seen == []


def test_the_picture_is_what_torch_decodes(clothes: Path, opened: Callable[..., Pad]) -> None:
    pad = opened(clothes)
    assert pad.z() == [1.0, 0.5]  # the view that was open when it was saved
    with torch.no_grad():
        mean = vae_core.load(catalogue.ROOT / "models" / "fashion-2d-gaussian").decode(torch.tensor([1.0, 0.5])).mean
    grey = np.array(pad.picture()).reshape(28, 28, 4)[..., 0]
    assert np.abs(grey - 255 * mean.numpy()[0]).max() <= 0.51


def test_drag_click_slide_and_overlays(clothes: Path, opened: Callable[..., Pad]) -> None:
    pad = opened(clothes, "#map_z=0,0")
    before = pad.picture()
    pad.drag((0.4, 0.4), (0.62, 0.55))
    pad.until(lambda: pad.picture() != before)
    pad.page.get_by_role("button", name="Choose a random image").click()
    pad.until(lambda: "map_x=" in pad.page.url)
    expect(pad.page.get_by_text("ELBO", exact=True)).to_be_visible()
    chosen = pad.picture()
    slider = pad.page.get_by_role("slider", name="z₁, dimension 1 of z")
    slider.focus()
    slider.press("PageUp")
    pad.until(lambda: pad.picture() != chosen)
    for name in ("Density of q(z)", "Stretch"):
        chip = pad.page.get_by_role("button", name=name)
        chip.click()
        expect(chip).to_have_attribute("aria-pressed", "true")
    pad.until(lambda: "map_overlays=prior,manifold,density,metric" in pad.page.url)


def test_the_address_holds_the_view(clothes: Path, opened: Callable[..., Pad]) -> None:
    pad = opened(clothes, "#map_z=-1.25,0.75&map_overlays=&map_hide=1,3")
    assert pad.z() == [-1.25, 0.75]
    expect(pad.page.get_by_role("button", name="Prior", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(pad.page.get_by_role("button", name="Trouser")).to_have_attribute("aria-pressed", "false")
    pad.page.evaluate("location.hash = '#map_x=7'")
    pad.until(lambda: "map_x=7" in pad.page.url and pad.z() != [-1.25, 0.75])
    address = pad.page.url
    again = opened(clothes, address[address.index("#") :])
    assert again.z() == pad.z()
    broken = opened(clothes, "#map_z=1,2,3&map_x=99999999&map_overlays=%3Cscript%3E&map_axes=x&nonsense=1")
    assert len(broken.z()) == 2


def test_what_needs_a_server_is_not_there_and_is_named(clothes: Path, opened: Callable[..., Pad]) -> None:
    pad = opened(clothes)
    pad.page.get_by_text("Find and select").click()
    expect(pad.page.get_by_test_id("near-code")).to_be_visible()
    expect(pad.page.get_by_test_id("near-pixels")).to_be_hidden()
    expect(pad.page.get_by_text("This page works without a network.")).to_be_visible()
    many = pad.page.get_by_text("test images of Fashion-MNIST, each at the mean")
    assert f"{int(many.inner_text().split()[0].replace(',', '')):,} of 10,000 test pictures" in pad.page.inner_text(
        "footer"
    )


def test_a_plane_of_umap_goes_along_where_there_is_one(tmp_path: Path, opened: Callable[..., Pad]) -> None:
    path = tmp_path / "faces.html"
    path.write_bytes(page_of(read_entry(catalogue.ROOT / "models" / "faces-16d")).html)
    pad = opened(path, "#map_plane=umap")
    expect(pad.page.get_by_text("UMAP, seed 0")).to_be_visible(timeout=15_000)
    before = pad.picture()
    pad.drag((0.3, 0.3), (0.6, 0.6))
    pad.until(lambda: pad.picture() != before)


def test_without_pictures_a_click_still_shows_the_posterior(tmp_path: Path, opened: Callable[..., Pad]) -> None:
    folder = make_run(tmp_path / "mine")
    entry = read_entry(folder)
    change_json(folder / "config.json", data=entry.run.config.to_json()["data"] | {"name": "unknown"})
    path = tmp_path / "mine.html"
    path.write_bytes(page_of(read_entry(folder)).html)
    pad = opened(path, "#map_x=3")
    expect(pad.page.get_by_text("This page does not carry images 0 to 39.").first).to_be_visible()
    assert len(pad.z()) == 2


def test_names_that_are_html_are_shown_and_never_run(tmp_path: Path, opened: Callable[..., Pad]) -> None:
    folder = make_run(tmp_path / "mine", title=HTML)
    change_json(folder / "card.json", data={"name": "digits", "licence": HTML, "source": HTML})
    path = tmp_path / "mine.html"
    path.write_bytes(page_of(read_entry(folder)).html)
    pad = opened(path)
    expect(pad.page.get_by_role("heading", level=1)).to_have_text(HTML)
    pad.page.get_by_text("Model card").click()
    assert pad.page.evaluate("window.hacked") is None


def test_light_and_dark(clothes: Path, opened: Callable[..., Pad]) -> None:
    pad = opened(clothes, "#map_z=0,0&map_overlays=", color_scheme="dark")  # nothing lies over the paper
    paper = "getComputedStyle(document.body).backgroundColor"
    corner = (
        """canvas => Array.from(canvas.getContext("2d").getImageData(3, canvas.height - 60, 1, 1).data.slice(0, 3))"""
    )
    plane = pad.part("latent-plane").locator("canvas")
    assert pad.page.evaluate(paper) == "rgb(16, 21, 29)"
    pad.until(lambda: plane.evaluate(corner) == [16, 21, 29])
    pad.page.get_by_role("button", name="Light").click()
    assert pad.page.evaluate(paper) == "rgb(255, 255, 255)"
    pad.until(lambda: plane.evaluate(corner) == [255, 255, 255])
    expect(pad.page.get_by_role("button", name="Dark", exact=True)).to_be_visible()


def test_on_a_phone_nothing_is_cut_off(clothes: Path, opened: Callable[..., Pad]) -> None:
    pad = opened(clothes, width=390, height=844, has_touch=True)
    assert pad.page.evaluate("document.documentElement.scrollWidth") <= 390
    plane = pad.part("latent-plane").bounding_box()
    assert plane["width"] > 340
    before = pad.z()
    pad.page.touchscreen.tap(plane["x"] + 80, plane["y"] + 120)
    pad.until(lambda: pad.z() != before)


def test_nothing_grave_for_a_screen_reader(clothes: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(offline=True, bypass_csp=True)  # axe is a script of its own
    page.goto(clothes.as_uri())
    Pad(page, "").ready()
    assert grave(page) == []


def test_a_page_that_is_not_whole_says_so(clothes: Path, tmp_path: Path, new_page: Callable[..., Page]) -> None:
    text = clothes.read_text(encoding="utf-8")
    at = text.index('data-part="decoder">') + 2000
    path = tmp_path / "torn.html"
    path.write_text(text[:at] + "AAAA" + text[at + 4 :], encoding="utf-8")
    page = new_page(offline=True)
    page.goto(path.as_uri())
    expect(page.get_by_text("Could not read the decoder: the page is not whole, save it again.")).to_be_visible()
