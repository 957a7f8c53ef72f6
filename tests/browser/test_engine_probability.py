"""The browser's distributions and random numbers against torch.distributions, numpy and their exact moments."""

import json
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence


def case(D=5, seed=0):
    rng = np.random.default_rng(seed)
    mu, z = rng.normal(size=(2, D))
    logvar = rng.normal(-1, 2, size=D)
    return torch.tensor(mu), torch.tensor(logvar), torch.tensor(z)


def test_gaussian_kl_is_torch_s(engine):
    mu, logvar, _ = case()
    truth = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0))
    total = engine.evaluate("([mu, logvar]) => engine.gaussian.kl(mu, logvar)", [mu.tolist(), logvar.tolist()])
    assert total == pytest.approx(truth.sum().item(), rel=1e-12)


@pytest.mark.parametrize("logvar", [0.0, 1e-9, -1e-7])
def test_gaussian_kl_of_the_prior_is_zero_and_keeps_its_digits_nearby(engine, logvar):
    kl = engine.evaluate("logvar => engine.gaussian.kl([0], [logvar])", logvar)
    assert kl == pytest.approx(logvar**2 / 4, rel=1e-6, abs=1e-24)  # second order of exp(l) - 1 - l, halved


def test_gaussian_log_densities_are_torch_s(engine):
    mu, logvar, z = case()
    prior, posterior = engine.evaluate(
        "([z, mu, logvar]) => [engine.gaussian.logPrior(z), engine.gaussian.logProb(z, mu, logvar)]",
        [z.tolist(), mu.tolist(), logvar.tolist()],
    )
    assert prior == pytest.approx(Normal(0.0, 1.0).log_prob(z).sum().item(), rel=1e-12)
    assert posterior == pytest.approx(Normal(mu, (logvar / 2).exp()).log_prob(z).sum().item(), rel=1e-12)


LOG_PROB = """([kind, sigma, a, x, mean]) => {
    const likelihood = engine.likelihood.createLikelihood({ kind, sigma, mean });
    return likelihood.logProb(Float32Array.from(a), Float32Array.from(x));
}"""

LOGITS = [-200.0, -30.0, -2.5, -1e-4, 0.0, 0.75, 12.0, 90.0]


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_bernoulli_log_prob_is_torch_s_also_far_out(engine, x):
    a = torch.tensor(LOGITS)
    truth = Bernoulli(logits=a.double()).log_prob(torch.full_like(a, x).double()).sum().item()
    assert engine.evaluate(LOG_PROB, ["bernoulli", None, LOGITS, [x] * len(LOGITS)]) == pytest.approx(truth, rel=1e-12)


def test_bernoulli_probabilities_of_all_pictures_sum_to_one(engine):
    total = 0.0
    for bits in range(16):
        x = [bits >> i & 1 for i in range(4)]
        total += math.exp(engine.evaluate(LOG_PROB, ["bernoulli", None, [-1.5, 0.3, 2.0, 0.0], x]))
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("sigma", [0.05, 0.2, 1.0])
def test_gaussian_log_prob_is_torch_s(engine, sigma):
    x = np.random.default_rng(0).uniform(size=len(LOGITS)).astype(np.float32)
    mean = torch.sigmoid(torch.tensor(LOGITS).double())
    truth = Normal(mean, sigma).log_prob(torch.tensor(x).double()).sum().item()
    assert engine.evaluate(LOG_PROB, ["gaussian", sigma, LOGITS, x.tolist()]) == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize("sigma", [0.05, 1.0])
def test_gaussian_around_the_output_itself_is_torch_s(engine, sigma):
    a, x = np.random.default_rng(0).normal(size=(2, 50)).astype(np.float32)
    truth = Normal(torch.tensor(a).double(), sigma).log_prob(torch.tensor(x).double()).sum().item()
    found = engine.evaluate(LOG_PROB, ["gaussian", sigma, a.tolist(), x.tolist(), "identity"])
    assert found == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "link"), [("bernoulli", "sigmoid"), ("gaussian", "sigmoid"), ("gaussian", "identity")]
)
def test_means_and_samples(engine, kind, link):
    """Mean sigmoid(a), or a itself; samples have that mean, and variance p (1 - p) or sigma^2."""
    n, a, sigma = 40_000, 0.8, 0.3
    mean, samples = engine.evaluate(
        """([kind, sigma, a, n, mean]) => {
            const likelihood = engine.likelihood.createLikelihood({ kind, sigma, mean });
            const logits = new Float32Array(n).fill(a);
            const random = engine.random.createRandom(3);
            const first = likelihood.meanInto(logits, new Float32Array(n))[0];
            const samples = Array.from(likelihood.sampleInto(logits, random, new Float32Array(n)));
            return [first, JSON.stringify(samples)]; // as text they arrive soon
        }""",
        [kind, sigma, a, n, link],
    )
    samples = json.loads(samples)
    p = 1 / (1 + math.exp(-a)) if link == "sigmoid" else a
    variance = p * (1 - p) if kind == "bernoulli" else sigma**2
    assert mean == pytest.approx(p, abs=1e-7)
    assert np.mean(samples) == pytest.approx(p, abs=5 * math.sqrt(variance / n))
    assert np.var(samples) == pytest.approx(variance, rel=0.05)
    values = len(set(samples))
    assert set(samples) == {0, 1} if kind == "bernoulli" else values > n / 2  # a density repeats itself hardly ever


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bernoulli", None, [0, 0], [1, 0.5]], "pixels of 0 or 1, but pixel 1 is 0.5"),
        (["bernoulli", None, [0, 0], [1]], "have 2 values, but this one has 1"),
        (["gaussian", 0, [0], [0]], "standard deviation above 0, but got 0"),
        (["gaussian", None, [0], [0]], "standard deviation above 0, but got null"),
        (["poisson", 1, [0], [0]], "bernoulli or gaussian, but is poisson"),
        (["gaussian", 1, [0], [0], "tanh"], "sigmoid or identity, but is tanh"),
    ],
)
def test_a_likelihood_refuses_what_it_cannot_mean(engine, arguments, sentence):
    with pytest.raises(Exception, match=sentence):
        engine.evaluate(LOG_PROB, arguments)


DRAWS = """([seed, n, name]) => {
    const random = engine.random.createRandom(seed);
    return Array.from({ length: n }, () => random[name]());
}"""


def sfc32(seed):
    """The published generator in whole numbers: sfc32 after 12 steps, its state from splitmix32."""
    mask = 0xFFFFFFFF

    def mix():
        nonlocal seed
        seed = (seed + 0x9E3779B9) & mask
        t = ((seed ^ seed >> 16) * 0x85EBCA6B) & mask
        t = ((t ^ t >> 13) * 0xC2B2AE35) & mask
        return t ^ t >> 16

    a, b, c, counter = mix(), mix(), mix(), 1
    while True:
        t = (a + b + counter) & mask
        counter = (counter + 1) & mask
        a, b, c = b ^ b >> 9, (c + (c << 3)) & mask, ((c << 21 | c >> 11) + t) & mask
        yield t


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
def test_uniforms_are_the_published_generator_s(engine, seed):
    stream = sfc32(seed)
    truth = [next(stream) / 2**32 for _ in range(112)][12:]
    assert engine.evaluate(DRAWS, [seed, 100, "uniform"]) == truth


def test_normals_are_the_polar_method_s(engine):
    stream = (2 * next_ / 2**32 - 1 for next_ in sfc32(7))
    for _ in range(12):
        next(stream)
    truth = []
    while len(truth) < 1000:
        u, v = next(stream), next(stream)
        s = u * u + v * v
        if 0 < s < 1:
            scale = math.sqrt(-2 * math.log(s) / s)
            truth += [u * scale, v * scale]
    assert engine.evaluate(DRAWS, [7, 1000, "normal"]) == pytest.approx(truth, rel=1e-13)


def test_the_logarithm_is_exact_to_its_last_digits(engine):
    s = [*np.random.default_rng(0).uniform(size=2000).tolist(), 0.5, math.sqrt(0.5), 1 - 2**-53, 2**-62, 1e-9]
    values = engine.evaluate("values => values.map(engine.random.log)", s)
    assert values == pytest.approx([math.log(value) for value in s], rel=5e-15)


def test_moments_of_a_million_draws(engine):
    """Mean, variance, third and fourth moment, and the correlation of neighbours, within 5 standard errors."""
    n = 1_000_000
    moments = engine.evaluate(
        """n => {
            const random = engine.random.createRandom(2026);
            const sums = [0, 0, 0, 0, 0];
            for (let i = 0, previous = 0; i < n; i++) {
                const v = random.normal();
                for (const [k, term] of [v, v * v, v ** 3, v ** 4, v * previous].entries()) sums[k] += term / n;
                previous = v;
            }
            return sums;
        }""",
        n,
    )
    errors = np.array(moments) - [0, 1, 0, 3, 0]
    standard_errors = np.sqrt(np.array([1, 2, 15, 96, 1]) / n)  # Var of v, v², v³, v⁴ and v v'
    assert (np.abs(errors) < 5 * standard_errors).all()


def test_same_seed_same_numbers_other_seed_other_numbers(engine):
    first, again, other, large = (engine.evaluate(DRAWS, [seed, 50, "normal"]) for seed in (5, 5, 6, 5 + 2**32))
    assert first == again
    assert not set(first) & set(other)
    assert not set(first) & set(large)


@pytest.mark.parametrize("seed", [-1, 0.5, 2**53, "7"])
def test_a_seed_that_is_no_whole_number_is_refused(engine, seed):
    with pytest.raises(Exception, match="A seed is a whole number of 0 or more"):
        engine.evaluate(DRAWS, [seed, 1, "normal"])


def test_draws_from_q_have_its_mean_and_variance(engine):
    mu, logvar, n = [1.5, -0.25], [math.log(0.04), math.log(2.0)], 50_000
    text = engine.evaluate(
        """([mu, logvar, n]) => {
            const random = engine.random.createRandom(0);
            const draw = () => Array.from(engine.gaussian.sampleInto(mu, logvar, random, new Float64Array(2)));
            return JSON.stringify(Array.from({ length: n }, draw));
        }""",
        [mu, logvar, n],
    )
    draws = np.array(json.loads(text))  # as text they arrive soon
    deviation = np.exp(np.array(logvar) / 2)
    assert (np.abs(draws.mean(0) - mu) < 5 * deviation / math.sqrt(n)).all()
    assert draws.std(0) == pytest.approx(deviation, rel=5 / math.sqrt(2 * n))
    assert abs(np.corrcoef(draws.T)[0, 1]) < 5 / math.sqrt(n)
