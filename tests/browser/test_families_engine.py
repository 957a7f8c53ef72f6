"""The browser's RBM, DBM, autoregressive model, GAN and GSN against vae_core, on the same weights."""

import math
from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, Page
from torch import Tensor

from tests.browser.conftest import WEB, serve_folder
from tests.promise_cases import few
from vae_core.families import autoregressive, chain, dbm, gan, gsn, rbm
from vae_core.families.binary_states import bars_and_stripes, states
from vae_core.models.linear_gaussian import LinearGaussian

F64 = torch.float64
DATA = bars_and_stripes(2)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that holds the modules as `rbm`, `dbm`, ..., and `typed`, which makes arrays of a model's lists."""
    with serve_folder(WEB) as address:
        page = browser.new_page()
        page.goto(address)
        page.evaluate(
            """async () => {
                const names = ["binary_states", "chain", "rbm", "dbm", "made", "gsn", "denoiser", "vae_walk"];
                for (const name of [...names, "network", "gan", "vae"])
                    window[name] = await import(new URL(`other_families/engine/${name}.js`, document.baseURI));
                window.random = await import(new URL("engine/random.js", document.baseURI));
                const array = (value) => (Array.isArray(value) ? Float64Array.from(value) : value);
                const typed = ([name, value]) => [name, array(value)];
                window.typed = (model) => Object.fromEntries(Object.entries(model).map(typed));
                window.plain = (value) => (value?.buffer ? Array.from(value) : value);
            }"""
        )
        yield page
        page.close()


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def sent(model: object, **sizes: int) -> dict[str, object]:
    return sizes | {name: part.flatten().tolist() for name, part in vars(model).items()}


def close(found: object, expected: Tensor, atol: float = 1e-11) -> None:
    torch.testing.assert_close(torch.tensor(found, dtype=F64), expected.flatten().double(), rtol=1e-9, atol=atol)


def test_the_states_and_the_bars_are_the_same_in_the_same_order(page: Page) -> None:
    assert page.evaluate("plain(binary_states.states(4))") == states(4).flatten().tolist()
    for side in (2, 3):
        assert (
            page.evaluate("side => plain(binary_states.barsAndStripes(side))", side)
            == bars_and_stripes(side).flatten().tolist()
        )


@pytest.mark.parametrize("scale", [0.3, 1.5, 4.0])
def test_the_rbm_is_the_cores(page: Page, scale: float) -> None:
    model = rbm.RBM(scale * normal(1, 4, 3), normal(2, 4), normal(3, 3))
    found = page.evaluate(
        """([given, data]) => {
            const [model, rows] = [typed(given), Float64Array.from(data)];
            const parts = ({ W, b, c }) => [...W, ...b, ...c];
            const exact = rbm.exactGradient(model, rows);
            return {
                log_px: plain(rbm.logProb(model, rows)),
                log_z: rbm.logPartition(model),
                time: rbm.relaxationTime(model),
                exact: parts(exact),
                biased: parts(rbm.expectedDivergenceGradient(model, rows, 2)),
                angle: rbm.angle(exact, rbm.moved(model, exact, 1)),
            };
        }""",
        [sent(model, V=4, H=3), DATA.flatten().tolist()],
    )
    exact = model.exact_gradient(DATA)
    close(found["log_px"], model.log_prob(DATA))
    assert found["log_z"] == pytest.approx(model.log_partition(), rel=1e-12)
    assert found["time"] == pytest.approx(model.relaxation_time(), rel=1e-8)
    close(found["exact"], exact.flat())
    close(found["biased"], model.expected_divergence_gradient(DATA, 2).flat())
    moved = model.moved(exact, 1)
    assert found["angle"] == pytest.approx(rbm.angle(exact, rbm.Gradient(moved.W, moved.b, moved.c)), rel=1e-9)


def test_the_slow_chain_of_nine_and_eight_units_is_the_cores(page: Page) -> None:
    model = rbm.initial(9, 8, torch.Generator().manual_seed(0), 2.0)
    found = page.evaluate("given => rbm.relaxationTime(typed(given))", sent(model, V=9, H=8))
    assert found == pytest.approx(model.relaxation_time(), rel=1e-7)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_the_dbm_is_the_cores(page: Page, scale: float) -> None:
    model = dbm.DBM(scale * normal(1, 4, 3), scale * normal(2, 3, 2), normal(3, 4), normal(4, 3), normal(5, 2))
    found = page.evaluate(
        """([given, data]) => {
            const [model, rows] = [typed(given), Float64Array.from(data)];
            const { W, U, a, b, c } = dbm.exactGradient(model, rows);
            const gradient = [...W, ...U, ...a, ...b, ...c];
            return { log_px: plain(dbm.logProb(model, rows)), time: dbm.relaxationTime(model), gradient };
        }""",
        [sent(model, V=4, H=3, G=2), DATA.flatten().tolist()],
    )
    gradient = model.exact_gradient(DATA)
    close(found["log_px"], model.log_prob(DATA))
    assert found["time"] == pytest.approx(model.relaxation_time(), rel=1e-8)
    close(found["gradient"], torch.cat([part.flatten() for part in vars(gradient).values()]))


def test_sweeps_draw_from_the_models_law(page: Page) -> None:
    """Chains from anywhere, after sweeps enough, count the states as the law says."""
    machine = rbm.RBM(normal(1, 4, 3), normal(2, 4), normal(3, 3))
    deep = dbm.DBM(normal(1, 4, 3), normal(2, 3, 2), normal(3, 4), normal(4, 3), normal(5, 2))
    n = 20_000
    counts = page.evaluate(
        """([one, two, n]) => {
            const generator = random.createRandom(3);
            const [v, h] = [new Float64Array(n * 4), new Float64Array(n * 3)];
            let last = null;
            for (let step = 0; step < 30; step++) {
                rbm.sweep(typed(one), v, generator);
                last = dbm.sweep(typed(two), h, generator);
            }
            return [v, last].map((rows) => {
                const found = Array(16).fill(0);
                for (let k = 0; k < n; k++) found[binary_states.numberOf(rows, 4 * k, 4)] += 1;
                return found;
            });
        }""",
        [sent(machine, V=4, H=3), sent(deep, V=4, H=3, G=2), n],
    )
    for found, model in zip(counts, (machine, deep), strict=True):
        p = model.log_prob(states(4)).exp()
        assert ((torch.tensor(found) / n - p).abs() < 4.5 * (p * (1 - p) / n).sqrt() + 1e-9).all()


def test_the_autoregressive_model_is_the_cores_in_any_order(page: Page) -> None:
    model = autoregressive.initial(6, 13, torch.Generator().manual_seed(2)).in_order([3, 0, 5, 1, 4, 2])
    given = sent(model, D=6, H=13) | {"V": model.V.T.flatten().tolist()}
    x = states(6)[[0, 13, 42, 63]]
    found = page.evaluate(
        """([given, rows]) => rows.map((x) => {
            const { on, logs } = made.conditionals(typed(given), x);
            const back = made.inOrder(typed(given), [5, 4, 3, 2, 1, 0]);
            const [whole, other] = [made.logProb(typed(given), x), made.logProb(back, x)];
            return { on: plain(on), logs: plain(logs), whole, other };
        })""",
        [given, x.tolist()],
    )
    back = model.in_order([5, 4, 3, 2, 1, 0]).log_prob(x.float())
    for each, row, other in zip(found, x.float(), back, strict=True):
        close(each["on"], model.conditionals(row[None])[0], 1e-6)
        close(each["logs"], model.log_conditionals(row[None])[0], 1e-6)
        assert each["whole"] == pytest.approx(model.log_prob(row[None]).item(), abs=1e-5)
        assert each["other"] == pytest.approx(other.item(), abs=1e-5)
    n = 20_000
    counts = page.evaluate(
        """([given, n]) => {
            const [model, generator, counts] = [typed(given), random.createRandom(1), Array(64).fill(0)];
            for (let k = 0; k < n; k++) counts[binary_states.numberOf(made.sample(model, generator), 0, 6)] += 1;
            return counts;
        }""",
        [given, n],
    )
    p = model.log_prob(states(6).float()).exp().double()
    assert ((torch.tensor(counts) / n - p).abs() < 4.5 * (p * (1 - p) / n).sqrt()).all()


def test_the_autoregressive_models_gradient_and_its_means_over_orders_are_the_cores(page: Page) -> None:
    model = autoregressive.initial(6, 13, torch.Generator().manual_seed(4)).in_order([3, 0, 5, 1, 4, 2])
    parts = [part.double().requires_grad_() for part in (model.W, model.c, model.V, model.b)]
    model = autoregressive.MADE(*parts, model.order)
    x, orders = (
        states(6)[[0, 13, 42, 63]].double(),
        [torch.tensor(order) for order in ([0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4])],
    )
    model.log_prob(x).mean().backward()
    plain = {name: part.detach() for name, part in vars(model).items()}
    given = {"D": 6, "H": 13} | {name: part.flatten().tolist() for name, part in plain.items()}
    given["V"] = plain["V"].T.flatten().tolist()
    found = page.evaluate(
        """([given, rows, orders]) => {
            const model = typed(given);
            const { W, c, V, b } = made.gradient(model, Float64Array.from(rows.flat()));
            const ways = [made.logMeanProbability, made.logProbOfMeanLogits];
            const means = rows.map((x) => ways.map((way) => way(model, x, orders)));
            return { W: plain(W), c: plain(c), V: plain(V), b: plain(b), means };
        }""",
        [given, x.tolist(), [order.tolist() for order in orders]],
    )
    for name, part in zip(("W", "c", "V", "b"), parts, strict=True):
        close(found[name], part.grad.T if name == "V" else part.grad)
    for mean, which in enumerate((autoregressive.log_mean_probability, autoregressive.log_prob_of_mean_logits)):
        close([each[mean] for each in found["means"]], which(model, x, orders).detach())


MIXTURE = {"weights": [0.5, 0.5], "means": [-2.0, 2.0], "sds": [0.5, 0.5]}


@pytest.mark.parametrize("noise", [0.3, 0.6, 1.0, 2.0])
def test_the_walk_between_two_modes_forgets_as_in_the_core(page: Page, noise: float) -> None:
    data = gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in MIXTURE.values()))
    found = page.evaluate("([data, noise]) => gsn.relaxationTime(data, noise)", [MIXTURE, noise])
    assert found == pytest.approx(gsn.relaxation_time(data, noise, 400), rel=1e-6)
    assert page.evaluate("data => gsn.logProb(data, 0.7)", MIXTURE) == pytest.approx(
        data.log_prob(torch.tensor(0.7, dtype=F64)).item()
    )


def test_the_walk_keeps_the_datas_law(page: Page) -> None:
    n = 20_000
    mean, square, kept = page.evaluate(
        """([data, n]) => {
            const [generator, denoise] = [random.createRandom(7), gsn.exactDenoiser(data, 1)];
            let [mean, square, same] = [0, 0, 0];
            for (let k = 0; k < n; k++) {
                const from = gsn.sample(data, generator);
                const { x } = gsn.step(denoise, from, 1, generator);
                mean += x / n;
                square += (x * x) / n;
                same += (x > 0 === from > 0) / n;
            }
            return [mean, square, same];
        }""",
        [MIXTURE, n],
    )
    assert abs(mean) < 4.5 * (4.25 / n) ** 0.5
    assert square == pytest.approx(4.25, abs=4.5 * (4.2 / n) ** 0.5)
    data = gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in MIXTURE.values()))
    joint = gsn.log_joint(data, 1.0, *gsn.lattices(data, 1.0, 400)).exp()
    x = gsn.lattices(data, 1.0, 400)[0]
    back = (joint / joint.sum(1, keepdim=True)) @ (joint / joint.sum(0)).T
    same = ((joint.sum(1) / joint.sum())[:, None] * back)[(x[:, None] > 0) == (x > 0)].sum().item()
    assert kept == pytest.approx(same, abs=4.5 * (same * (1 - same) / n) ** 0.5)


def test_a_learned_denoiser_its_gradient_and_its_walk_are_the_cores(page: Page) -> None:
    layers = gan.initial([1, 6, 6], torch.Generator().manual_seed(8))
    data = gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in MIXTURE.values()))
    noise, scale, x = 0.8, 2.2, normal(5, 7)
    noisy = x + noise * normal(6, 7)
    found = page.evaluate(
        """([given, data, noise, scale, x, noisy]) => {
            const layers = given.map(typed);
            const denoise = denoiser.networkDenoiser(layers, noise, scale);
            [x, noisy] = [x, noisy].map((places) => Float64Array.from(places));
            const { loss, parts } = denoiser.gradient(layers, noise, scale, x, noisy);
            const { law, relaxation } = gsn.walkOnLattice(denoise, noise, 120);
            const logs = plain(gsn.logDensity(denoise(noisy), x, x.length));
            const by = parts.flatMap(({ weight, bias }) => [...weight, ...bias]);
            return { loss, by, law: plain(law), relaxation, logs, off: gsn.stepError(data, denoise, noise, 120) };
        }""",
        [sent_layers(layers), MIXTURE, noise, scale, x.tolist(), noisy.tolist()],
    )
    learned = gsn.network_denoiser(layers, noise, scale)
    walk = gsn.walk_on_lattice(learned, noise, cells=120)
    close(found["law"], walk.law)
    assert found["relaxation"] == pytest.approx(walk.relaxation_time, rel=1e-5)
    assert found["off"] == pytest.approx(gsn.step_error(data, learned, noise, cells=120), rel=1e-9)
    close(found["logs"], gsn.log_density(learned(noisy), x))
    parts = [part.requires_grad_() for layer in layers for part in layer]
    loss = -gsn.log_density(learned(noisy), x).diagonal().mean()
    loss.backward()
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-12)
    close(found["by"], torch.cat([part.grad.flatten() for part in parts]))


def test_a_training_brings_the_learned_denoiser_to_the_exact_one(page: Page) -> None:
    before, after = page.evaluate(
        """(data) => {
            const training = denoiser.createDenoiserTraining({ data, noise: 1, random: random.createRandom(0) });
            const off = () => gsn.stepError(data, training.denoiser, 1, 100);
            const before = off();
            while (training.steps < 600) training.step();
            return [before, off()];
        }""",
        MIXTURE,
    )
    assert before > 0.4
    assert after < 0.12


def test_the_memory_of_a_walk_is_that_of_the_autoregression_that_it_is(page: Page) -> None:
    """z' = rho z + sqrt(1 - rho^2) e forgets in 1 / (1 - rho); a walk of fewer than a hundred memories says nothing."""
    found, short = page.evaluate(
        """() => {
            const generator = random.createRandom(3);
            const rhos = [0.5, 0.9];
            let z = [generator.normal(), generator.normal()];
            const walk = [];
            for (let t = 0; t < 20000; t++) {
                z = rhos.map((rho, j) => rho * z[j] + Math.sqrt(1 - rho * rho) * generator.normal());
                walk.push(Float64Array.from(z));
            }
            return [vae_walk.memory(walk), vae_walk.memory(walk.slice(0, 600))];
        }"""
    )
    assert found["dimension"] == 1
    assert abs(found["time"] - 10) < 4 * found["error"] < 4
    assert short is None


@pytest.mark.parametrize(("cross", "known"), [(0.0, True), (0.3, False)])
def test_the_walk_of_a_linear_model_with_its_exact_posterior_is_known(page: Page, cross: float, known: bool) -> None:
    """With columns of W that are not orthogonal a diagonal q(z|x) is not the exact posterior."""
    W = torch.zeros(6, 2, dtype=F64)
    W[0, 0], W[1, 1], W[1, 0] = 1.5, 0.6, cross
    model = LinearGaussian(W, torch.linspace(0, 1, 6, dtype=F64), 0.3)
    inverse = torch.linalg.inv(torch.eye(2, dtype=F64) + W.T @ W / 0.09)
    A = inverse @ W.T / 0.09
    found = page.evaluate(
        """([W, b, A, logvar]) => {
            const decodeRaw = (z) => Float32Array.from(b, (value, p) => value + W[p][0] * z[0] + W[p][1] * z[1]);
            const meanInto = (a, out) => (out.set(a), out);
            const mean = (x) => A.map((row) => row.reduce((sum, value, p) => sum + value * (x[p] - b[p]), 0));
            const encode = (x) => ({ mu: mean(x), logvar });
            const likelihood = { sigma: 0.3, meanInto };
            return vae_walk.exactTimes({ latentDim: 2, pixels: 6, likelihood, decodeRaw, encode });
        }""",
        [W.tolist(), model.b.tolist(), A.tolist(), model.encode(torch.zeros(1, 6, dtype=F64)).logvar[0].tolist()],
    )
    if known:
        assert max(found) == pytest.approx(chain.linear_vae_relaxation_time(model), rel=1e-4)
    else:
        assert found is None


def sent_layers(layers: list[gan.Layer]) -> list[dict[str, object]]:
    return [
        {"ins": w.shape[1], "outs": w.shape[0], "weight": w.flatten().tolist(), "bias": b.tolist()} for w, b in layers
    ]


@pytest.mark.parametrize("d", [1, 2])
def test_the_gans_gradients_are_torchs(page: Page, d: int) -> None:
    random = torch.Generator().manual_seed(3)
    nets = gan.initial([d, 7, 5, d], random), gan.initial([d, 6, 1], random)
    data, z = normal(1, 9, d), normal(2, 9, d)
    found = page.evaluate(
        """([one, two, data, z]) => {
            const [G, D] = [one, two].map((layers) => layers.map(typed));
            const { value, discriminator } = gan.gradients(G, D, Float64Array.from(data), Float64Array.from(z));
            const flat = (parts) => parts.flatMap(({ weight, bias }) => [...weight, ...bias]);
            const generator = gan.generatorGradient(G, D, Float64Array.from(z));
            const x = plain(network.apply(G, Float64Array.from(z)));
            return { value, discriminator: flat(discriminator), generator: flat(generator), x };
        }""",
        [*map(sent_layers, nets), data.flatten().tolist(), z.flatten().tolist()],
    )
    G, D = ([tuple(part.clone().requires_grad_() for part in layer) for layer in net] for net in nets)
    fake = gan.apply(G, z)
    close(found["x"], fake.detach())
    softplus = torch.nn.functional.softplus
    value = -softplus(-gan.apply(D, data)).mean() - softplus(gan.apply(D, fake.detach())).mean()
    assert found["value"] == pytest.approx(value.item(), rel=1e-12)
    (-value).backward()
    close(found["discriminator"], torch.cat([part.grad.flatten() for layer in D for part in layer]))
    softplus(-gan.apply(D, fake)).mean().backward()
    close(found["generator"], torch.cat([part.grad.flatten() for layer in G for part in layer]))


def middles(half: float, side: int, d: int) -> torch.Tensor:
    """The middles of cells in the order of the browser: along the line, or rows of the plane that go down."""
    places = -half + 2 * half / side * (torch.arange(side).double() + 0.5)
    if d == 1:
        return places[:, None]
    down, across = torch.meshgrid(places.flip(0), places, indexing="ij")
    return torch.stack([across, down], -1).reshape(-1, 2)


@pytest.mark.parametrize(("d", "side", "cells"), [(1, 60, 2400), (2, 12, 120)])
def test_the_generators_density_is_the_cores(page: Page, d: int, side: int, cells: int) -> None:
    layers = gan.initial([d, 8, d], torch.Generator().manual_seed(5))
    half = 3.0
    found = page.evaluate(
        "([layers, half, side, cells]) => plain(gan.generatorDensity(layers.map(typed), half, side, cells))",
        [sent_layers(layers), half, side, cells],
    )
    exact, _ = gan.generator_density(lambda z: gan.apply(layers, z), middles(half, side, d), cells)
    off = (torch.tensor(found) - exact).abs()
    assert off.quantile(0.9) < 1e-3 * exact.max(), "where G has no fold: there the density is steep without end"


@pytest.mark.parametrize(("name", "d"), [("row", 1), ("ring", 2)])
def test_the_divergence_and_the_modes_are_the_cores(page: Page, name: str, d: int) -> None:
    of_name = {"row": gan.row, "ring": gan.ring}[name]
    modes, other = of_name(8, 2.0, 0.3), of_name(7, 1.5, 0.4)
    samples = normal(4, 500, d) * 1.5
    place = [1.9, 0.1][:d]
    found = page.evaluate(
        """([name, points, place]) => {
            const target = gan[name](8, 2, 0.3);
            const onCells = (modes) => gan.onCells((x) => gan.density(modes, x), 4, 60, place.length);
            const [p, q] = [onCells(target), onCells(gan[name](7, 1.5, 0.4))];
            const samples = Float64Array.from(points);
            const [modes, shares] = [gan.modesHit(target, samples), gan.sharesNear(target, samples)];
            return { jsd: gan.jensenShannon(p, q), modes, shares, at: gan.density(target, place), p: plain(p) };
        }""",
        [name, samples.flatten().tolist(), place],
    )
    x = middles(4.0, 60, d)
    p, q = modes.log_prob(x).exp(), other.log_prob(x).exp()
    close(found["p"], p)
    assert found["jsd"] == pytest.approx(gan.jensen_shannon(p, q, (8 / 60) ** d), rel=1e-9)
    count, share = modes.hit(samples)
    assert found["modes"] == {"count": count, "share": pytest.approx(share)}
    close(found["shares"], (torch.cdist(samples, modes.centres) <= 3 * modes.sd).double().mean(0))
    at = modes.log_prob(torch.tensor([place], dtype=F64)).exp().item()
    assert found["at"] == pytest.approx(at, rel=1e-9)


def sent_vae(encoder: list[gan.Layer], decoder: list[gan.Layer], sigma: float) -> dict[str, object]:
    return {"encoder": sent_layers(encoder), "decoder": sent_layers(decoder), "bias": [math.log(sigma)]}


VAE_OF = """({ encoder, decoder, bias }) => ({
    encoder: encoder.map(typed), decoder: decoder.map(typed),
    spread: { weight: new Float64Array(0), bias: Float64Array.from(bias) },
})"""


@pytest.mark.parametrize("d", [1, 2])
def test_the_vaes_gradients_are_torchs(page: Page, d: int) -> None:
    random = torch.Generator().manual_seed(6)
    encoder, decoder = gan.initial([d, 7, 2 * d], random), gan.initial([d, 6, 5, d], random)
    x, noise = normal(7, 9, d), normal(8, 9, d)
    found = page.evaluate(
        f"""([given, x, noise]) => {{
            const model = ({VAE_OF})(given);
            const found = vae.gradients(model, Float64Array.from(x), Float64Array.from(noise));
            const flat = (parts) => parts.flatMap(({{ weight, bias }}) => [...weight, ...bias]);
            return [found.elbo, [...flat(found.encoder), ...flat(found.decoder), ...found.spread.bias]];
        }}""",
        [sent_vae(encoder, decoder, 0.4), x.flatten().tolist(), noise.flatten().tolist()],
    )
    log_sigma = torch.tensor(math.log(0.4), dtype=F64)
    parts = [part.requires_grad_() for layer in (*encoder, *decoder) for part in layer] + [log_sigma.requires_grad_()]
    mu, logvar = gan.apply(encoder, x).chunk(2, 1)
    q = torch.distributions.Normal(mu, (0.5 * logvar).exp())
    px_z = torch.distributions.Normal(gan.apply(decoder, mu + q.stddev * noise), log_sigma.exp())
    rate = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
    elbo = (px_z.log_prob(x).sum(1) - rate).mean()
    (-elbo).backward()
    assert found[0] == pytest.approx(elbo.item(), rel=1e-12)
    close(found[1], torch.cat([part.grad.flatten() for part in parts]))


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("sigma", few((0.15, 0.45), {0.15}))
def test_a_straight_vae_has_its_normal_density_and_its_elbo_is_log_px_less_the_divergence(
    page: Page, sigma: float, d: int
) -> None:
    """x ~ N(b, A A^T + sigma^2 I), also where a cell of z is longer in x than sigma.

    An encoder with q(z|x) = N(0, I) for every x has the ELBO log p(x) - KL(q || p(z|x)): the mean over draws of z.
    """
    A, b = torch.tensor([[1.2, -0.4], [0.9, 1.5]], dtype=F64)[:d, :d], torch.tensor([0.2, -0.1], dtype=F64)[:d]
    encoder = [(torch.zeros(2 * d, d, dtype=F64), torch.zeros(2 * d, dtype=F64))]
    x = normal(9, 5, d)
    half, side, draws = 3.0, 10, 4000
    found = page.evaluate(
        f"""([given, x, half, side, draws]) => {{
            const model = ({VAE_OF})(given);
            const law = vae.mixture(model, 24);
            const many = Float64Array.from({{ length: x.length * draws }}, (_, k) => x[k % x.length]);
            const generator = random.createRandom(3);
            const {{ elbo }} = vae.elbos(model, many, many.map(() => generator.normal()));
            const logs = plain(vae.logProb(law, Float64Array.from(x)));
            return {{ logs, cells: plain(vae.densityOnCells(law, half, side)), elbo: plain(elbo) }};
        }}""",
        [sent_vae(encoder, [(A, b)], sigma), x.flatten().tolist(), half, side, draws],
    )
    px = torch.distributions.MultivariateNormal(b, A @ A.T + sigma**2 * torch.eye(d, dtype=F64))
    close(found["logs"], px.log_prob(x), atol=2e-5)
    close(found["cells"], px.log_prob(middles(half, side, d)).exp(), atol=1e-5)
    posterior = torch.linalg.inv(torch.eye(d, dtype=F64) + A.T @ A / sigma**2)
    pz_x = torch.distributions.MultivariateNormal((x - b) @ A @ posterior.T / sigma**2, posterior)
    q = torch.distributions.MultivariateNormal(torch.zeros(d, dtype=F64), torch.eye(d, dtype=F64))
    elbos = torch.tensor(found["elbo"]).reshape(draws, len(x))
    exact = px.log_prob(x) - torch.distributions.kl_divergence(q, pz_x)
    assert ((elbos.mean(0) - exact).abs() < 5 * elbos.std(0) / draws**0.5).all()


@pytest.mark.promise
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("name", "modes"), [("collapse", 4), ("oscillation", 8)])
def test_a_recipe_of_failure_fails_as_its_name_says_and_the_vae_does_not(
    page: Page, name: str, modes: int, seed: int
) -> None:
    found = page.evaluate(
        """async ([name, seed]) => {
            const load = (file) => import(new URL(`other_families/gan/${file}.js`, document.baseURI));
            const [{ PRESETS }, { createGame }] = await Promise.all(["presets", "training"].map(load));
            const { recipe, steps } = PRESETS[name];
            const game = createGame({ ...recipe, seed });
            while (game.steps < steps) game.run(1000, steps);
            const { gan, vae } = game.records.at(-1);
            return { gan: gan.count, vae: vae.count, course: game.course.map(({ gan }) => plain(gan)) };
        }""",
        [name, seed],
    )
    assert found["gan"] <= 2
    assert found["vae"] == modes
    course = torch.tensor(found["course"])
    late = course[len(course) // 2 :]
    leaders = set(late.argmax(1)[late.amax(1) > 0.3].tolist())
    assert (len(leaders) <= 2) if name == "collapse" else (len(leaders) >= 4)
