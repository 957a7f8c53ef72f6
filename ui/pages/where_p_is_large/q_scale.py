"""The third chapter, by hand: q narrower or wider, and what that does to the bound and to its weights."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from ui import charts
from ui.number_format import measured, share
from ui.pages.where_p_is_large.posterior_grid import first
from ui.pages.where_p_is_large.selected_x import Example
from ui.runs.card_text import whole
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.estimators.likelihood_matrix import pictures
from vae_core.estimators.local_posterior import scaled
from vae_core.estimators.marginal_likelihood import encoder_log_weights
from vae_core.estimators.pareto import pareto_khat
from vae_core.estimators.quadrature import integrate
from vae_core.estimators.running_estimate import FEWEST_EFFECTIVE, running

SAMPLES = 2000
SCALES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0)
_GRID = 90  # nodes a side under the contours
_TRUSTED_KHAT = 0.7  # Vehtari et al. 2024
_LEAD = """
**Change the width of q.** If q is narrower than the posterior, the ELBO may still look good, but weights in the tails
grow without limit. If k̂ is above 0.7, you cannot trust the estimate or its error. If q is wider, you need more
samples. But k̂ depends only on the draws. If p(z|x) has a second mode that q never reaches, k̂ stays low and the
estimate is still wrong.
"""


@dataclass(frozen=True)
class Exact:
    """The exact posterior of x: log p(x), its mass on nodes of the plane, and its highest point."""

    log_px: float
    z: Tensor  # [N, 2]
    mass: Tensor  # [N], sums to 1
    peak: Tensor  # [2]
    height: float  # log p(x|z) + log p(z) at the peak, nats


@dataclass(frozen=True)
class _Scaled:
    """One q with its standard deviations times a factor: its gap and what its weights say."""

    gap: float
    khat: float
    ess: float
    log_px: float
    stderr: float


def show(chosen: Example, both: dict[str, DiagonalNormal], exact: Exact) -> None:
    """The scale of q, and what it does to the bound, to k̂ and to the effective sample size.

    `both` holds the "encoder's" and the "best" q.
    """
    st.markdown(_LEAD)
    row = st.container(key="large_mending_controls").columns(2)
    which = row[0].segmented_control(
        "q", list(both), default="best", required=True, key="large_mending_q", bind="query-params"
    )
    factor = row[1].select_slider(
        "Multiply the standard deviations of q by", SCALES, 1.0, key="large_mending_scale", bind="query-params"
    )
    q = both[which]
    curve = _scales(chosen, q, which, chosen.entry.digest, chosen.key, chosen.seed)
    now = curve[SCALES.index(factor)]
    line = st.container(horizontal=True, key="large_mending_scale_numbers")
    line.metric("ELBO", charts.nats(exact.log_px - now.gap))
    line.metric("Pareto k̂", f"{now.khat:.2f}".replace("-", "−"))
    line.metric(f"Effective sample size of {whole(SAMPLES)}", f"{now.ess:.0f}")
    line.metric("Estimate of log p(x)", measured(now.log_px, trusted(now)))
    left, right = st.columns(2)
    with left:
        window = _window([*both.values(), scaled(q, factor)])
        _draw_plane(chosen, both["encoder's"], scaled(q, factor), window, exact)
    with right:
        _draw_scales(curve, factor)
    st.caption(
        f"k̂, effective sample size and estimate ± standard error from {whole(SAMPLES)} draws of each q, seed "
        f"{chosen.seed}, the same noise for every scale; ELBO by quadrature. Left: contours where p(z|x) is e^−½ and "
        "e^−2 of its peak, ellipses of q at 1 and 2 standard deviations: for a normal these are the same. Dashed: the "
        f"encoder's q. Solid: the q of the slider. {in_the_window(exact, window)}"
    )


def in_the_window(exact: Exact, window: Tensor) -> str:
    """How much of p(z|x) a window of the plane holds, and where its peak is if it is elsewhere, in a sentence or two.

    `window` is [2, 2], the least and the most z. Contours of what is elsewhere cannot be seen.
    """
    low, high = window.double()
    held = exact.mass[((exact.z >= low) & (exact.z <= high)).all(1)].sum().item()
    said = f"This window holds {share(held)} of p(z|x)"
    if bool(((exact.peak >= low) & (exact.peak <= high)).all()):
        return f"{said}, with its peak."
    at = ", ".join(f"{value:.2f}" for value in exact.peak.tolist()).replace("-", "−")
    return f"{said}. **Its peak is outside**, at z = ({at}), so the contours lie there."


def trusted(one: _Scaled) -> float | None:
    """The estimate's standard error; None where a few weights decide and the error is as wrong as the estimate."""
    return one.stderr if one.khat <= _TRUSTED_KHAT and one.ess >= FEWEST_EFFECTIVE else None


@st.cache_data(max_entries=64, show_spinner="Computing k̂ for every width of q")
def _scales(_chosen: Example, _q: DiagonalNormal, which: str, digest: str, x: str, seed: int) -> list[_Scaled]:
    every = [scaled(_q, factor) for factor in SCALES]
    together = DiagonalNormal(torch.cat([q.mu for q in every]), torch.cat([q.logvar for q in every]))
    copies = _chosen.x.expand(len(every), *_chosen.x.shape[1:])
    gaps = integrate(_chosen.model, copies, first=first(_chosen), q=together).kl_from(together)
    found = []
    for q, gap in zip(every, gaps.tolist(), strict=True):
        generator = torch.Generator().manual_seed(seed)
        log_w = encoder_log_weights(_chosen.model, _chosen.x, SAMPLES, generator, q=q)[1]
        race = running(log_w[:, 0])
        ends = (race.ess[-1].item(), race.log_px[-1].item(), race.stderr[-1].item())
        found.append(_Scaled(gap, pareto_khat(log_w).item(), *ends))
    return found


def _draw_scales(curve: list[_Scaled], factor: float) -> None:
    colour = charts.colours()
    figure = charts.figure("standard deviations of q, times", "", 380)
    khat, gap = [c.khat for c in curve], [c.gap for c in curve]
    charts.curve(figure, SCALES, gap, "gap, nats", colour.exact, dash="dash", at=-3, where="top left")
    charts.curve(figure, SCALES, khat, "k̂", colour.encoder, at=-2, where="top center")
    charts.rule(figure, "k̂ = 0.7", colour.prior, y=0.7, where="bottom left")
    charts.dots(figure, [factor] * 2, [khat[SCALES.index(factor)], gap[SCALES.index(factor)]], colour.encoder)
    figure.update_xaxes(type="log", tickvals=[0.2, 0.5, 1, 2, 3])
    figure.update_yaxes(range=[min(-0.5, min(khat) - 0.2), max(2.5, min(6, max(gap)))])
    worst = max(range(len(curve)), key=lambda i: khat[i])
    charts.draw(
        figure,
        "large_mending_scales",
        f"k̂ and the gap log p(x) − ELBO against the scale of q. k̂ is largest, {khat[worst]:.2f}, at {SCALES[worst]:g} "
        f"times; the gap is smallest, {min(gap):.2f} nats, at {SCALES[gap.index(min(gap))]:g} times.",
    )


def _window(seen: list[DiagonalNormal]) -> Tensor:
    """The least and the most z of a window around all of these q, [2, 2]."""
    lows = torch.cat([one.mu - 3.2 * one.std for one in seen]).amin(0)
    highs = torch.cat([one.mu + 3.2 * one.std for one in seen]).amax(0)
    return torch.stack((lows, highs))


def heights(chosen: Example, window: Tensor, exact: Exact) -> tuple[list[Tensor], Tensor]:
    """Nodes of the window along both axes, and on them the log of p(z|x) over its peak, nats, [second z, first z]."""
    sides = [torch.linspace(low, high, _GRID) for low, high in window.T.tolist()]
    z = torch.cartesian_prod(*sides)
    log_joint = pictures(chosen.model, z).log_prob(chosen.x)[:, 0] + log_prior(z)
    return sides, (log_joint - exact.height).reshape(_GRID, _GRID).T


def _draw_plane(chosen: Example, encoder: DiagonalNormal, q: DiagonalNormal, window: Tensor, exact: Exact) -> None:
    colour = charts.colours()
    figure = charts.figure("z₁", "z₂", 380)
    sides, height = heights(chosen, window, exact)
    figure.add_contour(
        x=sides[0].tolist(),
        y=sides[1].tolist(),
        z=height.clamp(min=-20).tolist(),
        contours={"start": -2, "end": -0.5, "size": 1.5, "coloring": "none"},
        line={"color": colour.exact, "width": 2},
        showscale=False,
        hoverinfo="skip",
    )
    for one, dash, width in ((encoder, "dash", 1.5), (q, "solid", 2.5)):
        for times in (1, 2):
            x, y = charts.ellipse(one.mu[0].tolist(), (times * one.std[0]).tolist())
            line = {"color": colour.encoder, "dash": dash, "width": width}
            figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")
    figure.update_yaxes(scaleanchor="x")
    charts.draw(
        figure,
        "large_mending_plane",
        "Contours of the exact posterior of x on the plane, with the ellipses of the encoder's q (dashed) and of the q "
        "of the slider (solid).",
    )
