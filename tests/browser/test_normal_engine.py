"""The browser's maps, network and distances against vae_core, on the same tables, points and weights."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page
from scipy import special

from tests.browser.conftest import WEB, serve_folder
from ui.pages.anything_from_a_normal import component
from ui.pages.anything_from_a_normal.url import View
from vae_core.transport import learned_map, targets
from vae_core.transport.plane_maps import Bilinear, Gaussian, Ring, log_volume
from vae_core.transport.sample_distances import (
    energy_distance,
    energy_floor,
    ks_distance,
    ks_floor,
    sliced_energy_distance,
)
from vae_core.transport.univariate import Exponential, Mixture, PiecewiseLinear, Uniform

MODULES = {
    "normal": "normal_cdf",
    "line": "univariate",
    "plane": "plane_maps",
    "network": "learned_map",
    "distance": "sample_distances",
    "trainer": "learned_map",
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that holds the modules as `normal`, `line`, ..., and `given`, the targets as Python sends them."""
    with serve_folder(WEB) as address:
        page = browser.new_page()
        page.goto(address)
        page.evaluate(
            """async ([names, given]) => {
                for (const [name, file] of Object.entries(names)) {
                    window[name] = await import(new URL(`engine/transport/${file}.js`, document.baseURI));
                }
                window.given = given;
                window.table = (name) => Float64Array.from(atob(given.tables[name]), (c) => c.charCodeAt(0));
            }""",
            [MODULES, component.data(View())["given"]],
        )
        yield page
        page.close()


def doubles(values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_the_normal_is_scipy_s_also_in_the_tails(page: Page) -> None:
    z = torch.linspace(-8, 8, 321, dtype=torch.float64)
    below, back = page.evaluate("z => [z.map(normal.below), z.map((v) => normal.inverse(normal.below(v)))]", z.tolist())
    np.testing.assert_allclose(below, special.ndtr(z.numpy()), rtol=1e-13)
    torch.testing.assert_close(doubles(back)[:240], z[:240], rtol=1e-12, atol=1e-12)


DRAWN = [0, 0, 30, 10, 0, 0, 50, 20, 20, 0]
LINES = {
    "bimodal": ("line.createMixture(given.mixtures.bimodal)", Mixture(*doubles(targets.MIXTURES["bimodal"]).T)),
    "three": ("line.createMixture(given.mixtures.three)", Mixture(*doubles(targets.MIXTURES["three"]).T)),
    "exponential": ("line.createExponential(given.rate)", Exponential(targets.RATE)),
    "uniform": ("line.createUniform(...given.uniform)", Uniform(*targets.UNIFORM)),
    "drawn": (f"line.createDrawn({DRAWN}, -4, 4)", PiecewiseLinear(doubles(DRAWN), -4, 4)),
}


@pytest.mark.parametrize("name", LINES)
def test_maps_of_the_line_are_those_of_the_core(page: Page, name: str) -> None:
    code, target = LINES[name]
    z = torch.linspace(-5, 5, 201, dtype=torch.float64)
    x = target.from_normal(z)
    found = page.evaluate(
        f"""([z, x]) => {{
            const map = {code};
            return [z.map(map.fromNormal), x.map(map.toNormal), x.map(map.density), x.map(map.cdf)];
        }}""",
        [z.tolist(), x.tolist()],
    )
    for values, truth in zip(found, (x, target.to_normal(x), target.density(x), target.cdf(x)), strict=True):
        torch.testing.assert_close(doubles(values), truth, rtol=1e-9, atol=1e-9)


def bilinear(name: str) -> tuple[str, Bilinear]:
    table = doubles(targets.table(name).tolist())
    return f"plane.createBilinear(table('{name}'), given.side, given.half)", Bilinear(
        table, -targets.HALF, targets.HALF
    )


PLANES = {
    "ring": ("plane.createRing()", Ring()),
    "gaussian": ("plane.createGaussian([1.4, 1.1, 0.7])", Gaussian(doubles([[1.4, 0], [1.1, 0.7]]))),
} | {name: bilinear(name) for name in targets.TARGETS}


@pytest.mark.parametrize("name", PLANES)
def test_maps_of_the_plane_are_those_of_the_core(page: Page, name: str) -> None:
    code, target = PLANES[name]
    z = doubles(np.random.default_rng(0).normal(size=(300, 2)).tolist())
    x = target.from_normal(z)
    found = page.evaluate(
        f"""([z, x]) => {{
            const map = {code};
            return [z.map(map.fromNormal), x.map(map.toNormal), x.map(map.density), z.map(map.volume)];
        }}""",
        [z.tolist(), x.tolist()],
    )
    truths = (x, target.to_normal(x), target.log_density(x).exp(), target.log_volume(z).exp())
    for values, truth in zip(found, truths, strict=True):
        torch.testing.assert_close(doubles(values), truth, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", PLANES)
def test_margins_and_box_belong_to_the_density(page: Page, name: str) -> None:
    """Each margin holds all but 0.2 % of the mass, no density is above the box's top, and rejection draws from it."""
    masses, worst, n, mean = page.evaluate(
        f"""async () => {{
            const map = {PLANES[name][0]};
            const masses = map.margins.map(({{ density, low, high }}) => {{
                const step = (high - low) / 4000;
                let sum = 0;
                for (let k = 0; k < 4000; k++) sum += step * density(low + (k + 0.5) * step);
                return sum;
            }});
            const {{ createRandom }} = await import(new URL("engine/random.js", document.baseURI));
            const random = createRandom(3);
            const draws = Array.from({{ length: 4000 }}, () => plane.reject(map, random));
            const worst = Math.max(...draws.map((x) => map.density(x) / map.box.top));
            const mean = [0, 1].map((j) => draws.reduce((sum, x) => sum + x[j] / draws.length, 0));
            return [masses, worst, draws.length, mean];
        }}"""
    )
    assert masses == pytest.approx([1] * len(masses), abs=2e-3)
    assert worst <= 1 + 1e-12
    truth = PLANES[name][1].from_normal(torch.randn(40_000, 2, generator=torch.Generator().manual_seed(1)).double())
    error = truth.std(0) / n**0.5
    assert ((doubles(mean) - truth.mean(0)).abs() < 5 * error).all()


def test_distances_and_floors_are_those_of_the_core(page: Page) -> None:
    generator = torch.Generator().manual_seed(2)
    x, y = torch.randn(2, 250, 2, generator=generator, dtype=torch.float64)
    u = torch.rand(99, generator=generator, dtype=torch.float64).sort().values
    sliced, floor, ks, ks_floors = page.evaluate(
        """([x, y, u]) => [
            distance.slicedEnergy(...[x, y].map((points) => distance.project(points))),
            distance.energyFloor(Float64Array.from(y), 70, 90), distance.ksDistance(u), distance.ksFloor(10),
        ]""",
        [x.flatten().tolist(), y.flatten().tolist(), u.tolist()],
    )
    assert sliced == pytest.approx(sliced_energy_distance(x, y).item(), rel=1e-9)
    truth = energy_floor(y, 70, 90)
    assert [floor["mean"], floor["high"]] == pytest.approx([truth.mean, truth.high], rel=1e-4)
    assert ks == pytest.approx(ks_distance(u).item())
    assert [ks_floors["mean"], ks_floors["high"]] == pytest.approx([ks_floor(10).mean, ks_floor(10).high])


def test_the_network_and_its_gradient_are_torch_s(page: Page) -> None:
    """The same weights, z and y: outputs, √det JᵀJ, the energy distance and its gradient by every weight."""
    generator = torch.Generator().manual_seed(3)
    z, y = torch.randn(2, 20, 2, generator=generator, dtype=torch.float64)
    layers = [
        tuple(part.requires_grad_() for part in (weight, torch.randn(len(weight), generator=generator).double()))
        for weight, _ in learned_map.start(5, 2, generator)
    ]
    outputs, volumes, energy, gradients = page.evaluate(
        """([layers, z, y]) => {
            const net = network.createNetwork(5, 2, { normal: () => 0 });
            net.layers.forEach((layer, l) => {
                layer.weight.set(layers[l][0]);
                layer.bias.set(layers[l][1]);
            });
            const points = Array.from({ length: 20 }, (_, k) => z.slice(2 * k, 2 * k + 2));
            const volumes = points.map(net.volume);
            const outputs = net.forward(Float64Array.from(z), 20);
            const gradient = new Float64Array(40);
            const energy = distance.energyWithGradient(outputs, Float64Array.from(y), gradient);
            net.backward(gradient, 20);
            const gradients = net.layers.flatMap(({ gWeight, gBias }) => [Array.from(gWeight), Array.from(gBias)]);
            return [Array.from(outputs), volumes, energy, gradients];
        }""",
        [[[w.flatten().tolist(), b.tolist()] for w, b in layers], z.flatten().tolist(), y.flatten().tolist()],
    )
    x = learned_map.apply(layers, z)
    loss = energy_distance(x, y)
    loss.backward()
    torch.testing.assert_close(doubles(outputs), x.detach().flatten())
    frozen = [(w.detach(), b.detach()) for w, b in layers]
    torch.testing.assert_close(doubles(volumes), log_volume(lambda v: learned_map.apply(frozen, v), z).exp())
    assert energy == pytest.approx(loss.item(), rel=1e-10)
    for found, part in zip(gradients, [part for layer in layers for part in layer], strict=True):
        torch.testing.assert_close(doubles(found), part.grad.flatten(), rtol=1e-8, atol=1e-12)


def test_training_falls_and_is_the_same_for_the_same_seed(page: Page) -> None:
    """Whatever the slices of time, step 150 is the same; another seed differs; the distance falls."""
    first, again, other = page.evaluate(
        """() => [[1, 1e6], [1, 0], [2, 1e6]].map(([seed, budget]) => {
            const trainer = trainer_of(seed);
            while (trainer.steps < 150) trainer.run(budget, 150);
            return trainer.energies;
            function trainer_of(seed) {
                return trainerModule().createTrainer(plane.createRing(), { width: 8, depth: 1, seed });
            }
            function trainerModule() { return window.trainer; }
        })"""
    )
    assert first == again
    assert first != other
    assert np.mean(first[-20:]) < np.mean(first[:5]) / 3
