"""Two levels against the closed form of a linear-Gaussian chain, and against the one level that they are."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from tests.core.conftest import generator
from vae_core.config import ModelConfig, RunConfig
from vae_core.distributions.hierarchical import split
from vae_core.models.vae import VAE, build
from vae_core.objectives import elbo, iwae

A = torch.diag(torch.tensor([0.9, 0.4])).double()  # z1 | z2 ~ N(A z2 + a, S)
a = torch.tensor([0.3, -0.2]).double()
S = torch.diag(torch.tensor([0.3, 0.5])).double()
W = torch.tensor([[1.2, 0.0], [0.0, 0.7], [0.5, 0.0]]).double()  # x | z1 ~ N(W z1 + b, sigma^2 I)
b = torch.tensor([0.1, 0.0, 0.4]).double()
SIGMA, P, D = 0.5, 3, 2


def joint() -> MultivariateNormal:
    """The normal law of (z1, z2, x)."""
    cov_1 = A @ A.T + S
    rows = [[cov_1, A, cov_1 @ W.T], [A.T, torch.eye(D).double(), A.T @ W.T]]
    rows.append([W @ cov_1, W @ A, W @ cov_1 @ W.T + SIGMA**2 * torch.eye(P).double()])
    covariance = torch.cat([torch.cat(row, 1) for row in rows])
    return MultivariateNormal(torch.cat((a, torch.zeros(D).double(), W @ a + b)), covariance)


def conditional(law: MultivariateNormal, of: slice, on: slice, value: Tensor) -> MultivariateNormal:
    """The law of some of the numbers given others, [B, on]."""
    C, m = law.covariance_matrix, law.mean
    gain = C[of, on] @ torch.linalg.inv(C[on, on])
    return MultivariateNormal(m[of] + (value - m[on]) @ gain.T, C[of, of] - gain @ C[on, of])


Z1, Z2, Z, X = slice(0, D), slice(D, 2 * D), slice(0, 2 * D), slice(2 * D, 2 * D + P)


def fill(layer: torch.nn.Linear, weight: Tensor, bias: Tensor, variances: Tensor | None = None) -> None:
    """A layer that gives weight @ input + bias, and then the logarithms of constant variances."""
    if variances is not None:
        weight, bias = torch.cat((weight, torch.zeros_like(weight))), torch.cat((bias, variances.log()))
    layer.weight.data.copy_(weight)
    layer.bias.data.copy_(bias)


def chain(error: float = 0.0) -> VAE:
    """The chain as a model; its q is exact at error 0, since W's columns are orthogonal and A is diagonal."""
    config = ModelConfig((1, 1, P), D, hidden=(), sigma=SIGMA, mean="identity", top_dim=D)
    model, law = VAE(config).double(), joint()
    fill(model.decoder[0], W, b)
    fill(model.top_decoder[0], A, a, S.diagonal())
    for layer, of, on in ((model.encoder[1], Z1, X), (model.top_encoder[0], Z2, Z1)):
        n = law.mean[on].numel()
        zero, unit = conditional(law, of, on, torch.zeros((1, n)).double()), torch.eye(n).double()
        slope = (conditional(law, of, on, unit).mean - zero.mean).T
        fill(layer, slope * (1 - error), zero.mean[0], zero.covariance_matrix.diagonal(dim1=-2, dim2=-1)[0])
    model.log_sigma.fill_(math.log(SIGMA))
    return model


def x(count: int) -> Tensor:
    torch.manual_seed(0)
    return joint().sample((count,))[:, X]


def test_the_exact_posterior_makes_every_weight_log_p():
    model, rows = chain(), x(5)
    truth = MultivariateNormal(joint().mean[X], joint().covariance_matrix[X, X]).log_prob(rows)
    for K in (1, 3):
        torch.testing.assert_close(iwae(model, rows.view(5, 1, 1, P), generator(), K).value, truth)
    torch.testing.assert_close(elbo(model, rows.view(5, 1, 1, P), generator()).elbo, truth)


def test_the_elbo_misses_log_p_by_the_divergence_of_q():
    """log p(x) - ELBO = KL(q(z1, z2|x) || p(z1, z2|x)), both normal."""
    model, rows, K = chain(error=0.3), x(4), 40_000
    law = joint()
    truth = MultivariateNormal(law.mean[X], law.covariance_matrix[X, X]).log_prob(rows)
    q = model.encode(rows.view(4, 1, 1, P))
    slope, above = model.top_encoder[0].weight[:D].detach(), q.above(q.below.mu)
    v1, v2 = (torch.diag(each.logvar[0].exp()) for each in (q.below, above))
    covariance = torch.cat((torch.cat((v1, v1 @ slope.T), 1), torch.cat((slope @ v1, slope @ v1 @ slope.T + v2), 1)))
    joint_q = MultivariateNormal(torch.cat((q.below.mu, above.mu), 1), covariance.detach())
    gap = kl_divergence(joint_q, conditional(law, Z, X, rows)).detach()
    assert (gap > 0.05).all()
    with torch.no_grad():
        found = elbo(model, rows.view(4, 1, 1, P), generator(), K).elbo
        z, log_q = q.draw(generator(), K)
    noise = (model.prior().log_prob(z) + model.decode(z).log_prob(rows.view(4, 1, 1, P)) - log_q).std(0) / K**0.5
    assert ((truth - gap - found).abs() < 5 * noise).all()


def test_two_levels_are_one_level_with_another_decoder():
    """p(z1, z2) is N(0, I) in u = (e, z2) by a map whose volume is that of s(z2): log p(z) = log N(u) - sum log s."""
    model = build(ModelConfig((1, 2, 2), 3, hidden=(8,), sigma=0.3, top_dim=2), generator()).double()
    prior = model.prior()
    u = torch.randn((50, 5), generator=generator(1)).double()
    z = prior.standard(u)
    volume = prior.below(split(z, 3)[1]).logvar.sum(-1) / 2
    log_normal = MultivariateNormal(torch.zeros(5).double(), torch.eye(5).double()).log_prob(u)
    torch.testing.assert_close(prior.log_prob(z), log_normal - volume)


def test_prior_samples_have_the_law_of_the_chain():
    n = 200_000
    z, law = chain().prior().sample(n, generator()).detach(), joint()
    assert ((z.mean(0) - law.mean[Z]).abs() < 0.02).all()
    assert ((z.T.cov() - law.covariance_matrix[Z, Z]).abs() < 0.02).all()


def test_a_draw_holds_both_levels_and_their_density():
    model = build(ModelConfig((1, 2, 2), 3, hidden=(8,), likelihood="bernoulli", top_dim=2), generator()).double()
    q = model.encode(torch.zeros((4, 1, 2, 2)).double())
    z, log_q = q.draw(generator(), 6)
    assert z.shape == (6, 4, 5)
    assert model.latent_dim == 5
    z1, z2 = split(z, 3)
    torch.testing.assert_close(log_q, q.below.log_prob(z1) + q.above(z1).log_prob(z2))
    assert model.decode(z).mean.shape == (6, 4, 1, 2, 2)
    assert q.diagonal().mu.shape == (4, 3)


def test_what_two_levels_cannot_be_is_one_sentence():
    with pytest.raises(ValueError, match="with two levels"):
        ModelConfig((1, 4, 4), top_dim=2, posterior="flow")
    with pytest.raises(ValueError, match="top_dim is 0"):
        ModelConfig((1, 4, 4), top_dim=0)
    two = ModelConfig((1, 4, 4), top_dim=2, sigma=0.1)
    with pytest.raises(ValueError, match="the objective dreg is for one level, and the model has two: choose iwae"):
        RunConfig.from_json(
            {"model": vars(two), "data": {"name": "digits"}, "train": {"objective": "dreg", "samples": 5}}
        )
