"""Planes of many dimensions on the latent map: PCA is a true slice, UMAP says what it is, and few need neither."""

import shutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from tests.app.runs import make_run
from tests.browser.latent_map_driver import Pad
from tests.browser.train_driver import until
from ui.pages.latent_map import umap_jobs
from ui.runs.catalogue import catalogue, recent_catalogue
from vae_core.latent import projection
from vae_core.runs.run import CODES, read_codes, runs_folder, sha256
from vae_core.runs.umap_file import UMAP, read_plane

RUN = "fashion-10d"
ENTRY = catalogue().runs[RUN]
CODES_OF = torch.from_numpy(read_codes(ENTRY.run).mu).double()
PCA = projection.pca(CODES_OF)
LONG = 240  # seconds: umap-learn is imported anew


@pytest.fixture(scope="module")
def address(host: str) -> Iterator[str]:
    """The bare pages with the shipped runs, and runs of 1, 5 and 200 dimensions without a kept plane."""
    folder = runs_folder()
    own = {
        "planes-one": {"latent_dim": 1},
        "planes-five": {"latent_dim": 5},
        "planes-many": {"likelihood": "bernoulli", "latent_dim": 200},
    }
    for name, options in own.items():
        make_run(folder / name, **options)
    until(lambda: own.keys() <= recent_catalogue().runs.keys())
    yield host
    for name in own:
        shutil.rmtree(folder / name)


@pytest.fixture
def pad(new_page: Callable[..., Page], address: str) -> Pad:
    return Pad(new_page(), address)


@pytest.fixture
def plain_jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Planes of a few codes come soon: laid out without compiling and at ordinary priority. None outlasts the test."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(umap_jobs, "shutil", SimpleNamespace(which=lambda name: None))
    yield
    for job in umap_jobs._jobs.values():
        if (process := job.process) is not None:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def module(browser, static_url: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(static_url)
    yield page
    page.close()


def z_of_link(pad: Pad) -> torch.Tensor:
    pad.settle()
    return torch.tensor([float(value) for value in pad.link()["map_z"].split(",")], dtype=torch.float64)


def place(z: torch.Tensor) -> list[float]:
    """On the plane of PCA, whose origin the pad puts at z = 0, where the prior's circles are."""
    return (PCA.components @ z).tolist()


def said(pad: Pad, part: str) -> str:
    return pad.part(part).inner_text()


def test_a_drag_on_the_plane_of_pca_is_a_move_in_a_true_slice(pad: Pad) -> None:
    start = CODES_OF[17]
    pad.open(map_model=RUN, map_plane="pca", map_window="0,0,4", map_z=",".join(f"{v:.4f}" for v in start))
    expect(pad.part("kept")).to_contain_text(f"keeps {round(100 * PCA.explained.sum().item())} % of the variance")
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    pad.until(lambda: pad.picture() != before)
    pad.until(lambda: place(z_of_link(pad)) == pytest.approx([1.6, 0.8], abs=0.03))
    z = z_of_link(pad)
    held = PCA.from_plane(PCA.to_plane(z), held=start)
    assert z.tolist() == pytest.approx(held.tolist(), abs=2e-3)  # what lies across the plane has stayed
    expect(pad.page.get_by_text("In the other 8 directions z does not change.")).to_be_visible()


def test_pcas_plane_by_the_keyboard_and_from_its_link(pad: Pad, new_page: Callable[..., Page]) -> None:
    pad.open(map_model=RUN)
    pad.part("plane-of").select_option("pca")
    assert pad.settle().link().get("map_plane") == "pca"
    plane = pad.part("latent-plane")
    before = place(CODES_OF[0])
    plane.focus()
    for _ in range(5):
        plane.press("ArrowRight")
    pad.until(lambda: place(z_of_link(pad)) == pytest.approx([before[0] + 0.5, before[1]], abs=2e-3))
    again = Pad(new_page(), pad.address).open(**pad.link())
    assert again.part("plane-of").input_value() == "pca"
    assert np.abs(np.subtract(again.picture(), pad.picture())).max() <= 2  # a link holds four decimals


def test_the_ellipse_of_q_on_the_plane_is_that_of_its_covariance(module: Page) -> None:
    codes, axes = CODES_OF[:500, :4], projection.pca(CODES_OF[:500, :4]).components
    logvar = torch.linspace(-3, 1, 4, dtype=torch.float64)
    found = module.evaluate(
        """async ([mu, logvar]) => {
            const { projectionOf } = await import(new URL("shared/projection.js", document.baseURI));
            const codes = { count: mu.length / 4, mu: Float32Array.from(mu), label: new Uint8Array(mu.length / 4) };
            const p = projectionOf({ codes, plane: "pca", axes: [0, 1] });
            const first = Array.from(p.points.mu.slice(0, 2));
            return { ...p.ellipse({ mu: mu.slice(0, 4), logvar }), kept: p.kept, first };
        }""",
        [codes.flatten().tolist(), logvar.tolist()],
    )
    cos, sin = np.cos(found["turn"]), np.sin(found["turn"])
    sides = torch.tensor([[cos, -sin], [sin, cos]]) * torch.tensor([found["ra"], found["rb"]])
    shape = (sides @ sides.T).double()
    torch.testing.assert_close(shape, axes @ torch.diag(logvar.exp()) @ axes.T, atol=1e-5, rtol=1e-5)
    assert [found["a"], found["b"]] == pytest.approx((axes @ codes[0]).tolist(), abs=1e-5)
    assert found["first"] == pytest.approx((axes @ codes[0]).tolist(), abs=1e-5)
    assert found["kept"] == pytest.approx(projection.pca(codes).explained.sum().item(), abs=1e-6)


def test_a_shipped_umap_plane_is_there_at_once_and_decodes_between_real_codes(
    pad: Pad, new_page: Callable[..., Page]
) -> None:
    kept = read_plane(ENTRY.run.path / UMAP, sha256(ENTRY.run.path / CODES), len(CODES_OF))
    pad.open(map_model=RUN, map_plane="umap", map_window="0,0,4")
    expect(pad.part("kept")).to_contain_text(f"Trustworthiness {kept.trustworthiness:.2f} of 1")
    expect(pad.part("kept")).to_contain_text("a place is not a code")
    expect(pad.page.get_by_role("button", name="Prior", exact=True)).to_be_hidden()
    pad.drag((0.5, 0.5), (0.6, 0.55))
    expect(pad.part("decoded-of")).to_have_text("≈ between real codes")
    expect(pad.part("between-words")).to_contain_text("An approximation")
    pad.settle()
    spot = torch.tensor([float(value) for value in pad.link()["map_spot"].split(",")], dtype=torch.float64)
    expected = projection.between(CODES_OF, torch.from_numpy(kept.places).double(), spot)
    assert z_of_link(pad).tolist() == pytest.approx(expected.tolist(), abs=2e-3)
    shown = pad.part("between").locator("button:not([hidden])").evaluate_all("all => all.map(b => b.dataset.index)")
    nearest = projection.nearest(torch.from_numpy(kept.places), spot.float(), 4).index.tolist()
    assert [int(n) for n in shown] == nearest
    again = Pad(new_page(), pad.address).open(**pad.link())
    expect(again.part("decoded-of")).to_have_text("≈ between real codes")
    assert again.link() == pad.link()


def test_a_code_on_umaps_plane_is_no_approximation(pad: Pad) -> None:
    pad.open(map_model=RUN, map_plane="umap", map_x="17")
    expect(pad.part("kept")).to_contain_text("Trustworthiness")
    expect(pad.part("decoded-of")).to_have_text("mean of p(x | z)")
    expect(pad.part("between-words")).to_contain_text("UMAP has no exact place for this z")


def test_umap_is_laid_out_while_the_map_is_used_called_off_and_begun_again(pad: Pad, plain_jobs: None) -> None:
    pad.open(map_model="planes-five")
    pad.part("plane-of").select_option("umap")
    expect(pad.part("umap-words")).to_contain_text("is laid out on the server")
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    pad.until(lambda: pad.picture() != before)
    pad.part("umap-cancel").click()
    expect(pad.part("umap-words")).to_contain_text("You cancelled UMAP")
    assert pad.part("plane-of").input_value() == "dimensions"
    pad.part("plane-of").select_option("umap")
    expect(pad.part("kept")).to_contain_text("Trustworthiness", timeout=LONG * 1000)
    before = pad.picture()
    pad.drag((0.4, 0.4), (0.6, 0.6))
    pad.until(lambda: pad.picture() != before)
    expect(pad.part("decoded-of")).to_have_text("≈ between real codes")


def test_a_server_that_cannot_lay_out_is_a_sentence_and_another_plane(pad: Pad) -> None:
    told = '{"state": "failed", "share": 0, "sentence": "UMAP could not be laid out: there is no room."}'
    pad.page.route("**/lab/umap/**", lambda route: route.fulfill(body=told, content_type="application/json"))
    pad.open(map_model="faces-16d", map_plane="umap")
    expect(pad.part("umap-words")).to_have_text("UMAP could not be laid out: there is no room.")
    assert pad.part("plane-of").input_value() == "dimensions"


def test_two_dimensions_need_no_other_plane(pad: Pad) -> None:
    for plane in ("pca", "umap"):
        pad.open(map_model="fashion-2d-gaussian", map_plane=plane, map_x="17")
        expect(pad.part("plane-of")).to_be_hidden()
        assert pad.link() == {"map_model": "fashion-2d-gaussian", "map_x": "17"}


def test_200_dimensions_have_a_plane_of_most_variance(pad: Pad) -> None:
    pad.open(map_model="planes-many", map_plane="pca")
    expect(pad.part("kept")).to_contain_text("of the 200 dimensions")
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    pad.until(lambda: pad.picture() != before)


def test_one_dimension_is_a_line_and_said_so(pad: Pad) -> None:
    pad.open(map_model="planes-one")
    expect(pad.part("kept")).to_contain_text("one dimension")
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.7, 0.6))
    pad.until(lambda: pad.picture() != before)
    assert "," not in said(pad, "z")
