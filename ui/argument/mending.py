"""The third chapter: the encoder's q for one x made better by gradient steps, and made worse by hand."""

from dataclasses import dataclass

import streamlit as st
import torch

from ui import charts
from ui.argument import rotation
from ui.argument.chosen import Chosen
from ui.argument.folds import folds
from ui.cards import plain
from vae_core.gaussian import DiagonalNormal, log_prior
from vae_core.marginal import pareto_khat
from vae_core.pictures import Pictures, pictures
from vae_core.quadrature import first_lattice, integrate
from vae_core.race import running
from vae_core.refine import log_weights_of, refine, scaled

_STEPS, _DRAWS, _SAMPLES = 30, 256, 2000
_SCALES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0)
_GRID = 90  # nodes a side under the contours
_LEAD = """
One network has to give q(z|x) for every x, so for this x it is not the best it could be. **Look** at the ELBO climbing
when q alone is improved: that part of the gap is amortisation. What is left is approximation, because p(z|x) is no
diagonal normal.
"""
_BY_HAND = """
**By hand.** Make q narrower or wider. Narrower than the posterior, the bound may still look good, but weights far out
grow without limit: k̂ above 0.7 says that neither the estimate nor its error can be trusted. Wider costs samples, and is
safe.
"""
_MATHS = (
    "For any q the gap is a KL, and it splits in two (Cremer et al. 2018). q* is the best diagonal normal for this x.",
    r"$\log p(x) - \operatorname{ELBO}(q) = \operatorname{KL}\left(q\,\|\,p(z\mid x)\right)$",
    r"$\underbrace{\log p(x) - \operatorname{ELBO}(q^*)}_{\text{approximation}} + \underbrace{\operatorname{ELBO}(q^*)"
    r" - \operatorname{ELBO}(q)}_{\text{amortisation}}$",
    "Weights of a normal q with standard deviation s against a normal posterior with 1: k̂ tends to 1 − s² where s < 1, "
    "and the variance of the weights is infinite from s² = ½ downwards.",
    "In the linear-Gaussian model, with M the precision of z given x, up to a factor:",
    r"$M = W^\top W + \sigma^2 I, \qquad \log p(x) - \operatorname{ELBO}(q^*) = \tfrac12\left(\sum_j \log M_{jj}"
    r" - \log\det M\right)$",
)
_CODE = ("refine.refine", "quadrature.Quadrature.kl_from", "refine.log_weights_of", "linear.LinearGaussian.gap")


@dataclass(frozen=True)
class _Mended:
    """The way from the encoder's q to the best one, and the exact gaps of both, nats."""

    path: list[float]  # ELBO after each step, on the steps' own draws
    q: DiagonalNormal  # the encoder's, [1, 2]
    best: DiagonalNormal
    log_px: float
    error: float  # of log_px, the quadrature's own
    gap: float  # KL(q || p(z|x)) of the encoder's q
    best_gap: float


@dataclass(frozen=True)
class _Scaled:
    """One q with its standard deviations times a factor: its gap and what its weights say."""

    gap: float
    khat: float
    ess: float
    log_px: float
    stderr: float


def show(chosen: Chosen) -> None:
    """The whole chapter, for the chosen x."""
    st.subheader("Mending the encoder")
    st.markdown(_LEAD)
    try:
        mended = _mended(chosen, chosen.entry.digest, chosen.key, chosen.seed)
    except ValueError as error:
        st.warning(plain(f"This x cannot be mended: {error}."))
        return
    _numbers(mended)
    left, right = st.columns(2)
    with left:
        _draw_path(mended)
    with right:
        _draw_gaps(mended)
    st.caption(
        f"{plain(chosen.convention)} Gaps: quadrature, own error {mended.error:.1g} nats. Curve: {_DRAWS} draws of z "
        f"that all steps share, seed {chosen.seed}."
    )
    try:
        _by_hand(chosen, mended)
    except ValueError as error:
        st.warning(plain(f"This q cannot be judged: {error}."))
    rotation.show()
    folds(_MATHS, _CODE)


@st.cache_data(max_entries=64, show_spinner="Mending q")
def _mended(_chosen: Chosen, digest: str, x: str, seed: int) -> _Mended:
    first = first_lattice(_chosen.model, _chosen.x)
    q = _chosen.model.encode(_chosen.x)
    exact = integrate(_chosen.model, _chosen.x, first=first, q=q)
    steps = list(refine(_chosen.model, _chosen.x, _STEPS, torch.Generator().manual_seed(seed), samples=_DRAWS))
    best = steps[-1].q
    gap, best_gap = exact.kl_from(q).item(), _gap(_chosen, best, first)
    if best_gap > gap:  # both are at the optimum, to the draws' error
        best, best_gap = q, gap
    path = [step.elbo.item() for step in steps]
    return _Mended(path, q, best, exact.log_px.item(), exact.error.item(), gap, best_gap)


def _gap(chosen: Chosen, q: DiagonalNormal, first: Pictures) -> float:
    """KL(q || p(z|x)) by quadrature, on nodes made for this q from the coarsest ones."""
    return integrate(chosen.model, chosen.x, first=first, q=q).kl_from(q).item()


def _numbers(mended: _Mended) -> None:
    row = st.container(horizontal=True)
    row.metric("log p(x)", _nats(mended.log_px))
    row.metric("ELBO, encoder's q", _nats(mended.log_px - mended.gap))
    row.metric("ELBO, best diagonal q", _nats(mended.log_px - mended.best_gap))
    row.metric("Amortisation gap", _nats(mended.gap - mended.best_gap))
    row.metric("Approximation gap", _nats(mended.best_gap))


def _nats(value: float) -> str:
    return f"{value:.3f} nats".replace("-", "−")


def _draw_path(mended: _Mended) -> None:
    colour = charts.colours()
    figure = charts.figure("step", "ELBO, nats")
    steps = list(range(len(mended.path)))
    charts.curve(figure, steps, mended.path, "ELBO", colour.encoder, at=len(steps) // 2, where="bottom center")
    charts.rule(figure, "log p(x)", colour.exact, y=mended.log_px)
    room = 0.12 * max(mended.log_px - mended.path[0], 0.01)
    figure.update_yaxes(range=[mended.path[0] - room, mended.log_px + room])
    charts.draw(
        figure,
        "large_mending_path",
        f"The ELBO climbs from {mended.path[0]:.2f} to {mended.path[-1]:.2f} nats in {len(steps) - 1} steps, under the "
        f"ceiling log p(x) = {mended.log_px:.2f}.",
    )


def _draw_gaps(mended: _Mended) -> None:
    colour = charts.colours()
    figure = charts.figure("log p(x) − ELBO, nats", "")
    amortisation = mended.gap - mended.best_gap
    parts = [("approximation", mended.best_gap, colour.prior), ("amortisation", amortisation, colour.encoder)]
    room = 1.4 * max(mended.gap, 1e-6)
    charts.stack(figure, "best q", parts[:1], room)
    charts.stack(figure, "encoder's q", parts, room)
    figure.update_xaxes(range=[0, room])
    charts.draw(
        figure,
        "large_mending_gaps",
        f"Bars: approximation gap {mended.best_gap:.3f} nats, amortisation gap {amortisation:.3f} nats, together "
        f"{mended.gap:.3f}.",
    )


def _by_hand(chosen: Chosen, mended: _Mended) -> None:
    """The scale of q, and what it does to the bound, to k̂ and to the effective sample size."""
    st.markdown(_BY_HAND)
    row = st.columns(2)
    which = row[0].segmented_control(
        "q", ["encoder's", "best"], default="best", required=True, key="large_mending_q", bind="query-params"
    )
    factor = row[1].select_slider(
        "Standard deviations of q, times", _SCALES, 1.0, key="large_mending_scale", bind="query-params"
    )
    q = mended.best if which == "best" else mended.q
    curve = _scales(chosen, q, which, chosen.entry.digest, chosen.key, chosen.seed)
    now = curve[_SCALES.index(factor)]
    line = st.container(horizontal=True)
    line.metric("ELBO", _nats(mended.log_px - now.gap))
    line.metric("Pareto k̂", f"{now.khat:.2f}".replace("-", "−"))
    line.metric(f"Effective sample size of {charts.whole(_SAMPLES)}", f"{now.ess:.0f}")
    line.metric("Estimate of log p(x)", f"{now.log_px:.3f} ± {now.stderr:.3f}".replace("-", "−"))
    left, right = st.columns(2)
    with left:
        _draw_plane(chosen, mended, scaled(q, factor))
    with right:
        _draw_scales(curve, factor)
    st.caption(
        f"k̂, effective sample size and estimate ± standard error from {charts.whole(_SAMPLES)} draws of each q, seed "
        f"{chosen.seed}, the same noise for every scale; ELBO by quadrature. Left: contours where p(z|x) is e^−½ and "
        "e^−2 of its peak, ellipses of q at 1 and 2 standard deviations: for a normal these are the same. Dashed: the "
        "encoder's q. Solid: the q of the slider."
    )


@st.cache_data(max_entries=64, show_spinner="Widening q")
def _scales(_chosen: Chosen, _q: DiagonalNormal, which: str, digest: str, x: str, seed: int) -> list[_Scaled]:
    found, first = [], first_lattice(_chosen.model, _chosen.x)
    for factor in _SCALES:
        q = scaled(_q, factor)
        log_w = log_weights_of(_chosen.model, _chosen.x, q, _SAMPLES, torch.Generator().manual_seed(seed))[0]
        race = running(log_w[:, 0])
        ends = (race.ess[-1].item(), race.log_px[-1].item(), race.stderr[-1].item())
        found.append(_Scaled(_gap(_chosen, q, first), pareto_khat(log_w).item(), *ends))
    return found


def _draw_scales(curve: list[_Scaled], factor: float) -> None:
    colour = charts.colours()
    figure = charts.figure("standard deviations of q, times", "", 380)
    khat, gap = [c.khat for c in curve], [c.gap for c in curve]
    charts.curve(figure, _SCALES, gap, "gap, nats", colour.exact, dash="dash", at=-3, where="top left")
    charts.curve(figure, _SCALES, khat, "k̂", colour.encoder, at=-2, where="top center")
    charts.rule(figure, "k̂ = 0.7", colour.prior, y=0.7)
    charts.dots(figure, [factor] * 2, [khat[_SCALES.index(factor)], gap[_SCALES.index(factor)]], colour.encoder)
    figure.update_xaxes(type="log", tickvals=[0.2, 0.5, 1, 2, 3])
    figure.update_yaxes(range=[min(-0.5, min(khat) - 0.2), max(2.5, min(6, max(gap)))])
    worst = max(range(len(curve)), key=lambda i: khat[i])
    charts.draw(
        figure,
        "large_mending_scales",
        f"k̂ and the gap log p(x) − ELBO against the scale of q. k̂ is largest, {khat[worst]:.2f}, at {_SCALES[worst]:g} "
        f"times; the gap is smallest, {min(gap):.2f} nats, at {_SCALES[gap.index(min(gap))]:g} times.",
    )


def _draw_plane(chosen: Chosen, mended: _Mended, q: DiagonalNormal) -> None:
    colour = charts.colours()
    figure = charts.figure("z₁", "z₂", 380)
    both = [(mended.q, "dash", 1.5), (q, "solid", 2.5)]
    seen = [mended.q, mended.best, q]
    lows = torch.cat([one.mu - 3.2 * one.std for one in seen]).amin(0)
    highs = torch.cat([one.mu + 3.2 * one.std for one in seen]).amax(0)
    sides = [torch.linspace(low, high, _GRID) for low, high in zip(lows.tolist(), highs.tolist(), strict=True)]
    z = torch.cartesian_prod(*sides)
    log_joint = pictures(chosen.model, z).log_prob(chosen.x)[:, 0] + log_prior(z)
    height = (log_joint - log_joint.max()).reshape(_GRID, _GRID).T.clamp(min=-20)
    figure.add_contour(
        x=sides[0].tolist(),
        y=sides[1].tolist(),
        z=height.tolist(),
        contours={"start": -2, "end": -0.5, "size": 1.5, "coloring": "none"},
        line={"color": colour.exact, "width": 2},
        showscale=False,
        hoverinfo="skip",
    )
    for one, dash, width in both:
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
