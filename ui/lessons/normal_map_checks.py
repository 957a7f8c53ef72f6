"""Checks on "Anything from a normal": every map and its density is exact, so nothing here is an estimate."""

import math

import torch
from torch import Tensor

from ui.lessons.registry import Found, short
from ui.number_format import fixed
from ui.pages.anything_from_a_normal import url
from ui.pages.anything_from_a_normal.url import LINE, View
from vae_core.distributions.gaussian import log_prior
from vae_core.transport import targets
from vae_core.transport.plane_maps import Bilinear, Gaussian, PlaneMap, Ring
from vae_core.transport.sample_distances import ks_floor
from vae_core.transport.univariate import Exponential, Mixture, Uniform

_START = {1: (0.8,), 2: (1.0, 0.6)}  # where the page puts z until it is dragged (ui/web/anything_from_a_normal/view.js)
_FAR, _NODES = 12.0, 20_000  # radii of z in the quadrature, in standard deviations
LineMap = Mixture | Exponential | Uniform


def ring_mean() -> Found:
    """Mean and standard deviation of the distance of x from the centre of the ring: quadrature of its density."""
    edges = torch.linspace(1, 1 + _FAR / 10, _NODES + 1, dtype=torch.float64)
    rho = 0.5 * (edges[1:] + edges[:-1])
    x = torch.stack([rho, torch.zeros_like(rho)], -1)
    mass = Ring().log_density(x).exp() * 2 * math.pi * rho * (edges[1] - edges[0])
    mean = (mass * rho).sum().item()
    sd = math.sqrt((mass * (rho - mean).square()).sum().item())
    return Found(mean, {"mean": fixed(mean, 3), "sd": fixed(sd, 3)})


def ring_radius(params: dict[str, str]) -> Found:
    """Where the page's z lands on the ring: the distance of x from the centre, and p(x) there."""
    shown = _shown(params)
    if shown.map != "ring":
        raise ValueError("the page shows another map, expected the ring: choose Ring")
    z = _z(shown)
    x = Ring().from_normal(z)
    radius = x.norm().item()
    words = {"z": _point(z), "norm": fixed(z.norm().item()), "radius": fixed(radius, 3)}
    return Found(radius, words | {"density": short(Ring().log_density(x).exp().item())})


def quantile(params: dict[str, str], z: float | None = None) -> Found:
    """x = F^-1(Φ(z)) on the line that the page shows, at `z` or at the page's own."""
    shown = _shown(params)
    at = _z(shown) if z is None else torch.tensor([z], dtype=torch.float64)
    x = _line(shown).from_normal(at).item()
    share = 50 * math.erfc(-at.item() / math.sqrt(2))
    return Found(x, {"z": fixed(at.item()), "share": f"{short(share)} %", "x": fixed(x, 3)})


def stretch(params: dict[str, str]) -> Found:
    """How much longer or larger a small piece around the page's z becomes, and what that makes of its density."""
    shown = _shown(params)
    z = _z(shown)
    log_pz = log_prior(z).item()
    if shown.map in LINE:
        line = _line(shown)
        log_px = line.density(line.from_normal(z)).log().item()
    else:
        plane = _plane(shown)
        log_px = plane.log_density(plane.from_normal(z)).item()
    found = math.exp(log_pz - log_px)
    densities = {"density_z": short(math.exp(log_pz)), "density_x": short(math.exp(log_px))}
    return Found(found, {"z": _point(z), "stretch": short(found)} | densities)


def ks_distance(params: dict[str, str], n: int | None = None) -> Found:
    """Expected Kolmogorov-Smirnov distance of n draws, the page's n or another."""
    count = _shown(params).n if n is None else n
    if count < 1:
        raise ValueError(f"n is {count}, expected at least 1")
    found = ks_floor(count).mean
    return Found(found, {"n": f"{count:,}", "distance": short(found)})


def _shown(params: dict[str, str]) -> View:
    return url.read(params)[0]


def _z(shown: View) -> Tensor:
    dims = 1 if shown.map in LINE else 2
    return torch.tensor(shown.z or _START[dims], dtype=torch.float64)


def _line(shown: View) -> LineMap:
    if shown.map in targets.MIXTURES:
        weights, means, sigmas = torch.tensor(targets.MIXTURES[shown.map], dtype=torch.float64).T
        return Mixture(weights, means, sigmas)
    if shown.map == "exponential":
        return Exponential(targets.RATE)
    if shown.map == "uniform":
        return Uniform(*targets.UNIFORM)
    raise ValueError("the page shows another map, expected one of the line that is not drawn")


def _plane(shown: View) -> PlaneMap:
    if shown.map == "ring":
        return Ring()
    if shown.map == "gaussian":
        (a, b, c), zero = shown.lower, 0.0
        return Gaussian(torch.tensor([[a, zero], [b, c]], dtype=torch.float64))
    if shown.map in targets.TARGETS:
        table = torch.tensor(targets.table(shown.map).tolist(), dtype=torch.float64)
        return Bilinear(table, -targets.HALF, targets.HALF)
    raise ValueError("the page shows a map that is drawn or learned, expected an exact one")


def _point(z: Tensor) -> str:
    written = ", ".join(fixed(value) for value in z.tolist())
    return written if len(z) == 1 else f"({written})"
