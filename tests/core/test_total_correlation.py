"""The parts of the rate against an aggregate posterior that is known, and against quadrature."""

import math

import torch

from tests.core.conftest import SMALL, generator, pictures
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.models.vae import build
from vae_core.objectives import beta_elbo, beta_tcvae, decompose

PARTS = ("mutual_information", "total_correlation", "dimension_wise")


def within(values: torch.Tensor, truth: float, slack: float = 0.0) -> bool:
    return abs(values.mean().item() - truth) < 5 * values.std().item() / math.sqrt(len(values)) + slack


def test_a_normal_aggregate_has_the_parts_of_its_covariance():
    """q(z|x_n) = N(m_n, v I) with m ~ N(0, C) makes q(z) = N(0, S), S = C + v I, as the number of x grows."""
    n, v = 3000, 0.25
    root = torch.tensor([[1.2, 0.0], [0.9, 0.5]]).double()
    S = root @ root.T + v * torch.eye(2).double()
    mu = torch.randn((n, 2), generator=generator()).double() @ root.T
    q = DiagonalNormal(mu, torch.full_like(mu, math.log(v)))
    found = decompose(q, q.rsample(generator(1)))
    total, variances = S.logdet().item(), S.diagonal()
    truth = {
        "mutual_information": 0.5 * (total - 2 * math.log(v)),
        "total_correlation": 0.5 * (variances.log().sum().item() - total),
        "dimension_wise": 0.5 * (variances - 1 - variances.log()).sum().item(),
    }
    for part, expected in truth.items():
        assert expected > 0.1
        assert within(getattr(found, part), expected, slack=0.01), part  # the slack: 3,000 x are not all x
    assert within(sum(getattr(found, part) for part in PARTS), q.kl().mean().item())


def test_a_few_posteriors_have_the_parts_that_quadrature_finds():
    mu = torch.tensor([[-1.0, -1.2], [0.3, 0.4], [1.5, 0.9]]).double()
    q = DiagonalNormal(mu, torch.tensor([[-1.0, -2.0], [-0.5, -1.0], [-1.5, -0.3]]).double())
    side = torch.linspace(-8, 8, 801).double()
    each = q.mu[:, :, None], q.std[:, :, None]
    marginal = torch.exp(-0.5 * ((side - each[0]) / each[1]).square()) / each[1] / math.sqrt(2 * math.pi)  # [3, 2, G]
    joint = torch.einsum("ni,nj->ij", marginal[:, 0], marginal[:, 1]) / 3
    product = marginal.mean(0)[0][:, None] * marginal.mean(0)[1]
    correlation = (torch.special.xlogy(joint, joint) - torch.special.xlogy(joint, product)).sum() * 0.02**2
    many = DiagonalNormal(q.mu.repeat(1000, 1), q.logvar.repeat(1000, 1))  # the same aggregate
    assert within(decompose(many, many.rsample(generator())).total_correlation, correlation.item())


def test_the_parts_add_up_at_every_sample():
    mu, logvar = torch.randn((2, 30, 4), generator=generator()).double()
    q = DiagonalNormal(mu, logvar)
    z = q.rsample(generator(1))
    parts = decompose(q, z)
    prior = DiagonalNormal(torch.zeros_like(mu), torch.zeros_like(mu))
    torch.testing.assert_close(sum(getattr(parts, part) for part in PARTS), q.log_prob(z) - prior.log_prob(z))


def test_with_beta_one_it_is_the_elbo_and_more_beta_costs_the_correlation():
    model = build(SMALL["mlp bernoulli"], generator()).double()
    x = pictures(model, 8)
    plain, one, five = (
        beta_elbo(model, x, generator(3)),
        beta_tcvae(model, x, generator(3), 1),
        beta_tcvae(model, x, generator(3), 5),
    )
    torch.testing.assert_close(one.value, plain.value)
    q = model.encode(x)
    correlation = decompose(q, q.rsample(generator(3))).total_correlation
    torch.testing.assert_close(five.value, plain.value - 4 * correlation)
