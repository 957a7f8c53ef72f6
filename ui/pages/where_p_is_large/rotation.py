"""The approximation gap in closed form: rotate W of a linear-Gaussian model and the gap opens and closes."""

import math

import streamlit as st
import torch

from ui import charts
from vae_core.models.linear_gaussian import LinearGaussian

_SINGULAR, _SIGMA = (2.0, 0.5), 0.5
_LEAD = """
**The same for a linear decoder, where all is known exactly.** **Turn** its two directions. At 0 and 90 degrees the
posterior lies along the axes, and a diagonal q is exact. Between them the posterior tilts, and q cannot follow.
"""


def show() -> None:
    """A slider for the angle, the posterior with its best diagonal q, and the gap against the angle."""
    st.markdown(_LEAD)
    angle = st.slider("Angle of W, degrees", 0, 90, 30, key="large_mending_angle", bind="query-params")
    model = turned(angle)
    gap = model.gap()
    st.container(key="large_mending_turned_gap").metric("Approximation gap, exact", f"{abs(gap):.4f} nats")
    left, right = st.columns(2)
    with left:
        _draw_plane(model)
    with right:
        _draw_gap(angle, gap)
    st.caption(
        f"Linear-Gaussian model, W [2, 2] with singular values {_SINGULAR[0]:g} and {_SINGULAR[1]:g}, σ = {_SIGMA:g}; "
        "closed form, the same for every x. Left: p(z|x) and the best diagonal q at 1 and 2 standard deviations."
    )


def turned(degrees: float) -> LinearGaussian:
    """The model of this part with W turned in z by an angle."""
    angle = math.radians(degrees)
    turn = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]], dtype=torch.float64)
    W = torch.diag(torch.tensor(_SINGULAR, dtype=torch.float64)) @ turn
    return LinearGaussian(W, torch.zeros(2, dtype=torch.float64), _SIGMA)


def _draw_plane(model: LinearGaussian) -> None:
    """Both are centred at the posterior mean of x = 0."""
    colour = charts.colours()
    figure = charts.figure("z₁", "z₂", 340)
    x = torch.zeros(1, 2, dtype=torch.float64)
    root = torch.linalg.cholesky(model.posterior(x)[1])
    round_about = torch.tensor(charts.ellipse((0, 0), (1, 1)), dtype=torch.float64)  # [2, turns]
    std = model.encode(x).std[0].tolist()
    for times in (1, 2):
        line = {"color": colour.exact, "width": 2}
        first, second = (times * root @ round_about).tolist()
        figure.add_scatter(x=first, y=second, mode="lines", line=line, hoverinfo="skip")
        first, second = charts.ellipse((0, 0), [times * s for s in std])
        line = {"color": colour.encoder, "width": 2, "dash": "dash"}
        figure.add_scatter(x=first, y=second, mode="lines", line=line, hoverinfo="skip")
    figure.update_xaxes(range=[-2, 2])
    figure.update_yaxes(range=[-2, 2], scaleanchor="x")
    charts.draw(
        figure,
        "large_mending_turned",
        "Ellipses of the exact posterior (solid) and of the best diagonal q (dashed), which lies along the axes and "
        f"has standard deviations {std[0]:.2f} and {std[1]:.2f}.",
    )


def _draw_gap(angle: int, gap: float) -> None:
    colour = charts.colours()
    figure = charts.figure("angle of W, degrees", "½ (Σ log Mⱼⱼ − log det M), nats", 340)
    angles = list(range(0, 91, 3))
    gaps = [abs(turned(a).gap()) for a in angles]
    charts.curve(figure, angles, gaps, "gap", colour.encoder, at=15, where="bottom center")
    charts.dots(figure, [angle], [abs(gap)], colour.encoder)
    figure.update_yaxes(rangemode="tozero")
    charts.draw(
        figure,
        "large_mending_gap",
        f"The gap against the angle: zero at 0 and at 90 degrees, {max(gaps):.3f} nats at 45, here {abs(gap):.3f}.",
    )
