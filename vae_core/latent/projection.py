"""Many latent dimensions on a plane, with what each plane keeps, and the codes or pictures nearest to one.

The plane of the principal components is a true slice of latent space: every point of it is a code. A UMAP plane is not.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_ROWS = 65_536  # codes that distances are taken from at once
_NUMBERS = 1 << 20  # of codes or pictures that distances are taken from at once
_PAIRS = 20_000_000  # distances at once
_JUDGED = 2000  # codes that trustworthiness looks at: its cost grows with their square
_EPOCHS = 200  # of UMAP's optimisation
_NEIGHBOURS, _MIN_DISTANCE = 15, 0.1  # UMAP's own
_FEWEST = 5  # codes of a plane


@dataclass(frozen=True, eq=False)
class Pca:
    """The principal axes of codes, those of the largest variance first; each has its largest number positive."""

    mean: Tensor  # [D]
    components: Tensor  # [k, D], orthonormal rows
    explained: Tensor  # [k], share of all variance that each axis keeps

    def to_plane(self, z: Tensor) -> Tensor:
        """Coordinates of codes [..., D] on the axes: [..., k]."""
        return (z - self.mean) @ self.components.T

    def from_plane(self, place: Tensor, held: Tensor | None = None) -> Tensor:
        """The code at coordinates [..., k]: [..., D]. Across the axes it is that of `held` [D], or the mean's."""
        z = self.mean + place @ self.components
        return z if held is None else z + (held - self.mean) - self.to_plane(held) @ self.components


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest, nearest first; ties in their order."""

    index: Tensor  # int64 [k]
    distance: Tensor  # [k], Euclidean


def pca(codes: Tensor, k: int = 2) -> Pca:
    """Principal components of codes [N, D], in their precision.

    Raises ValueError for fewer than 2 codes, k above D, codes that are not finite, or codes that are all the same.
    """
    _require_codes(codes)
    if not 1 <= k <= codes.shape[1]:
        raise ValueError(f"k is {k}, expected 1 to {codes.shape[1]} for codes of {codes.shape[1]} dimensions")
    mean = codes.double().mean(0)
    apart = codes.double() - mean
    values, vectors = torch.linalg.eigh(apart.T @ apart)  # ascending
    if not values[-1] > 0:
        raise ValueError("all codes are the same, expected codes that vary")
    axes, shares = vectors.flip(1)[:, :k].T, values.clamp_min(0).flip(0)[:k] / values.clamp_min(0).sum()
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return Pca(mean.to(codes), (axes * largest.sign()).to(codes), shares.to(codes))


def neighbours_of(count: int) -> int:
    """How many neighbours a plane of so many codes is made and judged by: 15, and fewer than half of few codes.

    Raises ValueError for fewer than 5 codes, of which nobody has two neighbours among fewer than half.
    """
    if count < _FEWEST:
        raise ValueError(f"there are {count} codes, expected at least {_FEWEST} for UMAP")
    return min(_NEIGHBOURS, (count - 1) // 2)


def umap(
    codes: Tensor, seed: int, *, neighbours: int = _NEIGHBOURS, tell: Callable[[float], None] | None = None
) -> Tensor:
    """The plane of UMAP (McInnes et al. 2018), by umap-learn: codes [N, D] -> float32 [N, 2].

    The same codes and seed give the same plane on one machine; the neighbours are exact. `tell` hears what share is
    done, from 0 to 1, while the plane is laid out; what it raises ends the work, and so cancels it. Half a minute for
    10,000 codes, most of it umap-learn's own compilation, so not for the process that serves pages. Raises ValueError
    as `pca` does, and for no more codes than neighbours.
    """
    _require_codes(codes)
    if not 2 <= neighbours < len(codes):
        raise ValueError(f"neighbours is {neighbours}, expected 2 to {len(codes) - 1} for {len(codes)} codes")
    import umap as umap_learn  # slow to import, and brings numba

    fit = umap_learn.UMAP(
        n_neighbors=neighbours,
        min_dist=_MIN_DISTANCE,
        n_epochs=_EPOCHS,
        random_state=seed,
        n_jobs=1,
        precomputed_knn=(*exact_neighbours(codes.float(), neighbours), None),
        tqdm_kwds={"disable": False, "bar_format": "{percentage:f}", "file": _Told(tell or (lambda share: None))},
    )
    with warnings.catch_warnings():  # that no new codes can be placed later: none are
        warnings.filterwarnings("ignore", "precomputed_knn")
        return torch.from_numpy(fit.fit_transform(codes.float().cpu().numpy()))


def trustworthiness(codes: Tensor, plane: Tensor, seed: int = 0, neighbours: int = _NEIGHBOURS) -> float:
    """How far neighbours on a plane [N, 2] are neighbours among the codes [N, D], from 0 to 1 (Venna & Kaski 2001).

    Of at most 2,000 codes, drawn by the seed: their neighbours among themselves. Raises ValueError if the two do not
    go together or are fewer than twice the neighbours.
    """
    from sklearn.manifold import trustworthiness as of

    if len(codes) != len(plane) or len(codes) <= 2 * neighbours:
        raise ValueError(
            f"there are {len(codes)} codes and {len(plane)} places, expected as many, more than {2 * neighbours}"
        )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(codes))[:_JUDGED])
    return float(of(codes.numpy()[chosen], plane.numpy()[chosen], n_neighbors=neighbours))


def nearest(rows: Tensor, to: Tensor, k: int, *, chunk: int | None = None) -> Neighbours:
    """The k of N codes [N, D], or pictures [N, C, H, W] of bytes or floats, that are nearest to one of them or another.

    In float32 and `chunk` rows at a time, so that a copy of all is never made. Raises ValueError unless `to` has the
    shape of a row and k is from 1 to N.
    """
    if to.shape != rows.shape[1:]:
        raise ValueError(f"to is {list(to.shape)}, expected {list(rows.shape[1:])} like each of the rows")
    if not 1 <= k <= len(rows):
        raise ValueError(f"k is {k}, expected 1 to {len(rows)} of {len(rows)} rows")
    chunk = chunk or max(1, _NUMBERS // max(1, to.numel()))
    flat = to.flatten().float()
    squared = [(part.flatten(1).float() - flat).square().sum(1) for part in rows.split(chunk)]
    found, index = torch.cat(squared).sort(stable=True)
    return Neighbours(index[:k], found[:k].sqrt())


def within(codes: Tensor, z: Tensor, radius: float, *, chunk: int = _ROWS) -> Tensor:
    """How many of the codes [N, D], `chunk` at a time, lie within a radius of each code of a path [T, D]: int64 [T]."""
    return torch.stack([(_distances(z, part) <= radius).sum(1) for part in codes.split(chunk)]).sum(0)


def between(codes: Tensor, plane: Tensor, place: Tensor, k: int = 4) -> Tensor:
    """A code for a place [2] on a plane that is no slice, such as UMAP's: [D]. An approximation without a truth.

    The mean of the codes [N, D] whose places [N, 2] are the k nearest, weighted by one over the squared distance.
    """
    found = nearest(plane, place, min(k, len(plane)))
    if found.distance[0] == 0:
        return codes[found.index[0]]
    weight = found.distance.to(codes) ** -2
    return weight @ codes[found.index] / weight.sum()


def exact_neighbours(codes: Tensor, k: int, *, chunk: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of each of N codes [N, D], itself first: indices int32 and distances, [N, k], `chunk` at a time."""
    parts = codes.split(chunk or max(1, _PAIRS // len(codes)))
    found = [_distances(part, codes).topk(k, largest=False) for part in parts]
    index, distance = (torch.cat([getattr(each, part) for each in found]) for part in ("indices", "values"))
    return index.numpy().astype(np.int32), distance.numpy()


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Of each of a [A, D] to each of b [B, D], [A, B]: by differences, so that equal codes are at 0 exactly."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


class _Told:
    """A file for a bar of tqdm that says nothing but its percentage: how umap-learn lets one follow its work."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell

    def write(self, text: str) -> None:
        if percentage := text.strip():
            self._tell(float(percentage) / 100)

    def flush(self) -> None:
        pass


def _require_codes(codes: Tensor) -> None:
    if codes.ndim != 2 or len(codes) < 2 or codes.shape[1] < 1:
        raise ValueError(f"the codes are {list(codes.shape)}, expected [N, D] with at least 2 of them")
    if not bool(codes.isfinite().all()):
        raise ValueError("a code holds numbers that are not finite")
