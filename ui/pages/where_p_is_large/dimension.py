"""The second chapter: the race in d dimensions, first where everything is exact, then on trained models."""

import math
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st
import torch

from ui import charts
from ui.number_format import many
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.measured_estimators import trained_models
from vae_core.estimators.linear_gaussian_importance import Proposal, encoder_proposal, prior_proposal, success_of
from vae_core.models.linear_gaussian import LinearGaussian

MOST_D = 50
_AROUND = [t / 2 for t in range(-12, 13)]  # log n - KL, nats
_RACES = 300
_LEAD = """
For this simple linear model we have a formula for every answer, so we can even ask about e¹⁵⁰ samples. **Raise d** and
**lower σ**: the prior needs about e to the KL(p(z|x) ‖ p(z)) samples, and this KL grows with d. The number for
the encoder grows too, but only if its mean is wrong.
"""
_MATHS = (
    "The model: d latents, orthonormal columns of W, so the posterior is round.",
    r"$x = Wz + b + \sigma\varepsilon, \qquad W^\top W = I, \qquad p(z\mid x) = \mathcal{N}\left(m,"
    r" \tfrac{\sigma^2}{1+\sigma^2} I\right)$",
    "With draws from r, about e to the KL samples are needed and suffice, up to a few nats "
    "(Chatterjee and Diaconis 2018, theorem 1.1):",
    r"$n \approx \exp\, \operatorname{KL}\left(p(z\mid x)\,\|\,r\right)$",
    "The mean over the model's own x, for the prior, and for an encoder whose mean is off by δ posterior standard "
    "deviations in each dimension:",
    r"$\mathbb{E}\operatorname{KL}\left(p(z\mid x)\,\|\,p(z)\right) = \tfrac{d}{2}\log\left(1+\tfrac{1}{\sigma^2}"
    r"\right), \qquad \operatorname{KL}\left(p(z\mid x)\,\|\,q\right) = \tfrac{d}{2}\,\delta^2$",
    "R is the second moment of the weights over the square of their mean: a relative standard error of ε needs "
    "(R − 1)/ε² samples.",
    r"$\log R = \log \frac{\mathbb{E}_r[w^2]}{p(x)^2}$",
    "Up to n = 1000 each race draws its samples. Beyond, it draws how many of the n samples fall into each interval "
    "of log w, 0.1 nats wide: a Poisson number with mean n times the interval's probability.",
)
_CODE = (
    "models.linear_gaussian.LinearGaussian.kl_posterior_prior",
    "models.linear_gaussian.LinearGaussian.log_cost",
    "estimators.linear_gaussian_importance.success_of",
    "tasks.compare_estimators.race",
)


@dataclass(frozen=True)
class _Race:
    """One x of the linear-Gaussian model: what both proposals cost, and how often n samples arrive."""

    log_px: float
    prior: Proposal
    encoder: Proposal
    shares: dict[str, tuple[list[float], list[float], list[float]]]  # log n - KL, share, its standard error


def show(seed: int) -> None:
    """The whole chapter; x of the linear model is drawn from it by the link's seed."""
    st.header("The dimension")
    st.markdown(_LEAD)
    row = st.container(key="large_dimension_controls").columns(3)
    d = row[0].slider("Latent dimensions d", 1, MOST_D, 10, key="large_dimension_d", bind="query-params")
    sigma = row[1].slider("σ of p(x|z)", 0.05, 1.0, 0.5, 0.05, key="large_dimension_sigma", bind="query-params")
    error = row[2].slider(
        "Encoder's error δ",
        0.0,
        2.0,
        0.5,
        0.05,
        key="large_dimension_error",
        bind="query-params",
        help="How far its mean is off in each dimension, in posterior standard deviations. At 0 the encoder is exact, "
        "and one sample gives log p(x).",
    )
    race = _race(d, sigma, error, seed)
    _numbers(race)
    left, right = st.columns(2)
    with left:
        _draw_success(race)
    with right:
        _draw_costs(d, sigma, error)
    st.caption(
        f"Linear-Gaussian model, W [{MOST_D}, {d}] with orthonormal columns, σ = {sigma:g}; one x drawn from the "
        f"model, seed {seed}. KL and R are exact. Left: shares of {_RACES} races for each n, bands of one "
        "standard error. Right: means over all x of the model, exact."
    )
    st.markdown(_verdict(sigma, error))
    trained_models()
    show_folds(_MATHS, _CODE)


@st.cache_data(max_entries=256, show_spinner="Racing")
def _race(d: int, sigma: float, error: float, seed: int) -> _Race:
    generator = torch.Generator().manual_seed(seed)
    log_px, prior = drawn(d, sigma, generator)
    encoder, shares = encoder_proposal(d, error), {}
    for name, proposal in (("prior", prior), ("encoder", encoder)):
        log_n = [proposal.kl + t for t in _AROUND if proposal.kl + t >= 0]
        found = success_of(proposal, log_n, _RACES, generator)
        offset = (found.n.log() - proposal.kl).tolist()
        shares[name] = (offset, found.share.tolist(), found.stderr.tolist())
    return _Race(log_px, prior, encoder, shares)


def drawn(d: int, sigma: float, generator: torch.Generator) -> tuple[float, Proposal]:
    """One x of the linear model of d dimensions, drawn from it: its log p(x), nats, and the prior seen from it."""
    W = torch.linalg.qr(torch.randn((MOST_D, d), generator=generator, dtype=torch.float64)).Q
    model = LinearGaussian(W, torch.zeros(MOST_D, dtype=torch.float64), sigma)
    x = model.sample(1, generator)[1]
    return model.log_prob(x).item(), prior_proposal(d, sigma, model.posterior(x)[0].square().sum().item())


def _numbers(race: _Race) -> None:
    row = st.container(horizontal=True, key="large_dimension_numbers")
    row.metric("log p(x), exact", f"{race.log_px:.2f} nats".replace("-", "−"))
    for name, proposal in (("prior", race.prior), ("encoder", race.encoder)):
        row.metric(
            f"The {name} needs about",
            f"{many(proposal.kl)} samples",
            f"KL = {proposal.kl:.2f} nats, log R = {proposal.log_cost:.2f} nats",
            delta_color="off",
            delta_arrow="off",
        )


def _draw_success(race: _Race) -> None:
    colour = charts.colours()
    figure = charts.figure("log n − KL, nats", "share of races that reach p(x) / 2")
    for name, ink, dash, where in (
        ("prior", colour.prior, "dash", "bottom right"),
        ("encoder", colour.encoder, "solid", "top left"),
    ):
        t, share, error = race.shares[name]
        low, high = ([s + sign * e for s, e in zip(share, error, strict=True)] for sign in (-1, 1))
        middle = min(range(len(t)), key=lambda i: abs(share[i] - 0.85))
        charts.curve(figure, t, share, name, ink, dash=dash, band=(low, high), at=middle, where=where)
    charts.rule(figure, "n = e^KL", colour.exact, x=0)
    figure.update_xaxes(range=[-6.3, 6.3])
    figure.update_yaxes(range=[-0.04, 1.08])
    at_step = {name: _share_at_zero(race.shares[name]) for name in race.shares}
    charts.draw(
        figure,
        "large_dimension_success",
        "How often a race reaches half of p(x), against log n minus the KL, for prior and encoder: both rise from 0 "
        f"to 1 around 0. At n = e^KL the prior has {at_step['prior']:.0%}, the encoder {at_step['encoder']:.0%}.",
    )


def _share_at_zero(shares: tuple[list[float], list[float], list[float]]) -> float:
    t, share, _ = shares
    return share[min(range(len(t)), key=lambda i: abs(t[i]))]


def _draw_costs(d: int, sigma: float, error: float) -> None:
    """KL and log R of both proposals against d, as means over x: all are straight lines."""
    colour, dims = charts.colours(), list(range(1, MOST_D + 1))
    lam = 1 / sigma**2
    slopes = {
        "prior, log R": (math.log1p(lam) - 0.5 * math.log1p(2 * lam) + lam / (1 + 2 * lam), colour.prior, "dot"),
        "prior, KL": (0.5 * math.log1p(lam), colour.prior, "solid"),
        "encoder, log R": (error**2, colour.encoder, "dot"),
        "encoder, KL": (0.5 * error**2, colour.encoder, "solid"),
    }
    figure = charts.figure("latent dimensions d", "nats = log of a number of samples")
    names = []
    for name, (slope, ink, dash) in slopes.items():
        figure.add_scatter(
            x=dims,
            y=[slope * k for k in dims],
            mode="lines",
            line={"color": ink, "width": 2.5, "dash": dash},
            hovertemplate=f"{name}<br>d = %{{x}}: %{{y:.2f}} nats<extra></extra>",
        )
        names.append((slope * MOST_D, name, ink))
    _name_ends(figure, names)
    for name in ("prior, KL", "encoder, KL"):
        slope, ink, _ = slopes[name]
        charts.dots(figure, [d], [slope * d], ink)
    charts.draw(
        figure,
        "large_dimension_costs",
        f"Mean KL and mean log R against d at sigma {sigma:g}: for the prior {slopes['prior, KL'][0]:.2f} and "
        f"{slopes['prior, log R'][0]:.2f} nats a dimension, for the encoder {slopes['encoder, KL'][0]:.2f} and "
        f"{slopes['encoder, log R'][0]:.2f}.",
    )


def _name_ends(figure: go.Figure, ends: list[tuple[float, str, str]]) -> None:
    """Names at the right ends of lines, moved apart where they would lie on each other."""
    highest = max(end for end, _, _ in ends)
    figure.update_xaxes(range=[0, 1.5 * MOST_D], tickvals=[1, 10, 20, 30, 40, 50])
    figure.update_yaxes(range=[-0.06 * highest, 1.08 * highest])
    below = -math.inf
    for end, name, ink in sorted(ends):
        below = max(end, below + 0.085 * highest)
        figure.add_annotation(
            x=MOST_D, y=below, text=name, showarrow=False, xanchor="left", xshift=6, font={"color": ink}
        )


def _verdict(sigma: float, error: float) -> str:
    """Who needs fewer samples, and where it turns."""
    turn = math.sqrt(math.log1p(1 / sigma**2))
    who = "the encoder" if error < turn else "the prior" if error > turn else "neither"
    return (
        "**Who wins?** The winner needs fewer samples to reach half of p(x). "
        f"At σ = {sigma:g} the prior wins if the encoder's mean is off by δ > √log(1 + 1/σ²) = {turn:.2f} posterior "
        f"standard deviations. At δ = {error:g} {who} wins. The winner does not depend on d. But both numbers of "
        "samples are exponential in d. With few dimensions both are small, so it does not matter much who wins."
    )
