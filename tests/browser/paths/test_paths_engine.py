"""What the page computes in the browser is what the core computes: ways, grids, planes, groups and directions."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from tests.browser.conftest import WEB, serve_folder
from vae_core.latent import attribute_vectors, interpolation


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_ways_are_those_of_the_core(modules: Page, kind: str) -> None:
    points = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = modules.evaluate(
        """async ([points, frames, kind]) => {
            const ways = await load("interpolation");
            return ways.through(ways.pairs(points).map(([a, b]) => ways[kind](a, b)), frames);
        }""",
        [points.tolist(), 17, kind],
    )
    assert torch.tensor(found) == pytest.approx(interpolation.through(points, 17, kind), abs=1e-6)


@pytest.mark.parametrize(("b", "words"), [([-2, -4], "opposite sides"), ([0, 0], "no direction")])
def test_no_turn_leads_to_the_opposite_side_or_the_origin(modules: Page, b: list[float], words: str) -> None:
    said = modules.evaluate(
        """async b => {
            const { spherical } = await load("interpolation");
            try { spherical([1, 2], b); } catch (error) { return error.message; }
        }""",
        b,
    )
    assert words in said


def test_the_plane_of_most_variance_is_that_of_the_singular_vectors(modules: Page) -> None:
    random = np.random.default_rng(1)
    codes = random.normal(size=(400, 6)) * [1, 3, 0.5, 2, 0.1, 1.5] @ np.linalg.qr(random.normal(size=(6, 6)))[0] + 1
    found = modules.evaluate(
        """async ([mu, D]) => {
            const { principalAxes } = await load("../engine/pca");
            return principalAxes({ mu, count: mu.length / D }, D, 2);
        }""",
        [codes.ravel().tolist(), 6],
    )
    _, values, directions = np.linalg.svd(codes - codes.mean(0), full_matrices=False)
    signs = np.sign(directions[np.arange(2), np.abs(directions[:2]).argmax(1)])
    assert np.array(found["components"]) == pytest.approx(directions[:2] * signs[:, None], abs=1e-6)
    assert found["kept"] == pytest.approx(np.square(values[:2]).sum() / np.square(values).sum())


@pytest.mark.parametrize(
    ("kind", "truth"), [("linear", interpolation.bilinear), ("spherical", interpolation.spherical_grid)]
)
def test_grids_are_those_of_the_core(modules: Page, kind: str, truth: Callable[..., torch.Tensor]) -> None:
    corners = torch.randn(4, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = modules.evaluate(
        """async ([corners, kind]) =>
            (await load('interpolation_grid')).gridOf(corners, (await load('interpolation'))[kind], 5)""",
        [corners.tolist(), kind],
    )
    assert torch.tensor(found) == pytest.approx(truth(corners.reshape(2, 2, 3), 5, 5), abs=1e-6)


def test_a_direction_is_a_difference_of_means_judged_on_the_other_half(modules: Page) -> None:
    random = np.random.default_rng(3)
    codes, plus = random.normal(size=(60, 3)), list(range(20))
    codes[plus] += [1, 0.5, 0]
    minus = list(range(20, 60))
    found = modules.evaluate(
        "async ([mu, plus, minus]) => (await load('attribute_vector')).direction({ mu }, 3, plus, minus)",
        [codes.ravel().tolist(), plus, minus],
    )
    truth = attribute_vectors.direction(torch.from_numpy(codes[plus]), torch.from_numpy(codes[minus]))
    assert found["vector"] == pytest.approx(truth.vector.tolist())
    along = torch.from_numpy(codes @ (codes[plus[::2]].mean(0) - codes[minus[::2]].mean(0)))
    judged = attribute_vectors.separation(along[plus[1::2]], along[minus[1::2]])
    assert (found["auc"], found["error"]) == pytest.approx((judged.auc, judged.error))


def test_a_lasso_holds_what_lies_inside_it(modules: Page) -> None:
    points = np.random.default_rng(4).uniform(-2, 2, (300, 2))
    found = modules.evaluate(
        """async points => {
            const { cornersOf, lassoOf } = await load("groups");
            const { isInside } = await load("../shared/polygon");
            const ring = Array.from({ length: 200 }, (_, k) => [Math.cos(k / 32), Math.sin(k / 32)]);
            const corners = cornersOf(lassoOf(ring));
            return points.map(([a, b]) => isInside(corners, a, b));
        }""",
        points.tolist(),
    )
    radius = np.hypot(*points.T)
    assert all(np.array(found)[radius < 0.97])
    assert not any(np.array(found)[radius > 1.02])


def test_a_leg_in_use_is_kept_however_many_are_asked_for(new_page: Callable[..., Page]) -> None:
    with serve_folder(WEB) as url:
        page = new_page()
        page.goto(f"{url}paths/geodesics.js")
        missing, asked = page.evaluate(
            """async () => {
                const { createGeodesics } = await import(location.href);
                let [missing, asked, arrived] = [0, 0, null];
                window.fetch = async () => (asked++, Response.json({ path: [] }));
                window.setTimeout = (act) => act();
                const geodesics = createGeodesics(() => arrived());
                for (let n = 0; n < 200; n++) {
                    const come = new Promise((resolve) => (arrived = resolve));
                    missing += geodesics.legs({ geodesic: "g" }, [[[0], [1]], [[1], [n + 2]]]).includes(undefined);
                    await come;
                }
                return [missing, asked];
            }"""
        )
    assert (missing, asked) == (0, 201)


def test_the_curve_through_waypoints_and_its_even_frames_are_those_of_the_core(modules: Page) -> None:
    points = torch.randn(7, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    points[3] = points[2]  # one that repeats the one before
    curve, frames = modules.evaluate(
        """async points => {
            const { evenly, smooth } = await load("interpolation");
            const curve = smooth(points, 16);
            return [curve, evenly(curve, 60)];
        }""",
        points.tolist(),
    )
    truth = interpolation.smooth(points, 16)
    assert torch.tensor(curve, dtype=torch.float64) == pytest.approx(truth, abs=1e-9)
    assert torch.tensor(frames, dtype=torch.float64) == pytest.approx(interpolation.evenly(truth, 60), abs=1e-9)


def test_a_drawn_line_is_kept_to_the_pixel_by_few_waypoints(modules: Page) -> None:
    turn = np.linspace(0, 4, 400)
    drawn = np.stack((turn * np.cos(2 * turn), np.sin(3 * turn)), 1)
    few, many = modules.evaluate(
        """async ([drawn, wild]) => {
            const { simplifyCurve } = await load("drawn_path");
            return [simplifyCurve(drawn, 0.06), simplifyCurve(wild, 0.001)];
        }""",
        [drawn.tolist(), np.random.default_rng(6).normal(size=(300, 2)).tolist()],
    )
    line = interpolation.evenly(torch.tensor(few, dtype=torch.float64), 4000).numpy()
    assert len(few) < 24 >= len(many)
    assert np.hypot(*(drawn[:, None] - line[None]).T).min(0).max() < 0.061
    assert (few[0], few[-1]) == (drawn[0].tolist(), drawn[-1].tolist())


def test_a_point_of_the_plane_is_lifted_to_a_code_that_lies_there(modules: Page) -> None:
    codes = np.random.default_rng(7).normal(size=(50, 5)).astype(np.float32)
    z, point = [0.5, -1, 2, 0.25, 0], [1.5, -0.5]
    lifted, there, other = modules.evaluate(
        """async ([mu, z, point]) => {
            const { createProjection } = await load("map");
            const { place, lift } = createProjection({ mu: Float32Array.from(mu), count: mu.length / 5, label: [] }, 5);
            const lifted = lift(point, z);
            return [lifted, place(lifted), lift(place(z), z)];
        }""",
        [codes.ravel().tolist(), z, point],
    )
    assert there == pytest.approx(point)
    assert other == pytest.approx(z)
    plane = np.linalg.svd(codes.astype(float) - codes.mean(0))[2][:2].T
    off = np.array(lifted) - z
    assert plane @ (plane.T @ off) == pytest.approx(off, abs=1e-4)


def test_a_group_holds_the_pictures_with_its_value_of_a_factor(modules: Page) -> None:
    index = np.random.default_rng(8).integers(0, 4, (30, 3))
    found = modules.evaluate(
        """async index => {
            const { isGroup, members } = await load("groups");
            const factors = Array.from({ length: 3 }, () => ({ values: ["p", "q", "r", "s"] }));
            const info = { classes: ["a"], factors };
            const state = { info, factorIndex: index, codes: { count: index.length / 3, label: [] } };
            const texts = ["factor.1.2", "factor.3.0", "factor.0.4", "factor.0"];
            return [members("factor.1.2", state), texts.map((text) => isGroup(text, info))];
        }""",
        index.ravel().tolist(),
    )
    assert found == [np.flatnonzero(index[:, 1] == 2).tolist(), [True, False, False, False]]
