"""The latent map in the whole app: a cold deep link, one visitor's way through it, and a link that is not sound."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.latent_map_driver import Pad
from tests.server import running_app
from ui.runs.catalogue import catalogue

GAUSSIAN, BERNOULLI = "fashion-2d-gaussian", "fashion-2d-bernoulli"


@pytest.mark.slow
def test_a_cold_deep_link_shows_its_view_inside_the_frame(new_page: Callable[..., Page], tmp_path: Path) -> None:
    """The very first visit after the server starts is a deep link, and the visit after it is sound as well."""
    asked = {"map_model": BERNOULLI, "map_z": "1,-0.5", "map_x": "7", "map_overlays": "prior,density"}
    with running_app(tmp_path / "log.txt") as address:
        for _ in range(2):
            pad = Pad(new_page(), address).open(**asked)
            expect(pad.page).to_have_title("Latent map · VAE Lab")
            expect(pad.page.get_by_role("heading", name="Every spot on this map is a picture", level=1)).to_be_visible()
            expect(pad.page.get_by_text("sends nothing elsewhere")).to_be_visible()
            assert pad.z() == [1.0, -0.5]
            assert pad.link() == asked


def test_a_visitor_drags_goes_back_takes_another_model_and_reads_its_card(
    new_page: Callable[..., Page], server: str
) -> None:
    """What the visitor does stands in the link, the picture x outlasts the model, and no other machine is asked."""
    pad = Pad(new_page(), server)
    hosts = set()
    pad.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    asked = {"map_model": GAUSSIAN, "map_x": "17"}
    pad.open(**asked)
    pad.until(lambda: pad.number("elbo") is not None)
    gaussian, at_x = pad.number("elbo"), pad.z()
    assert pad.link() == asked
    pad.drag((0.5, 0.5), (0.3, 0.3))
    pad.until(lambda: "map_z" in pad.link())
    assert [float(part) for part in pad.link()["map_z"].split(",")] == pytest.approx(pad.z(), abs=0.006)
    pad.page.go_back()
    pad.until(lambda: pad.link() == asked and pad.z() == at_x)
    pad.page.get_by_role("combobox", name="Model").click()
    pad.page.get_by_role("option", name=catalogue().runs[BERNOULLI].title).click()
    expect(pad.page.get_by_text("x is now black or white")).to_be_visible()
    pad.until(lambda: pad.link() == {"map_model": BERNOULLI, "map_x": "17"})
    pad.until(lambda: pad.number("elbo") not in (None, gaussian))
    assert pad.number("distortion") > 0
    pad.page.get_by_text("Model card").click()
    expect(pad.page.get_by_text("Test ELBO")).to_be_visible()
    assert hosts - {""} == {server}


@pytest.mark.slow
def test_a_bad_link_is_said_and_the_map_lives(new_page: Callable[..., Page], server: str) -> None:
    pad = Pad(new_page(), server).open(map_model="gone", map_x="99999", map_zz="1")
    for words in ("'gone'", "map_x = '99999'", "'map_zz'"):
        expect(pad.page.get_by_text(words)).to_be_visible()
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    pad.until(lambda: pad.picture() != before)
