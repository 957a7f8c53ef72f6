"""The third chapter: the encoder's q for one x made better by gradient steps; its parts follow."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from ui import charts
from ui.number_format import decimals, within
from ui.pages.where_p_is_large import q_scale, rotation
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.posterior_grid import first
from ui.pages.where_p_is_large.selected_x import Example
from ui.runs.model_card import plain
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.local_posterior import Refined, refine
from vae_core.estimators.quadrature import integrate
from vae_core.estimators.quadrature.mode import joint_peak

STEPS, DRAWS = 30, 256
_FAR = 3  # standard deviations
_LEAD = """
One network has to give q(z|x) for every x, so for this x it is not the best it could be. **Look** at the ELBO climbing
when q alone is improved: that part of the gap is amortisation. What is left is approximation, because p(z|x) is no
diagonal normal.
"""
_ELSEWHERE = """
The steps from the encoder's q stay near the top where they began. **The best q is at another top**: steps were begun
there too, and that q is shown. So most of this x's amortisation gap is that its encoder looks at the wrong place.
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
_CODE = (
    "estimators.local_posterior.refine",
    "estimators.quadrature.integral.Quadrature.kl_from",
    "estimators.marginal_likelihood.encoder_log_weights",
    "models.linear_gaussian.LinearGaussian.gap",
)


@dataclass(frozen=True)
class _Mended:
    """The way from the encoder's q to the best one, and the exact gaps of both, nats."""

    path: list[float]  # ELBO after each step from the encoder's q, on the steps' own draws
    q: DiagonalNormal  # the encoder's, [1, 2]
    best: DiagonalNormal
    exact: q_scale.Exact
    error: float  # of log p(x), the quadrature's own
    gap: float  # KL(q || p(z|x)) of the encoder's q
    best_gap: float
    elsewhere: bool  # whether the best q is at a peak that the steps from the encoder's q do not reach


def show(chosen: Example) -> None:
    """The whole chapter, for the chosen x."""
    st.subheader("Mending the encoder")
    st.markdown(_LEAD)
    try:
        mended = mend(chosen)
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
        f"{plain(chosen.convention)} Gaps: quadrature, error about {within(mended.error)} nats. Curve: {DRAWS} draws "
        f"of z that all steps share, seed {chosen.seed}."
    )
    if mended.elsewhere:
        st.markdown(_ELSEWHERE)
    try:
        q_scale.show(chosen, {"encoder's": mended.q, "best": mended.best}, mended.exact)
    except ValueError as error:
        st.warning(plain(f"This q cannot be judged: {error}."))
    rotation.show()
    show_folds(_MATHS, _CODE)


def mend(chosen: Example) -> _Mended:
    """What the chapter says of the chosen x. Raises ValueError if its quadrature or its model does."""
    return _mended(chosen, chosen.entry.digest, chosen.key, chosen.seed)


@st.cache_data(max_entries=64, show_spinner="Mending q")
def _mended(_chosen: Example, digest: str, x: str, seed: int) -> _Mended:
    model, q = _chosen.model, _chosen.model.encode(_chosen.x)
    steps = _steps(_chosen, seed)
    best = steps[-1].q
    both = DiagonalNormal(torch.cat((q.mu, best.mu)), torch.cat((q.logvar, best.logvar)))
    found = integrate(model, _chosen.x.expand(2, *_chosen.x.shape[1:]), first=first(_chosen), q=both)
    gap, best_gap = found.kl_from(both).tolist()
    if best_gap > gap:  # both are at the optimum, to the draws' error
        best, best_gap = q, gap
    peak, height = joint_peak(model, _chosen.x, found)
    elsewhere = False
    if _far(best, peak):
        other = _steps(_chosen, seed, DiagonalNormal(peak.to(best.mu)[None], best.logvar))[-1].q
        other_gap = integrate(model, _chosen.x, first=first(_chosen), q=other).kl_from(other).item()
        if elsewhere := other_gap < best_gap:
            best, best_gap = other, other_gap
    path = [step.elbo.item() for step in steps]
    exact = q_scale.Exact(found.log_px[0].item(), found.z, found.log_posterior()[:, 0].exp(), peak, height)
    return _Mended(path, q, best, exact, found.error[0].item(), gap, best_gap, elsewhere)


def _steps(chosen: Example, seed: int, start: DiagonalNormal | None = None) -> list[Refined]:
    generator = torch.Generator().manual_seed(seed)
    return list(refine(chosen.model, chosen.x, STEPS, generator, samples=DRAWS, start=start))


def _far(q: DiagonalNormal, z: Tensor) -> bool:
    """Whether z is no place where q has its mass."""
    return bool(((z - q.mu).abs() > _FAR * q.std).any())


def _numbers(mended: _Mended) -> None:
    """Three figures as they are rounded, and the two gaps between them: what is shown adds up."""
    digits = min(3, decimals(mended.error))
    log_px, elbo, best = (round(mended.exact.log_px - gap, digits) for gap in (0.0, mended.gap, mended.best_gap))
    row = st.container(horizontal=True)
    for name, value in (
        ("log p(x)", log_px),
        ("ELBO, encoder's q", elbo),
        ("ELBO, best diagonal q", best),
        ("Amortisation gap", best - elbo),
        ("Approximation gap", log_px - best),
    ):
        row.metric(name, charts.nats(value, digits))


def _draw_path(mended: _Mended) -> None:
    colour = charts.colours()
    figure = charts.figure("step", "ELBO, nats")
    steps = list(range(len(mended.path)))
    charts.curve(figure, steps, mended.path, "ELBO", colour.encoder, at=len(steps) // 2, where="bottom center")
    charts.rule(figure, "log p(x)", colour.exact, y=mended.exact.log_px)
    room = 0.12 * max(mended.exact.log_px - mended.path[0], 0.01)
    figure.update_yaxes(range=[mended.path[0] - room, mended.exact.log_px + room])
    charts.draw(
        figure,
        "large_mending_path",
        f"The ELBO climbs from {mended.path[0]:.2f} to {mended.path[-1]:.2f} nats in {len(steps) - 1} steps, under the "
        f"ceiling log p(x) = {mended.exact.log_px:.2f}.",
    )


def _draw_gaps(mended: _Mended) -> None:
    colour = charts.colours()
    figure = charts.figure("log p(x) − ELBO, nats", "")
    amortisation = mended.gap - mended.best_gap
    parts = [("approximation", mended.best_gap, colour.prior), ("amortisation", amortisation, colour.encoder)]
    room = 1.6 * max(mended.gap, 1e-6)
    charts.stack(figure, "best q", parts[:1], room)
    charts.stack(figure, "encoder's q", parts, room)
    figure.update_xaxes(range=[0, room])
    charts.draw(
        figure,
        "large_mending_gaps",
        f"Bars: approximation gap {mended.best_gap:.3f} nats, amortisation gap {amortisation:.3f} nats, together "
        f"{mended.gap:.3f}.",
    )
