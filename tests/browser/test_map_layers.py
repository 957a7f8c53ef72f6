"""What lies on the latent map when one comes closer: pictures in place of dots, and the decoder's stretch."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

import vae_core
from tests.browser.latent_map_driver import Pad
from ui.runs import assets
from ui.runs.catalogue import catalogue
from vae_core.latent import geometry
from vae_core.runs.run import read_codes

RUN = "fashion-2d-gaussian"
RUNS = catalogue().runs
CODES = read_codes(RUNS[RUN].run)


@pytest.fixture
def pad(new_page: Callable[..., Page], host: str) -> Pad:
    return Pad(new_page(), host)


def patch(pad: Pad, side: int) -> np.ndarray:
    """The middle of the plane as it is on the screen, grey [side, side]."""
    box = pad.part("latent-plane").bounding_box()
    clip = {"x": box["x"] + box["width"] / 2 - side / 2, "y": box["y"] + box["height"] / 2 - side / 2}
    shot = pad.page.screenshot(clip=clip | {"width": side, "height": side})
    return np.asarray(Image.open(io.BytesIO(shot)).convert("L"), float)


def likeness(pad: Pad, index: int, side: int) -> float:
    """Correlation of the middle of the plane with a test image in a frame."""
    picture = Image.fromarray(assets.test_images(RUNS[RUN])[index, 0]).resize((side - 4, side - 4), Image.BILINEAR)
    inner = patch(pad, side)[2:-2, 2:-2]
    return float(np.corrcoef(inner.ravel(), np.asarray(picture, float).ravel())[0, 1])


def around_first(half: float) -> dict[str, str]:
    """A link to a window around the code of image 0, which comes before all others; z is out of view."""
    a, b = CODES.mu[0].astype(float)
    return {"map_model": RUN, "map_window": f"{a:.4f},{b:.4f},{half}", "map_z": "4,4", "map_overlays": ""}


def near(pad: Pad) -> int:
    """Open so near a window that the middle of the plane is image 0; gives the side of its picture in pixels."""
    half = 0.12
    inside = (np.abs(CODES.mu.astype(float) - CODES.mu[0].astype(float)) < half).all(1).sum()
    assert inside <= 300
    pad.open(**around_first(half))
    size = pad.part("latent-plane").bounding_box()["width"]
    side = round(min(46, max(26, size * np.sqrt(0.3 / inside))))
    pad.until(lambda: likeness(pad, 0, side) > 0.85)
    return side


def test_few_points_are_pictures_and_a_press_on_one_chooses_it(pad: Pad) -> None:
    side = near(pad)
    x, y = pad.point(0.5, 0.5)
    pad.page.mouse.click(x + side * 0.3, y - side * 0.3)
    assert pad.settle().link().get("map_x") == "0"


def test_many_points_are_dots_also_once_their_pictures_are_there(pad: Pad) -> None:
    """From near, where the middle is a picture, to afar, where it is dots."""
    near(pad)
    while float(pad.settle().link()["map_window"].split(",")[2]) < 2.5:
        pad.page.get_by_role("button", name="Zoom out").click()
    assert likeness(pad, 0, 26) < 0.6


def coloured(pad: Pad) -> int:
    """How many pixels of the plane have a clear colour, as points have and the decoded grid has not."""
    shot = pad.part("latent-plane").screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("HSV"))
    return int((pixels[..., 1] > 60).sum())


def test_points_fade_with_their_slider_and_the_link_keeps_it(pad: Pad) -> None:
    pad.open(map_model=RUN, map_z="4,4")
    before = coloured(pad)
    pad.part("points").press("Home")
    assert pad.settle().link()["map_points"] == "0"
    assert coloured(pad) < before / 3, "what is left are the names of the classes"
    pad.page.reload()
    expect(pad.ready().part("points")).to_have_value("0")
    pad.part("points").press("End")
    assert "map_points" not in pad.settle().link()
    assert coloured(pad) == before


def test_a_class_under_the_pointer_or_the_focus_stands_out(pad: Pad) -> None:
    pad.open(map_model=RUN, map_z="4,4", map_overlays="")
    before = coloured(pad)
    chip = pad.page.get_by_role("button", name="Trouser", exact=True)
    chip.hover()
    assert coloured(pad.settle()) < before / 2
    pad.page.mouse.move(5, 5)
    assert coloured(pad.settle()) == before
    pad.page.get_by_test_id("latent-plane").focus()
    chip.focus()
    pad.page.keyboard.press("Shift+Tab")
    pad.page.keyboard.press("Tab")
    assert coloured(pad.settle()) < before / 2
    chip.press("Enter")  # hidden: nothing of it can stand out
    assert coloured(pad.settle()) > before / 2


def shown(pad: Pad) -> float:
    """The stretch at z, once the finest grid is there."""
    expect(pad.part("stretch")).to_contain_text("64 × 64", timeout=60_000)
    return float(pad.part("stretch").inner_text().split()[2])


@pytest.mark.parametrize(
    ("run", "z"),
    [("fashion-linear", (0.3, -0.2)), (RUN, (0.5, 0.25)), (RUN, (-1.2, 1.0)), ("fashion-2d-bernoulli", (0.1, -0.9))],
)
def test_the_stretch_is_the_root_of_the_metrics_determinant(pad: Pad, run: str, z: tuple[float, float]) -> None:
    window = f"{z[0]},{z[1]},0.4"
    pad.open(map_model=run, map_overlays="metric", map_z=f"{z[0]},{z[1]}", map_window=window)
    truth = geometry.log_volume(vae_core.load(RUNS[run].run.path), torch.tensor(z)).item()
    assert shown(pad) == pytest.approx(truth, abs=0.03)


def test_of_many_dimensions_it_is_that_of_the_slice(pad: Pad) -> None:
    run = "fashion-5d"
    z = torch.from_numpy(read_codes(RUNS[run].run).mu[3]).float()
    link = {"map_axes": "2,4", "map_window": f"{z[1]:.4f},{z[3]:.4f},0.4", "map_z": ",".join(f"{v:.4f}" for v in z)}
    pad.open(map_model=run, map_overlays="metric", **link)
    G = geometry.metric(vae_core.load(RUNS[run].run.path), z)[[1, 3]][:, [1, 3]]
    assert shown(pad) == pytest.approx(0.5 * torch.logdet(G).item(), abs=0.03)


def test_its_maths_and_code_can_be_read_and_it_goes_with_its_chip(pad: Pad) -> None:
    pad.open(map_model=RUN)
    chip = pad.page.get_by_role("button", name="Stretch")
    chip.click()
    assert pad.settle().link().get("map_overlays") == "prior,manifold,metric"
    expect(pad.part("stretch")).to_be_visible(timeout=30_000)
    pad.page.locator(".stretch summary", has_text="Code").click()
    expect(pad.page.locator(".stretch pre")).to_contain_text("def log_volume")
    chip.click()
    expect(pad.part("stretch")).to_be_hidden()
