"""A proposal for z made for each x: a Student t on each mode of p(z|x), fitted to the weights of its own draws.

The encoder's q is one bump, learned for all x at once. Where p(z|x) has more than one mode, or is wider than q, weights
p(x, z) / q(z|x) leave mass out and do not show it. Here the modes of each x are searched for from many starts, each
gets its Laplace approximation, and a few rounds of pilot draws move the mixture to where the weights are (population
Monte Carlo, Cappe et al. 2008). The draws that are kept come after: given the mixture they are independent, so that
their mean weight has the expectation p(x).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.student_mixture import StudentMixture
from vae_core.estimators.modes import MOST, Modes, find_modes
from vae_core.models.vae import LatentModel

STARTS = 64
KNOWN_WITHIN = 3.0  # deviations between a mode and the mean of q, which knows this mode
LEAST_SHARE = 1e-3  # of p(z|x), of a mode that is worth to be shown
_PILOT, _PILOT_PER_DIMENSION, _ROUNDS = 1000, 20, 3
_ATTEMPTS = 3  # at an image on which the pilot draws do badly, each with four times the starts of the one before
_LEAST_EFFECTIVE = 0.03  # of the pilot draws
_HEAVIEST = 8  # pilot draws from which the next attempt starts searches too
_ALIKE = 0.1  # of the first weight is shared alike by all components, whatever their Laplace mass
_WIDER = 0.6  # of the variance of Laplace's approximation are added at first, shared by the dimensions
_CHUNK = 2_000_000  # pixels decoded at once
_LATENTS = 20_000_000  # numbers of draws and components held at once
_CLIMBED = 8_000_000  # pixels of the searches that climb together


@dataclass(frozen=True, eq=False)
class WeighedDraws:
    """K draws z of the proposal made for one x, with what they weigh, and the modes that it was made of; float64."""

    z: Tensor  # [K, D]
    log_w: Tensor  # [K], log p(x|z) + log p(z) - log r(z), nats
    log_px_z: Tensor  # [K], nats
    log_r: Tensor  # [K], log of the proposal's density, nats
    proposal: StudentMixture  # of this image alone
    modes: Tensor  # [M, D], the largest mass first
    deviations: Tensor  # [M, D], the standard deviation at each mode with all other coordinates held
    shares: Tensor  # [M], the share of p(z|x) at each mode
    searches: Tensor  # [M], how many searches ended at each mode
    cut: float  # the share of the mass of all modes that were found in those too many to be kept

    @property
    def single(self) -> float:
        """The share of p(z|x) at modes that at most one search met, or that were found and not kept.

        Where it is large, other modes were probably met by no search, and log p(x) is higher.
        """
        return self.cut + (1 - self.cut) * self.shares[self.searches <= 1].sum().item()

    def deviations_from(self, mu: Tensor) -> Tensor:
        """How far mu, [D], is from each mode, [M].

        The root mean square over the coordinates of the difference divided by the mode's deviation.
        """
        D = len(mu)  # of the level that the decoder sees, where there are two
        return ((mu.double() - self.modes[:, :D]) / self.deviations[:, :D]).square().mean(1).sqrt()

    def log_px(self) -> tuple[float, float]:
        """log p(x) and its standard error by the delta method, nats."""
        w, log_px = self._relative()
        return log_px, (w.std() / math.sqrt(len(w))).item()

    def kl_posterior_prior(self) -> tuple[float, float]:
        """KL(p(z|x) || p(z)) = E[log p(x|z)] - log p(x) under p(z|x), by self-normalised weights, and its error, nats.

        The prior needs about the exponential of it in samples (Chatterjee & Diaconis 2018).
        """
        w, log_px = self._relative()
        mean = (w * self.log_px_z).mean()
        influence = w * (self.log_px_z - mean - 1)
        return mean.item() - log_px, (influence.std() / math.sqrt(len(w))).item()

    def _relative(self) -> tuple[Tensor, float]:
        """w / p(x), whose mean is one, and log p(x)."""
        log_px = torch.logsumexp(self.log_w, 0) - math.log(len(self.log_w))
        return (self.log_w - log_px).exp(), log_px.item()


@torch.no_grad()
def weigh_each(
    model: LatentModel, x: Tensor, K: int, generator: torch.Generator, starts: int = STARTS
) -> list[WeighedDraws]:
    """K draws for each image of x, [B, ...], from a proposal of its own, and their weights.

    Raises ValueError if x lies outside the likelihood's support, or if log p(x, z) is not a number where z was tried.
    """
    return _weighed(model, x, K, generator, starts, None, _ATTEMPTS)


def images_together(K: int, D: int, pixels: int) -> int:
    """How many images may have K draws of D numbers weighed at once within the budget of memory."""
    draws = max(K, _pilot(D)) * D * MOST
    return max(1, min(_LATENTS // draws, _LATENTS // (STARTS * D * D), _CLIMBED // (STARTS * pixels)))


def _weighed(
    model: LatentModel,
    x: Tensor,
    K: int,
    generator: torch.Generator,
    starts: int,
    also: Tensor | None,
    attempts: int,
) -> list[WeighedDraws]:
    modes = find_modes(model, x, starts, generator, also)
    mixture = _of_modes(modes, model.prior().sample(_PILOT, generator).double())
    pilot = _pilot(model.latent_dim)
    for _ in range(_ROUNDS):
        z, log_w, _, _ = _draws(model, x, mixture, pilot, generator)
        mixture = mixture.refit(z, log_w)
    poor = effective_samples(log_w) < _LEAST_EFFECTIVE * pilot
    poor = poor.nonzero()[:, 0] if attempts > 1 else poor.new_empty(0, dtype=torch.long)
    found = _kept(_draws(model, x, mixture, K, generator), mixture, modes)
    if len(poor):
        heaviest = log_w[:, poor].topk(_HEAVIEST, 0).indices[..., None].expand(-1, -1, z.shape[-1])
        also = z[:, poor].gather(0, heaviest)
        again = _weighed(model, x[poor], K, generator, 4 * starts, also, attempts - 1)
        for i, one in zip(poor.tolist(), again, strict=True):
            found[i] = one
    return found


def _pilot(D: int) -> int:
    return max(_PILOT, _PILOT_PER_DIMENSION * D)


def _kept(draws: tuple[Tensor, Tensor, Tensor, Tensor], mixture: StudentMixture, modes: Modes) -> list[WeighedDraws]:
    """The draws of each image by themselves, with the modes that are there."""
    deviations = modes.precision.diagonal(dim1=-2, dim2=-1).rsqrt()
    shares = mixture.shares(*draws[:2])[:, 1:]
    of_modes = (modes.z, deviations, shares / shares.sum(1, keepdim=True), modes.searches)
    return [
        WeighedDraws(
            *(part[:, i] for part in draws),
            mixture.of(i, 1 + M),
            *(part[i, :M] for part in of_modes),
            modes.cut[i].item(),
        )
        for i, M in enumerate(modes.there.sum(1).tolist())
    ]


def effective_samples(log_w: Tensor) -> Tensor:
    """(sum w)^2 / sum w^2, from 1 to K: [K, B] -> [B]."""
    return torch.exp(2 * torch.logsumexp(log_w, 0) - torch.logsumexp(2 * log_w, 0))


def _of_modes(modes: Modes, of_prior: Tensor) -> StudentMixture:
    """One wide component, then Laplace's approximation of each mode, a little wider.

    The wide one, at first as wide as draws of the prior, [n, D], moves with the weights to the tails that the others
    miss. More dimensions bear fewer far draws: D + 1 degrees of freedom.
    """
    B, _, D = modes.z.shape
    covariance = torch.linalg.inv(modes.precision)
    L = math.sqrt(1 + _WIDER / D) * torch.linalg.cholesky((covariance + covariance.mT) / 2)
    there = torch.nn.functional.pad(modes.there, (1, 0), value=True)
    share = torch.nn.functional.pad(torch.softmax(modes.log_mass(), 1), (1, 0))
    share = (1 - _ALIKE) * share + _ALIKE * there / there.sum(1, keepdim=True)
    wide = torch.diag(of_prior.std(0)).expand(B, 1, D, D)
    mean = torch.cat((of_prior.mean(0).expand(B, 1, D), modes.z), 1)
    return StudentMixture(share.log(), mean, torch.cat((wide, L), 1), D + 1)


def _draws(
    model: LatentModel, x: Tensor, mixture: StudentMixture, K: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """K draws, [K, B, D], with log w, log p(x|z) and log r, [K, B] each; float64."""
    z = mixture.sample(K, generator).to(x.dtype)
    chunk = max(1, _CHUNK // x.numel())
    log_px_z = torch.cat([model.decode(part).log_prob(x).double() for part in z.split(chunk)])
    log_r = mixture.log_prob(z.double())
    log_w = log_px_z + model.prior().log_prob(z).double() - log_r
    if bool((log_w.isnan() | (log_w == math.inf)).any()):
        raise ValueError("log p(x|z) is not a finite number at some z: the weights or x are unusable")
    return z.double(), log_w, log_px_z, log_r
