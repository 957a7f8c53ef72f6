"""How far each latent dimension stands for one factor of variation, on data whose factors are known: three scores.

Codes are posterior means [N, D], factors whole numbers [N, F]. A code equal to the factors scores 1 on all, and one
that does not depend on them 0 up to chance; the FactorVAE score is then the share of its commonest factor.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_BINS = 20  # of a dimension, evenly wide (Locatello et al. 2019)
_VALUES = 64  # a dimension with no more values than these is taken as it is
_TREES, _LEAF, _MOST_TRAINED = 10, 5, 5000
_VOTES, _GROUP, _FEWEST = 800, 64, 8
_CONSTANT = 1e-8  # variance of a dimension that cannot vote
_HELD_OUT = 0.25
_PARTS = 5  # of the images, that say how far a score is from what other images would give
_SEEDS = 5  # that say how far it is from what other draws of votes and trees would give

Score = Callable[[Tensor, Tensor, int], Tensor]  # codes [N, D], factors [N, F], seed -> numbers [S]


@dataclass(frozen=True, eq=False)
class Mig:
    """Mutual information gap (Chen et al. 2018, eq. 6): its mean over the factors, that of each [F], and all of I.

    `information` is I(z_j; v_k) / H(v_k), [D, F].
    """

    score: float
    gap: Tensor
    information: Tensor


@dataclass(frozen=True, eq=False)
class Dci:
    """Disentanglement, completeness and informativeness (Eastwood & Williams 2018, section 2), from 0 to 1.

    `importance` [D, F] is how much a forest that predicts the factor leans on the dimension; its columns sum to 1.
    `informativeness` is the share of the errors of guessing the commonest value that the forests avoid on held-out
    images, `predicted` [F] that of each factor.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: Tensor
    predicted: Tensor


@dataclass(frozen=True, eq=False)
class FactorVae:
    """Accuracy of a majority vote (Kim & Mnih 2018, section 4), and what one gets who always says one factor.

    `votes` [D, F] counts how often the dimension varied least while the factor was held.
    """

    score: float
    chance: float
    votes: Tensor


def mig(codes: Tensor, factors: Tensor) -> Mig:
    """The gap between the two dimensions that tell most about each factor, as a share of the factor's entropy.

    Entropies are of histograms, with the correction of Miller and Madow. With one dimension there is no second one.
    Raises ValueError for shapes that do not fit, codes that are not finite, or a factor with one value.
    """
    z, v = _checked(codes, factors)
    binned = np.stack([_binned(column) for column in z.T], 1)
    information = np.array([[_information(b, f) / _entropy(f) for f in v.T] for b in binned.T])
    best = np.sort(np.vstack((information, np.zeros((1, v.shape[1])))), 0)[::-1]
    gap = best[0] - best[1]
    return Mig(float(gap.mean()), torch.from_numpy(gap), torch.from_numpy(information))


def dci(codes: Tensor, factors: Tensor, seed: int = 0) -> Dci:
    """From one random forest a factor (scikit-learn), trained on at most 5,000 codes; a quarter of all is held out.

    Raises ValueError as `mig` does.
    """
    from sklearn.ensemble import RandomForestClassifier

    z, v = _checked(codes, factors)
    order = np.random.default_rng(seed).permutation(len(z))
    test, train = np.split(order, [max(1, round(_HELD_OUT * len(z)))])
    train = train[:_MOST_TRAINED]
    importance, predicted = np.zeros((z.shape[1], v.shape[1])), np.zeros(v.shape[1])
    for k, f in enumerate(v.T):
        forest = RandomForestClassifier(_TREES, min_samples_leaf=_LEAF, max_features=None, random_state=seed)
        forest.fit(z[train], f[train])
        total = forest.feature_importances_.sum()
        importance[:, k] = forest.feature_importances_ if total > 0 else 1 / z.shape[1]
        wrong = (forest.predict(z[test]) != f[test]).mean()
        guessed = (f[test] != np.bincount(f[train]).argmax()).mean()
        predicted[k] = max(0.0, 1 - wrong / guessed) if guessed > 0 else 0.0
    share = importance.sum(1) / importance.sum()
    return Dci(
        disentanglement=float(share @ _peakedness(importance)),
        completeness=float(_peakedness(importance.T).mean()),
        informativeness=float(predicted.mean()),
        importance=torch.from_numpy(importance),
        predicted=torch.from_numpy(predicted),
    )


def factor_vae(codes: Tensor, factors: Tensor, seed: int = 0) -> FactorVae:
    """Each vote holds one factor at one value among 64 images; the dimension with the least relative variance names it.

    800 votes make the majority, another 800 are judged by it. Dimensions that never vary do not vote. Raises
    ValueError as `mig` does, for codes that are constant, and for a factor of which no value has 8 images.
    """
    z, v = _checked(codes, factors)
    variance = z.var(0)
    if not (variance > _CONSTANT).any():
        raise ValueError("the codes do not vary, expected at least one dimension that does")
    rng, groups = np.random.default_rng(seed), [_groups(f) for f in v.T]
    cast = np.zeros((2, z.shape[1], v.shape[1]), dtype=np.int64)
    for i in range(2 * _VOTES):
        k = rng.integers(v.shape[1])
        images = groups[k][rng.integers(len(groups[k]))]
        held = z[rng.choice(images, min(_GROUP, len(images)), replace=False)].var(0)
        least = np.where(variance > _CONSTANT, held / np.maximum(variance, _CONSTANT), np.inf).argmin()
        cast[i // _VOTES, least, k] += 1
    right = cast[1][np.arange(z.shape[1]), cast[0].argmax(1)].sum()
    return FactorVae(float(right / _VOTES), float(cast[1].sum(0).max() / _VOTES), torch.from_numpy(cast.sum(0)))


def standard_error(score: Score, codes: Tensor, factors: Tensor, seed: int = 0) -> Tensor:
    """How far each number that `score(codes, factors, seed)` gives may be from that of other images and seeds: [S].

    Two variances add up. Of images: they are dealt by the seed into 5 parts, and the variance of their scores is
    divided by 5. Of seeds: the variance over 5 seeds, with all images. A score close to 1 is surer than this says,
    since the parts, being small, score less evenly. Not a number where a part cannot be scored.
    """
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed))
    try:
        parts = [score(codes[part], factors[part], seed + k) for k, part in enumerate(order.chunk(_PARTS))]
    except ValueError:
        return torch.full_like(score(codes, factors, seed), math.nan)
    seeds = [score(codes, factors, seed + k) for k in range(_SEEDS)]
    return (torch.stack(parts).var(0) / _PARTS + torch.stack(seeds).var(0)).sqrt()


def _groups(factor: np.ndarray) -> list[np.ndarray]:
    """The images of each value that enough of them have."""
    groups = [np.flatnonzero(factor == value) for value in np.unique(factor)]
    usable = [group for group in groups if len(group) >= _FEWEST]
    if not usable:
        raise ValueError(f"a factor has no value that {_FEWEST} images share, expected more images or fewer values")
    return usable


def _peakedness(importance: np.ndarray) -> np.ndarray:
    """1 - the entropy of each row in units of the largest: 1 where one entry has all, 0 where all are alike."""
    if importance.shape[1] == 1:
        return np.ones(len(importance))
    share = importance / np.maximum(importance.sum(1, keepdims=True), 1e-300)
    return 1 + (share * np.log(np.maximum(share, 1e-300))).sum(1) / np.log(importance.shape[1])


def _binned(column: np.ndarray) -> np.ndarray:
    values, place = np.unique(column, return_inverse=True)
    if len(values) <= _VALUES:
        return place
    edges = np.linspace(column.min(), column.max(), _BINS + 1)
    return np.digitize(column, edges[1:-1])


def _information(a: np.ndarray, b: np.ndarray) -> float:
    return _entropy(a) + _entropy(b) - _entropy(a * (b.max() + 1) + b)


def _entropy(a: np.ndarray) -> float:
    """Nats, with Miller and Madow's correction: (values that occur - 1) / 2N."""
    count = np.unique(a, return_counts=True)[1]
    share = count / len(a)
    return float(-(share * np.log(share)).sum() + (len(count) - 1) / (2 * len(a)))


def _checked(codes: Tensor, factors: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Codes in float64, and factors as places among the values that occur."""
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or 0 in (*codes.shape, *factors.shape):
        raise ValueError(
            f"the codes are {list(codes.shape)} and the factors {list(factors.shape)}, expected [N, D] and [N, F]"
        )
    if not bool(codes.isfinite().all()):
        raise ValueError("a code holds numbers that are not finite")
    v = np.stack([np.unique(f, return_inverse=True)[1] for f in factors.cpu().numpy().T], 1)
    if not v.max(0).all():
        raise ValueError(f"factor {int(v.max(0).argmin())} has one value only, expected factors that vary")
    return codes.double().cpu().numpy(), v
