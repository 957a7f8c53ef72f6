"""What the identity's panel says of a linear model, against the closed forms of vae_core: exact only where it is."""

from pathlib import Path

import pytest
import torch

from tests.browser.conftest import WEB, serve_folder
from ui.pages.where_p_is_large.component import closed_form
from ui.pages.where_p_is_large.selected_x import select_example
from ui.runs.catalogue import read_entry
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.ppca import as_linear

ROOT = Path(__file__).parents[2]
SAID = """async ([closed, sigma, pixels, rate]) => {
    const { closedForm, exactOrNot } = await import("/where_p_is_large/elbo_identity.js");
    const { logPx, expected } = closedForm(closed, sigma, pixels);
    return [logPx - expected + rate, exactOrNot(logPx - expected + rate)];
}"""


def exact_gap(linear: LinearGaussian, x: torch.Tensor, q: DiagonalNormal) -> float:
    """KL(q || p(z|x)) of two normals, nats."""
    mean, covariance = linear.posterior(x)
    p = torch.distributions.MultivariateNormal(mean[0], covariance)
    mine = torch.distributions.MultivariateNormal(q.mu[0].double(), torch.diag(q.logvar[0].double().exp()))
    return torch.distributions.kl_divergence(mine, p).item()


@pytest.mark.parametrize(("shift", "sigma"), [(0.0, 1.0), (0.0, 2.0), (1.5, 1.0), (-0.4, 0.5)])
def test_an_encoder_is_called_exact_only_where_it_is(browser, shift: float, sigma: float) -> None:
    chosen = select_example(read_entry(ROOT / "models" / "fashion-linear"), 16, None, 0)
    own = as_linear(chosen.model)
    with torch.no_grad():
        chosen.model.encoder[-1].bias.add_(shift)  # as a trained one is, off by something
    try:
        q, x = chosen.model.encode(chosen.x), chosen.x.double().flatten(1)
        linear = LinearGaussian(own.W, own.b, sigma * own.sigma)
        with serve_folder(WEB) as url:
            page = browser.new_page()
            page.goto(url)
            gap, words = page.evaluate(SAID, [closed_form(chosen), linear.sigma, 784, q.kl().item()])
            page.close()
        assert gap == pytest.approx(exact_gap(linear, x, q), abs=2e-3)
        assert ("is the exact posterior here" in words) == (gap < 0.005) == (shift == 0 and sigma == 1)
    finally:
        with torch.no_grad():
            chosen.model.encoder[-1].bias.sub_(shift)
