"""Bits per dimension of dequantised bytes against the exact probability of each byte under a normal."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm

from tests.core.conftest import generator
from vae_core.estimators.metrics import bits_per_dim, dequantized
from vae_core.tasks.evaluate import evaluate_run

MODELS = Path(__file__).parents[2] / "models"


@pytest.mark.parametrize(("mean", "sigma"), [(0.5, 0.3), (0.0, 0.1), (1.02, 0.01), (0.3, 0.002)])
def test_the_bits_bound_the_code_length_of_bytes_from_above(mean, sigma):
    """The bound is tight where a byte is much narrower than sigma."""
    bytes_ = torch.from_numpy(
        np.clip(np.rint(255 * (mean + sigma * np.random.default_rng(0).normal(size=40_000))), 0, 255)
    )
    low, high = ((bytes_.numpy() + end) / 255 for end in (-0.5, 0.5))
    code = -np.log2(np.maximum(norm.cdf(high, mean, sigma) - norm.cdf(low, mean, sigma), 1e-300)).mean()
    x = dequantized(bytes_.to(torch.uint8), generator())
    log_px = norm.logpdf(x.numpy().astype(np.float64), mean, sigma).mean()
    found = bits_per_dim(log_px, 1)
    assert found > code - 1e-2
    if sigma > 0.05:
        assert found == pytest.approx(code, abs=1e-3)


def test_dequantised_values_stay_within_their_byte():
    images = torch.arange(256, dtype=torch.uint8).repeat(100, 1)
    x = dequantized(images, generator())
    assert (x * 255 + 0.5).floor().equal(images.float())
    assert (x.mean(0) - images[0] / 255).abs().max() < 1e-3


def test_a_run_is_evaluated_in_bits_and_a_bernoulli_is_refused():
    found = evaluate_run(MODELS / "fashion-linear", None, "test", 40, "elbo", 1, 0, dequantize=True)
    assert found["bits_per_dim"] == pytest.approx(bits_per_dim(found["log_px"], 784))
    assert found["dequantized"] == "uniform"
    assert 5 < found["bits_per_dim"] < 8
    assert math.isfinite(found["bits_per_dim_stderr"])
    with pytest.raises(ValueError, match="Bernoulli"):
        evaluate_run(MODELS / "fashion-2d-bernoulli", None, "test", 10, "elbo", 1, 0, dequantize=True)
