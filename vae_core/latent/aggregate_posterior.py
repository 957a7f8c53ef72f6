"""What a trained model does with its latent dimensions, and what its codes make of the prior."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from vae_core.distributions.gaussian import LOG_2PI, DiagonalNormal, log_prior

# A dimension is active when the posterior mean varies more than this over the data (Burda et al. 2016, section 4.1).
ACTIVE_VARIANCE = 0.01
_MOST_AT_ONCE = 2_000_000  # pairs of a point and a posterior
_CHUNK = 1000  # posteriors
_LEAST_EXPONENT = -300.0  # nats: smaller numbers lose their digits, and the processor is slow at them
_INTERVALS = 20
_LEAST_HOLE = 1e-3  # of the prior's draws


@dataclass(frozen=True)
class Dimensions:
    """One number per latent dimension, [D], from the posteriors of a data set."""

    rate: Tensor  # KL(q_j || N(0, 1)) averaged over x, nats
    mean_variance: Tensor  # Var_x(E_q[z_j])

    @property
    def active(self) -> Tensor:
        """Whether each dimension carries information: Var_x(E_q[z_j]) > 0.01 (Burda et al. 2016, section 4.1)."""
        return self.mean_variance > ACTIVE_VARIANCE


def dimensions(q: DiagonalNormal) -> Dimensions:
    """Rate and activity of each latent dimension from the posteriors q(z|x_n), [N, D], of a data set.

    Raises ValueError for fewer than two examples.
    """
    if q.mu.ndim != 2 or len(q.mu) < 2:
        raise ValueError(f"q has the shape {list(q.mu.shape)}, expected [N, D] with at least 2 examples")
    return Dimensions(rate=q.kl_per_dimension().mean(0), mean_variance=q.mu.var(0))


def marginal_kl_bound(q: DiagonalNormal) -> Tensor:
    """A lower bound on KL(q(z_j) || p(z_j)), how far each dimension of the aggregate posterior is from the prior.

    Nats, float64, [D], from posteriors [N, D]. It is the KL between the shares of 20 intervals that are equally likely
    under the prior (the data-processing inequality), so it needs few images and is not raised by how few they are.
    """
    _checked(q)
    edges = torch.special.ndtri(torch.linspace(0, 1, _INTERVALS + 1, dtype=torch.float64))  # from -inf to inf
    mu, std = q.mu.double().cpu(), q.std.double().cpu()
    below = torch.stack([torch.special.ndtr((edge - mu) / std).mean(0) for edge in edges])  # [21, D]
    share = below.diff(dim=0).clamp_min(0)
    return (torch.special.xlogy(share, share).sum(0) + math.log(_INTERVALS)).clamp_min(0)


@dataclass(frozen=True)
class Surgery:
    """mean KL(q(z|x_n) || p(z)) = mutual information + marginal KL, nats (Hoffman & Johnson 2016, eq. 8).

    `mutual_information` is I(n; z) = mean of KL(q(z|x_n) || q(z)), from 0 to log N; `marginal_kl` is KL(q(z) || p(z)).
    `mean_kl` is in closed form; the two parts are computed apart, each with its error: the quadrature's own estimate,
    or the standard error of a Monte Carlo mean.
    """

    mean_kl: float
    mutual_information: float
    mutual_information_error: float
    marginal_kl: float
    marginal_kl_error: float
    n: int
    samples: int | None  # draws of z, None for quadrature

    @property
    def log_n(self) -> float:
        return math.log(self.n)


@dataclass(frozen=True)
class Lattice:
    """The aggregate posterior q(z) on a square lattice of the plane: `side` [G] and `q` [G, G] (first, second z)."""

    side: Tensor
    q: Tensor

    @property
    def area(self) -> float:
        return (self.side[1] - self.side[0]).item() ** 2

    @property
    def prior(self) -> Tensor:
        """p(z) on the same nodes, [G, G]."""
        normal = torch.exp(log_prior(self.side[:, None]))
        return normal[:, None] * normal


@dataclass(frozen=True)
class Holes:
    """Where the prior draws and the codes are not: q(z) < `ratio` p(z). Places [H, 2], those with most prior first."""

    z: Tensor
    ratio: float
    prior_share: float  # of the prior's draws that fall where q(z) < ratio p(z)


def aggregate_log_prob(q: DiagonalNormal, z: Tensor) -> Tensor:
    """log q(z) = log of the mean over n of q(z|x_n), nats: posteriors [N, D] and points [M, D] -> float64 [M].

    In chunks, stable where every q(z|x_n) underflows.
    """
    n = _checked(q)
    chunk = max(1, _MOST_AT_ONCE // n)
    log_q = [torch.logsumexp(_log_prob_of_each(q, part), 1) for part in z.double().split(chunk)]
    return torch.cat(log_q) - math.log(n)


def aggregate_on_lattice(q: DiagonalNormal, nodes: int = 600) -> Lattice:
    """q(z) on a square lattice that holds the prior and all posteriors to 6 standard deviations, for two dimensions.

    A diagonal normal is a product over the dimensions, so the sum over n is one matrix product, in float64.
    Raises ValueError unless q is [N, 2].
    """
    n = _checked(q)
    if q.mu.shape[1] != 2:
        raise ValueError(f"q has {q.mu.shape[1]} latent dimensions, expected 2 for a lattice on the plane")
    mu, std = q.mu.double().T, q.std.double().T  # [2, N]
    reach = max(6.0, (mu.abs() + 6 * std).max().item())
    side = torch.linspace(-reach, reach, nodes, dtype=torch.float64)
    density = torch.zeros((nodes, nodes), dtype=torch.float64)
    for m, s in zip(mu[:, None].split(_CHUNK, 2), std[:, None].split(_CHUNK, 2), strict=True):
        exponent = ((side[:, None] - m) / s).square_().mul_(-0.5).clamp_(min=_LEAST_EXPONENT)
        each = exponent.exp_().div_(s * math.exp(0.5 * LOG_2PI))  # [2, G, n]
        density.addmm_(each[0], each[1].T)
    return Lattice(side, density / n)


def surgery_on_lattice(q: DiagonalNormal, lattice: Lattice) -> Surgery:
    """Both parts of the mean KL by quadrature on the lattice; the error is the change against every other node."""
    log_prior_on = log_prior(torch.cartesian_prod(lattice.side, lattice.side)).view_as(lattice.q)
    entropy_of_each = 0.5 * (q.logvar.double() + 1 + LOG_2PI).sum(1).mean().item()

    def parts(stride: int) -> tuple[float, float]:
        """Mutual information = entropy of q(z) - mean entropy of q(z|x_n); marginal KL as an integral of its own."""
        density, area = lattice.q[::stride, ::stride], lattice.area * stride**2
        negative_entropy = torch.special.xlogy(density, density)
        marginal = negative_entropy - density * log_prior_on[::stride, ::stride]
        return -negative_entropy.sum().item() * area - entropy_of_each, marginal.sum().item() * area

    fine, coarse = parts(1), parts(2)
    errors = [abs(a - b) for a, b in zip(fine, coarse, strict=True)]
    return Surgery(q.kl().double().mean().item(), fine[0], errors[0], fine[1], errors[1], len(q.mu), None)


def surgery(q: DiagonalNormal, samples: int, generator: torch.Generator) -> Surgery:
    """Both parts of the mean KL by Monte Carlo for any number of dimensions, each with its standard error.

    z is drawn from q(z|x_n) for `samples` random n. Raises ValueError for fewer than 2 samples.
    """
    n = _checked(q)
    if samples < 2:
        raise ValueError(f"samples is {samples}, expected at least 2 for a standard error")
    drawn = torch.randint(n, (samples,), generator=generator)
    chosen = DiagonalNormal(q.mu[drawn].double(), q.logvar[drawn].double())
    z = chosen.rsample(generator)  # [samples, D]
    log_q = aggregate_log_prob(q, z)
    information, marginal = chosen.log_prob(z) - log_q, log_q - log_prior(z)
    means = [(part.mean().item(), part.std().item() / math.sqrt(samples)) for part in (information, marginal)]
    return Surgery(q.kl().double().mean().item(), *means[0], *means[1], n, samples)


def holes(lattice: Lattice, ratio: float = 0.05, width: float = 0.5, most: int = 8) -> Holes:
    """Up to `most` places where q(z) < ratio p(z), the middles of squares of side `width` that do not overlap.

    Those come first whose square holds the most prior mass where q(z) < ratio p(z).
    """
    prior = lattice.prior
    empty = prior * (lattice.q < ratio * prior) * lattice.area  # prior mass of each empty node
    half = max(1, round(0.5 * width / math.sqrt(lattice.area)))
    mass = _sum_of_squares(empty, half) * (empty > 0)
    found = []
    while len(found) < most and mass.max() > _LEAST_HOLE:
        i, j = divmod(int(mass.argmax()), len(lattice.side))
        found.append((lattice.side[i].item(), lattice.side[j].item()))
        mass[max(0, i - 2 * half) : i + 2 * half + 1, max(0, j - 2 * half) : j + 2 * half + 1] = 0
    z = torch.tensor(found, dtype=torch.float64).reshape(-1, 2)
    return Holes(z, ratio, empty.sum().item())


def _sum_of_squares(values: Tensor, half: int) -> Tensor:
    """The sum over the square of 2 half + 1 nodes a side around each node, [G, G], along one axis after the other."""
    side, sums = 2 * half + 1, values[None, None]
    for kernel, padding in (((side, 1), (half, 0)), ((1, side), (0, half))):
        sums = avg_pool2d(sums, kernel, stride=1, padding=padding)
    return sums[0, 0] * side**2


def _checked(q: DiagonalNormal) -> int:
    if q.mu.ndim != 2 or len(q.mu) == 0:
        raise ValueError(f"q has the shape {list(q.mu.shape)}, expected [N, D] with at least one example")
    return len(q.mu)


def _log_prob_of_each(q: DiagonalNormal, z: Tensor) -> Tensor:
    """log q(z_m|x_n) of every point under every posterior, nats, [M, N]: the square multiplied out, in float64."""
    mu, logvar = q.mu.double(), q.logvar.double()
    precision = torch.exp(-logvar)
    constant = (mu.square() * precision + logvar + LOG_2PI).sum(1)  # [N]
    squares = z.square() @ precision.T - 2 * z @ (mu * precision).T + constant
    return -0.5 * squares
