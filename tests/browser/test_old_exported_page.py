"""An HTML page exported by an old version (tests/old_files/) still opens from the disk."""

import gzip
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.latent_map_driver import Pad

OLD = Path(__file__).parents[1] / "old_files" / "page.html.gz"


def test_an_old_page_shows_its_map_and_follows_its_address(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    path = tmp_path / "old.html"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    page = new_page(offline=True)
    asked: list[str] = []
    page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or asked.append(r.url))
    page.goto(path.as_uri() + "#map_z=-1.25,0.75&map_overlays=prior,density&map_hide=1,3")
    pad = Pad(page, "").ready()
    assert pad.z() == [-1.25, 0.75]
    expect(page.get_by_role("button", name="Density of q(z)")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Trouser")).to_have_attribute("aria-pressed", "false")
    before = pad.picture()
    pad.drag((0.4, 0.4), (0.62, 0.55))
    pad.until(lambda: pad.picture() != before)
    page.evaluate("location.hash = '#map_x=7'")
    pad.until(lambda: "map_x=7" in page.url and pad.z() != [-1.25, 0.75])
    expect(page.get_by_text("ELBO", exact=True)).to_be_visible()
    assert asked == []
