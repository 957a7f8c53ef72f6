"""Generative adversarial networks on a line or a plane, with the generator's exact density (Goodfellow et al. 2014).

x = G(z) with z ~ N(0, I). A generator has samples and, in general, no likelihood. On a line or a plane there is one:
G moves the mass of each small piece of z to a piece of x, and mass over size is the density. With it the best
discriminator D* = p / (p + q) is known, and the value of the game there, V(D*, G) = -ln 4 + 2 JSD(p, q), in nats.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, softplus

Layer = tuple[Tensor, Tensor]  # weight [out, in], bias [out]

_REACH = 6.0  # standard deviations of z on each side that the lattice covers
_LEAST = 1e-12  # size in x for one in z: a piece that G flattens has no density to add
_AT_ONCE = 1 << 22  # pairs of a piece and a point that are compared at once


def initial(sizes: list[int], generator: torch.Generator) -> list[Layer]:
    """Layers from sizes[0] to sizes[-1] numbers, float64; weights N(0, 2 / in), biases 0.

    Raises ValueError for fewer than two sizes, or one below 1.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a network has the sizes {sizes}, expected at least two, each at least 1")
    pairs = itertools.pairwise(sizes)
    return [
        (torch.randn(b, a, generator=generator).double() * math.sqrt(2 / a), torch.zeros(b).double()) for a, b in pairs
    ]


def apply(layers: list[Layer], x: Tensor) -> Tensor:
    """[..., in] -> [..., out]: leaky rectifiers of slope 0.2 between the layers, none after the last."""
    for weight, bias in layers[:-1]:
        x = leaky_relu(x @ weight.mT + bias, 0.2)
    weight, bias = layers[-1]
    return x @ weight.mT + bias


@dataclass(frozen=True)
class Step:
    """The networks after `number` updates of each, and the value E log D(x) + E log(1 - D(G(z))) of the batch, nats."""

    number: int
    value: float
    generator: list[Layer]
    discriminator: list[Layer]


def train(
    generator: list[Layer],
    discriminator: list[Layer],
    draw: Callable[[int], Tensor],
    random: torch.Generator,
    lr: float = 1e-3,
    batch: int = 256,
    outputs: Callable[[Tensor], Tensor] = lambda x: x,
) -> Iterator[Step]:
    """Adam on both networks in turn, without end; yields each step. `draw(n)` are data [n, d]; G ends in `outputs`.

    The discriminator ascends the value; the generator ascends E log D(G(z)), which does not saturate. Raises ValueError
    when the value is no longer finite.
    """
    G, D = _copy(generator), _copy(discriminator)
    for part in itertools.chain(*G, *D):
        part.requires_grad_()
    of_G, of_D = (torch.optim.Adam([part for layer in net for part in layer], lr, (0.5, 0.9)) for net in (G, D))
    latent = G[0][0].shape[1]
    for number in itertools.count(1):
        fake = outputs(apply(G, torch.randn(batch, latent, generator=random).double()))
        value = -softplus(-apply(D, draw(batch))).mean() - softplus(apply(D, fake.detach())).mean()
        _update(of_D, -value)
        _update(of_G, softplus(-apply(D, fake)).mean())
        if not math.isfinite(value.item()):
            raise ValueError(f"the value is {value.item()} at step {number}: take a smaller learning rate than {lr}")
        yield Step(number, value.item(), _copy(G), _copy(D))


def _copy(layers: list[Layer]) -> list[Layer]:
    return [(weight.detach().clone(), bias.detach().clone()) for weight, bias in layers]


def _update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def generator_density(generator: Callable[[Tensor], Tensor], points: Tensor, cells: int = 256) -> tuple[Tensor, Tensor]:
    """The density q(x) of x = G(z), z ~ N(0, I), at points [Q, d] for d = 1 or 2, and an error of each, both [Q].

    The latent space is cut into intervals, or triangles, `cells` along each side of [-6, 6], on which G is taken as
    straight. Where one holds x, its z is known, and it adds N(z) times its size in z over its size in x: exact for a
    straight G. The error is the change from half as many cells. The mass beyond 6 is below 4e-9. Raises ValueError for
    another d, or fewer than 2 cells.
    """
    d = points.shape[-1]
    if d not in (1, 2):
        raise ValueError(f"the points have {d} numbers each, expected 1 or 2: beyond that a lattice is too large")
    if cells < 2:
        raise ValueError(f"the lattice has {cells} cells along a side, expected at least 2")
    fine, coarse = ((_on_a_line, _on_a_plane)[d - 1](generator, points, count) for count in (cells, cells // 2))
    return fine, (fine - coarse).abs()


def _edges(cells: int) -> Tensor:
    """The edges of the cells, moved by about a tenth of a cell, so that a round number lies on none."""
    return torch.linspace(-_REACH, _REACH, cells + 1, dtype=torch.float64) + _REACH / (1.5 * math.pi * cells)


def _on_a_line(generator: Callable[[Tensor], Tensor], points: Tensor, cells: int) -> Tensor:
    z = _edges(cells)
    x = generator(z[:, None])[:, 0]
    slope = x.diff() / z.diff()
    there = slope.abs() > _LEAST
    start, low, slope = z[:-1][there], x[:-1][there], slope[there]
    way = (points - low) / slope  # from the interval's start, in z
    inside = (way >= 0) & (way < z[1] - z[0])
    return (inside * _normal((start + way).square(), 1) / slope.abs()).sum(1)


def _on_a_plane(generator: Callable[[Tensor], Tensor], points: Tensor, cells: int) -> Tensor:
    edges = _edges(cells)
    step = edges[1] - edges[0]
    across, up = torch.meshgrid(edges, edges, indexing="xy")
    z = torch.stack([across, up], -1)
    x = generator(z.reshape(-1, 2)).reshape(z.shape)
    lower = (z[:-1, :-1], x[:-1, :-1], x[:-1, 1:], x[1:, :-1], step)
    upper = (z[1:, 1:], x[1:, 1:], x[1:, :-1], x[:-1, 1:], -step)
    return sum(_on_triangles(points, *(part.reshape(-1, 2) for part in four), step) for *four, step in (lower, upper))


def _on_triangles(points: Tensor, z: Tensor, a: Tensor, b: Tensor, c: Tensor, step: Tensor) -> Tensor:
    """What triangles add at each point, [Q]: corners a, b, c in x [T, 2], at z and a step across and up from it."""
    one, two = (b - a) / step, (c - a) / step
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]  # of x for one of z, signed
    there = area.abs() > _LEAST
    z, a, one, two, area = (part[there] for part in (z, a, one, two, area))
    found = []
    for some in points.split(max(1, _AT_ONCE // max(1, len(a)))):
        way = some[:, None] - a
        u = (way[..., 0] * two[:, 1] - way[..., 1] * two[:, 0]) / area
        v = (one[:, 0] * way[..., 1] - one[:, 1] * way[..., 0]) / area
        inside = (u / step >= 0) & (v / step >= 0) & ((u + v) / step < 1)
        square = (z[:, 0] + u).square() + (z[:, 1] + v).square()
        found.append((inside * _normal(square, 2) / area.abs()).sum(1))
    return torch.cat(found)


def _normal(square: Tensor, d: int) -> Tensor:
    return (-0.5 * square).exp() / (2 * math.pi) ** (d / 2)


def optimal_discriminator(p: Tensor, q: Tensor) -> Tensor:
    """D*(x) = p(x) / (p(x) + q(x)), the best answer to the generator's density q; one half where neither has mass."""
    both = p + q
    return torch.where(both > 0, p / both.clamp(min=torch.finfo(both.dtype).tiny), 0.5)


def jensen_shannon(p: Tensor, q: Tensor, size: float) -> float:
    """JSD(p, q) in nats, 0 to ln 2, of densities on a lattice of cells of this size.

    Each is scaled to the mass 1 that it has there.
    """
    p, q = (density / (density.sum() * size) for density in (p, q))
    middle = 0.5 * (p + q)
    terms = torch.special.xlogy(p, p / middle).nan_to_num(0) + torch.special.xlogy(q, q / middle).nan_to_num(0)
    return 0.5 * terms.sum().item() * size


def value_at_optimum(divergence: float) -> float:
    """V(D*, G) = -ln 4 + 2 JSD(p, q), nats: at best -ln 4, where the generator has the data's law."""
    return -math.log(4) + 2 * divergence


@dataclass(frozen=True, eq=False)
class Modes:
    """Equal round normals at centres [M, d] with one standard deviation. Raises ValueError if there are none."""

    centres: Tensor
    sd: float

    def __post_init__(self) -> None:
        if self.centres.ndim != 2 or 0 in self.centres.shape or not 0 < self.sd < math.inf:
            given = f"centres {list(self.centres.shape)} and sd {self.sd}"
            raise ValueError(f"modes got {given}, expected [M, d] and a number above 0")

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x), nats, [N], of rows [N, d]."""
        M, d = self.centres.shape
        squares = ((x[:, None] - self.centres) / self.sd).square().sum(-1)
        return (-0.5 * squares).logsumexp(1) - math.log(M) - d * (math.log(self.sd) + 0.5 * math.log(2 * math.pi))

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n draws, [n, d]."""
        M, d = self.centres.shape
        k = torch.randint(M, (n,), generator=generator)
        return self.centres[k] + self.sd * torch.randn(n, d, generator=generator).double()

    def hit(self, samples: Tensor, least: float = 0.01) -> tuple[int, float]:
        """How many modes have at least this share of the samples [N, d] within 3 sd, and what share lies near any."""
        near = torch.cdist(samples, self.centres) <= 3 * self.sd
        return int((near.double().mean(0) >= least).sum()), near.any(1).double().mean().item()


def ring(count: int = 8, radius: float = 2.0, sd: float = 0.1) -> Modes:
    """Normals evenly on a circle. Raises ValueError as `Modes` does."""
    angles = torch.arange(count).double() * (2 * math.pi / max(1, count))
    return Modes(radius * torch.stack([angles.cos(), angles.sin()], 1), sd)


def row(count: int = 8, half: float = 2.0, sd: float = 0.1) -> Modes:
    """Normals evenly on a line from -half to half, or at 0 if there is one. Raises ValueError as `Modes` does."""
    step = 2 * half / max(1, count - 1)
    return Modes(((torch.arange(count).double() - 0.5 * (count - 1)) * step)[:, None], sd)
