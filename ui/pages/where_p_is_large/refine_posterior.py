"""The third chapter: the encoder's q for one x made better by gradient steps; its parts follow."""

import math
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from ui import charts
from ui.number_format import decimals, measured, within
from ui.pages.where_p_is_large import q_scale, rotation
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.posterior_grid import first
from ui.pages.where_p_is_large.selected_x import Example
from ui.runs.card_text import whole
from ui.runs.model_card import plain
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.posteriors import Posterior
from vae_core.estimators.local_posterior import best_diagonal, best_full, refine
from vae_core.estimators.marginal_likelihood import encoder_log_weights
from vae_core.estimators.mixture_proposal import WeighedDraws, weigh_each
from vae_core.estimators.quadrature import integrate
from vae_core.estimators.quadrature.mode import joint_peak
from vae_core.models.vae import VAE

STEPS, DRAWS = 30, 256
_FRESH = 5000  # draws behind a figure, apart from those that the steps share
_FAR = 3  # standard deviations
_LEAD = """
The encoder serves all pictures at once. For one picture a better q exists. **Look** how the ELBO rises when only q is
improved: that part of the gap is amortisation. The rest is approximation, because p(z|x) is no diagonal normal.
"""
_ELSEWHERE = """
The steps that start from the encoder's q stay near the same mode. **The best q is at another mode.** We started steps
at every mode that a search found, and we show the best result. So most of the amortisation gap of this x has one cause:
the encoder looks in the wrong place.
"""
_MATHS = (
    "For any q the gap is a KL, and it splits in two (Cremer et al. 2018). q* is the best diagonal normal for this x.",
    r"$\log p(x) - \operatorname{ELBO}(q) = \operatorname{KL}\left(q\,\|\,p(z\mid x)\right)$",
    r"$\underbrace{\log p(x) - \operatorname{ELBO}(q^*)}_{\text{approximation}} + \underbrace{\operatorname{ELBO}(q^*)"
    r" - \operatorname{ELBO}(q)}_{\text{amortisation}}$",
    "Weights of a normal q with standard deviation s against a normal posterior with 1: k̂ tends to 1 − s² where s < 1, "
    "and the variance of the weights is infinite for s² ≤ ½.",
    "In the linear-Gaussian model, with M the precision of z given x, up to a factor:",
    r"$M = W^\top W + \sigma^2 I, \qquad \log p(x) - \operatorname{ELBO}(q^*) = \tfrac12\left(\sum_j \log M_{jj}"
    r" - \log\det M\right)$",
)
_CODE = (
    "estimators.local_posterior.refine",
    "estimators.local_posterior.best_diagonal",
    "estimators.quadrature.integral.Quadrature.kl_from",
    "estimators.marginal_likelihood.encoder_log_weights",
    "models.linear_gaussian.LinearGaussian.gap",
)


@dataclass(frozen=True)
class RefinedPosterior:
    """The way from the encoder's q to the best one, and the gaps of both, nats.

    With two latents both gaps are exact, by quadrature; else they are from draws, and `error` is that of the larger.
    """

    path: list[float]  # ELBO after each step from the encoder's q, on the steps' own draws
    q: DiagonalNormal  # the encoder's, [1, D]
    best: DiagonalNormal  # the best of those refined from the encoder's q and from every mode
    exact: q_scale.Exact | None  # with two latents
    log_px: float
    error: float  # of log p(x)
    gap: float  # KL(q || p(z|x)) of the encoder's q
    best_gap: float
    full_gap: float  # of the best normal with a full covariance, from draws
    full_error: float
    modes: int  # from which steps were begun, beside the encoder's q
    elsewhere: bool  # whether the best q is not where the steps from the encoder's q lead


def show(chosen: Example) -> None:
    """The whole chapter, for the chosen x."""
    st.header("Improving q")
    st.markdown(_LEAD)
    try:
        refined = refined_posterior(chosen)
    except ValueError as error:
        st.warning(plain(f"The q of this x cannot be improved: {error}."))
        return
    _numbers(refined)
    left, right = st.columns(2)
    with left:
        _draw_path(refined)
    with right:
        _draw_gaps(refined)
    how = "quadrature" if refined.exact else f"{whole(_FRESH)} draws of each q and of a proposal made for x"
    begun = f"the encoder's q and from {refined.modes} mode{'' if refined.modes == 1 else 's'} of p(z|x)"
    st.caption(
        f"{plain(chosen.convention)} The best q: the best result of steps from {begun}. Gaps: {how}, error about "
        f"{within(refined.error)} nats. Full normal: {whole(_FRESH)} draws, standard error "
        f"{within(refined.full_error)}. Curve: {DRAWS} draws of z that all steps share, seed {chosen.seed}."
    )
    if refined.elsewhere:
        st.markdown(_ELSEWHERE)
    if refined.exact:
        try:
            q_scale.show(chosen, {"encoder's": refined.q, "best": refined.best}, refined.exact)
        except ValueError as error:
            st.warning(plain(f"This q cannot be judged: {error}."))
    rotation.show()
    show_folds(_MATHS, _CODE)


def refined_posterior(chosen: Example) -> RefinedPosterior:
    """What the chapter says of the chosen x. Raises ValueError if its quadrature or its model does."""
    return _refined(chosen, chosen.entry.digest, chosen.key, chosen.seed)


@st.cache_data(max_entries=64, show_spinner="Improving q")
def _refined(_chosen: Example, digest: str, x: str, seed: int) -> RefinedPosterior:
    model, x_, generator = _chosen.model, _chosen.x, torch.Generator().manual_seed(seed)
    samples = max(DRAWS, 4 * model.latent_dim)
    steps = list(refine(model, x_, STEPS, torch.Generator().manual_seed(seed), samples))
    (draws,) = weigh_each(model, x_, _FRESH, generator)
    best = best_diagonal(model, x_, draws, STEPS, torch.Generator().manual_seed(seed), samples).q
    full, _ = best_full(model, x_, draws, STEPS, torch.Generator().manual_seed(seed), samples)
    q = model.encode(x_)
    exact = _exact(_chosen, q.diagonal(), best) if is_plane(_chosen) else _drawn(_chosen, q, best, draws, generator)
    full_elbo, full_error = _elbo(model, x_, full, generator)
    gap, best_gap = exact.gaps
    if best_gap > gap:  # both are at the optimum, to the error
        best, best_gap = q.diagonal(), gap
    return RefinedPosterior(
        path=[step.elbo.item() for step in steps],
        q=q.diagonal(),
        best=best,
        exact=exact.posterior,
        log_px=exact.log_px,
        error=exact.error,
        gap=gap,
        best_gap=best_gap,
        full_gap=exact.log_px - full_elbo,
        full_error=full_error,
        modes=len(draws.modes),
        elsewhere=_far(steps[-1].q, best.mu[0]),
    )


@dataclass(frozen=True)
class _Gaps:
    """log p(x) with its error, the gaps of the encoder's q and of the best, and the exact posterior if it is known."""

    log_px: float
    error: float
    gaps: tuple[float, float]
    posterior: q_scale.Exact | None


def is_plane(chosen: Example) -> bool:
    """Whether quadrature and the plane's pictures serve this model: two latents, diagonal q and p(z) = N(0, I)."""
    model = chosen.entry.run.config.model
    return model.plain and model.latent_dim == 2


def _exact(chosen: Example, q: DiagonalNormal, best: DiagonalNormal) -> _Gaps:
    """By quadrature."""
    both = DiagonalNormal(torch.cat((q.mu, best.mu)), torch.cat((q.logvar, best.logvar)))
    found = integrate(chosen.model, chosen.x.expand(2, *chosen.x.shape[1:]), first=first(chosen), q=both)
    gap, best_gap = found.kl_from(both).tolist()
    peak, height = joint_peak(chosen.model, chosen.x, found)
    log_px = found.log_px[0].item()
    posterior = q_scale.Exact(log_px, found.z, found.log_posterior()[:, 0].exp(), peak, height)
    return _Gaps(log_px, found.error[0].item(), (gap, best_gap), posterior)


def _drawn(
    chosen: Example, q: Posterior, best: DiagonalNormal, draws: WeighedDraws, generator: torch.Generator
) -> _Gaps:
    """By draws of both q and of the proposal made for x."""
    log_px, error = draws.log_px()
    elbos = [_elbo(chosen.model, chosen.x, one, generator) for one in (q, best)]
    first_gap, best_gap = (log_px - elbo for elbo, _ in elbos)
    return _Gaps(log_px, math.hypot(error, max(stderr for _, stderr in elbos)), (first_gap, best_gap), None)


def _elbo(model: VAE, x: Tensor, q: Posterior, generator: torch.Generator) -> tuple[float, float]:
    """The ELBO of any q by fresh draws, the mean of log w, with its standard error, nats."""
    log_w = encoder_log_weights(model, x, _FRESH, generator, q)[1][:, 0].double()
    return log_w.mean().item(), (log_w.std() / math.sqrt(len(log_w))).item()


def _far(q: DiagonalNormal, z: Tensor) -> bool:
    """Whether z is no place where q has its mass."""
    return bool(((z - q.mu).abs() > _FAR * q.std).any())


def _numbers(refined: RefinedPosterior) -> None:
    """Three figures as they are rounded, and the two gaps between them: what is shown adds up."""
    digits = min(3, decimals(refined.error))
    log_px, elbo, best = (round(refined.log_px - gap, digits) for gap in (0.0, refined.gap, refined.best_gap))
    row = st.container(horizontal=True, key="large_mending_numbers")
    for name, value in (
        ("log p(x)", log_px),
        ("ELBO, encoder's q", elbo),
        ("ELBO, best diagonal q", best),
        ("Amortisation gap", best - elbo),
        ("Approximation gap", log_px - best),
    ):
        row.metric(name, charts.nats(value, digits))
    row.metric("Gap of the best full normal", measured(refined.full_gap, refined.full_error))


def _draw_path(refined: RefinedPosterior) -> None:
    colour = charts.colours()
    figure = charts.figure("step", "ELBO, nats")
    steps = list(range(len(refined.path)))
    charts.curve(figure, steps, refined.path, "ELBO", colour.encoder, at=len(steps) // 2, where="bottom center")
    charts.rule(figure, "log p(x)", colour.exact, y=refined.log_px)
    room = 0.12 * max(refined.log_px - refined.path[0], 0.01)
    figure.update_yaxes(range=[refined.path[0] - room, refined.log_px + room])
    charts.draw(
        figure,
        "large_mending_path",
        f"The ELBO climbs from {refined.path[0]:.2f} to {refined.path[-1]:.2f} nats in {len(steps) - 1} steps, under "
        f"the ceiling log p(x) = {refined.log_px:.2f}.",
    )


def _draw_gaps(refined: RefinedPosterior) -> None:
    colour = charts.colours()
    figure = charts.figure("log p(x) − ELBO, nats", "")
    amortisation = refined.gap - refined.best_gap
    parts = [("approximation", refined.best_gap, colour.prior), ("amortisation", amortisation, colour.encoder)]
    room = 1.6 * max(refined.gap, 1e-6)
    charts.stack(figure, "best q", parts[:1], room)
    charts.stack(figure, "encoder's q", parts, room)
    figure.update_xaxes(range=[0, room])
    charts.draw(
        figure,
        "large_mending_gaps",
        f"Bars: approximation gap {refined.best_gap:.3f} nats, amortisation gap {amortisation:.3f} nats, together "
        f"{refined.gap:.3f}.",
    )
