"""Directions of latent space that stand for an attribute, and how well they tell images with it from those without."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

FEWEST = 4  # images of a group: some make the direction, at least two are held out
_HELD_OUT = 0.5  # share of each group
_PAIRS = 10_000_000  # compared at once


@dataclass(frozen=True)
class Separation:
    """AUC: the chance that an image with the attribute lies further along than one without; 0.5 is no direction.

    `error` is its standard error (Hanley & McNeil 1982, eq. 1); the held-out images of each group are counted.
    """

    auc: float
    error: float
    with_: int
    without: int


@dataclass(frozen=True, eq=False)
class Direction:
    """The mean code with an attribute minus the mean code without, of all codes given: `vector` [D].

    `separation` is that of the same difference made from half of each group, on the other halves.
    """

    vector: Tensor
    separation: Separation

    def added(self, z: Tensor, strengths: Tensor) -> Tensor:
        """z + strength x vector: codes [D] and strengths [S] -> [S, D]; 1 takes the mean without to that with."""
        return z + strengths.to(z)[:, None] * self.vector


def direction(mu_with: Tensor, mu_without: Tensor, seed: int = 0) -> Direction:
    """The direction of an attribute from codes with it and codes without, [N, D] and [M, D].

    Codes are held out by the seed. Raises ValueError for fewer than 4 codes in a group, codes of two dimensions or
    that are not finite, and for groups with one mean.
    """
    if mu_with.ndim != 2 or mu_without.ndim != 2 or mu_with.shape[1] != mu_without.shape[1]:
        raise ValueError(
            f"the groups are {list(mu_with.shape)} and {list(mu_without.shape)}, expected [N, D] and [M, D]"
        )
    if min(len(mu_with), len(mu_without)) < FEWEST:
        raise ValueError(
            f"the groups have {len(mu_with)} and {len(mu_without)} images, expected at least {FEWEST} in each"
        )
    if not bool(mu_with.isfinite().all() and mu_without.isfinite().all()):
        raise ValueError("a code holds numbers that are not finite")
    rng = torch.Generator().manual_seed(seed)
    (with_, held_with), (without, held_without) = (_halves(mu.double(), rng) for mu in (mu_with, mu_without))
    half = with_.mean(0) - without.mean(0)
    vector = mu_with.double().mean(0) - mu_without.double().mean(0)
    if not bool(vector.any()):
        raise ValueError("the two groups have the same mean code, expected groups that differ")
    return Direction(vector.to(mu_with), separation(held_with @ half, held_without @ half))


def separation(along_with: Tensor, along_without: Tensor, *, chunk: int | None = None) -> Separation:
    """How well one number an image, [N] and [M], tells two groups apart; `chunk` of N at a time. Ties count half."""
    N, M = len(along_with), len(along_without)
    rows = along_with[:, None].split(chunk or max(1, _PAIRS // M))
    wins = sum(((part > along_without).sum() + 0.5 * (part == along_without).sum()).item() for part in rows)
    auc = wins / (N * M)
    few = min(N, M)
    a = (auc * few + 0.5) / (few + 1)  # drawn half an image towards chance: all right does not mean never wrong
    both_with, both_without = a / (2 - a), 2 * a**2 / (1 + a)
    variance = a * (1 - a) + (N - 1) * (both_with - a**2) + (M - 1) * (both_without - a**2)
    return Separation(auc, math.sqrt(max(variance, 0.0) / (N * M)), N, M)


def analogy(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """a is to b as c is to what comes out, c + b - a: codes [..., D]. Raises ValueError if their shapes differ."""
    if not a.shape == b.shape == c.shape:
        raise ValueError(f"the codes are {list(a.shape)}, {list(b.shape)} and {list(c.shape)}, expected one shape")
    return c + b - a


def _halves(mu: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The codes that make a direction and those that judge it."""
    order = torch.randperm(len(mu), generator=rng)
    held_out = round(_HELD_OUT * len(mu))
    return mu[order[held_out:]], mu[order[:held_out]]
