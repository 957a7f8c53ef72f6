"""The last chapter: all codes together against the prior, the holes between them, and what the mean KL is made of."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch.nn.functional import avg_pool2d

from ui import charts
from ui.number_format import adding, decimals, fixed, many, within
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.selected_x import for_people
from ui.runs import assets
from ui.runs.card_text import whole
from ui.runs.catalogue import Entry
from ui.runs.loaded_model import model_of
from ui.runs.model_card import plain
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.latent.aggregate_posterior import (
    Holes,
    Surgery,
    aggregate_log_prob,
    aggregate_on_lattice,
    holes,
    surgery_on_lattice,
)
from vae_core.models.vae import VAE
from vae_core.runs.run import read_codes

_NODES, _SHOWN = 600, 150  # nodes a side of the quadrature, and of the picture of it
_LEAST_REACH = 3.3
_LEAST_SHOWN = -6.0  # log10 q(z): below, the picture is as empty as it gets
_HOLE, _CLICKED = "large_aggregate_hole", "large_aggregate_clicked"
_LEAD = """
The aggregate posterior q(z) is the mean of q(z|x) over all test images. To make a new picture, the model draws z from
the prior and decodes it. **Click a hole**: there p(z) is large, but q(z) is small. Almost no test picture has its code
near a hole. Training pictures come from the same source, so we expect the same of them. If that is right, the decoder
had little training there.
"""
_SURGERY = """
**What the rate is made of.** The mean KL(q(z|x) ‖ p(z)) is the sum of two parts. The mutual information says how much z
tells about which image it came from. It cannot exceed log N. The marginal KL says how far q(z) is from the prior.
"""
_MATHS = (
    "The aggregate posterior of N images:",
    r"$q(z) = \frac1N\sum_{n=1}^N q(z\mid x_n)$",
    "Hoffman and Johnson 2016: with n uniform on the images,",
    r"$\frac1N\sum_n \operatorname{KL}\left(q(z\mid x_n)\,\|\,p(z)\right) = I(n; z) +"
    r" \operatorname{KL}\left(q(z)\,\|\,p(z)\right), \qquad 0 \le I(n; z) \le \log N$",
    r"$I(n; z) = \frac1N\sum_n \operatorname{KL}\left(q(z\mid x_n)\,\|\,q(z)\right)$",
    "A diagonal normal is a product over the dimensions, so q on a lattice of the plane is one matrix product.",
)
_CODE = (
    "latent.aggregate_posterior.aggregate_on_lattice",
    "latent.aggregate_posterior.surgery_on_lattice",
    "latent.aggregate_posterior.holes",
)


@dataclass(frozen=True)
class _Aggregate:
    """q(z) of all test images: a small picture of it, its holes and the parts of the mean KL."""

    reach: float  # of nearly all codes, in units of z
    side: list[float]
    log10_q: list[list[float]]  # rows along z2
    found: Holes
    log_p: list[float]  # at the holes, nats
    log_q: list[float]
    parts: Surgery


def show(entry: Entry) -> None:
    """The whole chapter, about a model of two latents."""
    st.header("All of the data")
    st.markdown(_LEAD)
    aggregate = _aggregate(entry, entry.digest)
    numbers = range(1, len(aggregate.log_p) + 1)
    left, right = st.columns([3, 2])
    with left:
        _draw_plane(aggregate)
    with right.container(key="large_aggregate_decoded"):
        if numbers:
            # A click has set the widget's state already, and a default beside it would be one value too many.
            default = None if st.session_state.pop(_CLICKED, False) else 1
            hole = st.segmented_control(
                "Hole", list(numbers), default=default, required=True, key=_HOLE, bind="query-params"
            )
            _decoded(model_of(entry), aggregate, (hole or 1) - 1)
        else:
            st.markdown("This model has no hole that holds a thousandth of the prior's draws.")
    found = aggregate.found
    st.caption(
        f"{plain(_about(entry, aggregate.parts.n))} A hole: q(z) < p(z)/{1 / found.ratio:.0f}; "
        f"{found.prior_share:.1%} of the prior's draws fall into one. Circles: the prior at 1, 2 and 3 standard "
        "deviations."
    )
    st.markdown(_SURGERY)
    _draw_surgery(aggregate.parts)
    show_folds(_MATHS, _CODE)


@st.cache_data(max_entries=8, show_spinner="Adding up all posteriors")
def _aggregate(_entry: Entry, digest: str) -> _Aggregate:
    codes = read_codes(_entry.run)
    q = DiagonalNormal(torch.from_numpy(codes.mu).double(), torch.from_numpy(codes.logvar).double())
    lattice = aggregate_on_lattice(q, _NODES)
    found = holes(lattice)
    picture = avg_pool2d(lattice.q[None, None], _NODES // _SHOWN)[0, 0]
    side = lattice.side.reshape(_SHOWN, -1).mean(1)
    return _Aggregate(
        reach=max(_LEAST_REACH, 0.2 + q.mu.abs().flatten().quantile(0.999).item()),
        side=side.tolist(),
        log10_q=picture.log10().clamp(min=_LEAST_SHOWN).T.tolist(),
        found=found,
        log_p=log_prior(found.z).tolist(),
        log_q=aggregate_log_prob(q, found.z).tolist() if len(found.z) else [],
        parts=surgery_on_lattice(q, lattice),
    )


def _about(entry: Entry, n: int) -> str:
    binarized = entry.run.config.data.binarize != "none"
    how = f", binarised with seed {assets.image_seed(entry)}" if binarized else ""
    return (
        f"{assets.data_title(entry)}, test split, all N = {whole(n)} images{how}; codes in half precision. "
        f"q(z) on {_NODES} × {_NODES} nodes, shown on {_SHOWN} × {_SHOWN}."
    )


def _draw_plane(aggregate: _Aggregate) -> None:
    colour = charts.colours()
    figure = charts.figure("z₁", "z₂", 620)
    figure.add_heatmap(
        x=aggregate.side,
        y=aggregate.side,
        z=aggregate.log10_q,
        colorscale=[[0, colour.paper], [1, colour.encoder]],
        zmin=-4,
        zmax=0,
        colorbar={
            "title": {"text": "log₁₀ q(z)", "side": "top"},
            "orientation": "h",
            "thickness": 10,
            "y": 1.02,
            "yanchor": "bottom",
        },
        hovertemplate="z = (%{x:.2f}, %{y:.2f})<br>log₁₀ q(z) = %{z:.2f}<extra></extra>",
    )
    for radius in (1, 2, 3):
        x, y = charts.ellipse((0, 0), (radius, radius))
        line = {"color": colour.prior, "width": 1.5, "dash": "dash"}
        figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")
    places = aggregate.found.z.tolist()
    figure.add_scatter(
        x=[z[0] for z in places],
        y=[z[1] for z in places],
        mode="markers+text",
        text=[f"<b>{i}</b>" for i in range(1, len(places) + 1)],
        textfont={"color": colour.paper},
        marker={"size": 17, "symbol": "square", "color": colour.exact, "line": {"color": colour.paper, "width": 2}},
        hovertemplate="hole %{text}: z = (%{x:.2f}, %{y:.2f})<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}, "textfont": {"color": colour.paper}},
        customdata=list(range(1, len(places) + 1)),
    )
    figure.update_xaxes(range=[-aggregate.reach, aggregate.reach], constrain="domain")
    figure.update_yaxes(
        range=[-aggregate.reach, aggregate.reach], scaleanchor="x", constrain="domain", constraintoward="top"
    )
    charts.draw(
        figure,
        "large_aggregate_plane",
        f"The aggregate posterior on the plane with the prior's circles and {len(places)} numbered holes.",
        on_select=_hole_clicked,
        selection_mode="points",
    )


def _hole_clicked() -> None:
    """A click on a numbered hole chooses it; a click elsewhere does nothing."""
    points = st.session_state["large_aggregate_plane"].selection.points
    numbers = [point["customdata"] for point in points if "customdata" in point]
    if numbers:
        st.session_state[_HOLE] = numbers[0][0] if isinstance(numbers[0], list) else numbers[0]
        st.session_state[_CLICKED] = True


def _decoded(model: VAE, aggregate: _Aggregate, hole: int) -> None:
    """The picture of a hole, and how rare its z is under p and under q."""
    z = aggregate.found.z[hole]
    with torch.no_grad():
        mean = model.decode(z.float()[None]).mean[0]  # [C, H, W]
    st.image(for_people(mean, 8), width=224, output_format="PNG", alt="What the decoder makes of the hole")
    log_p, log_q = aggregate.log_p[hole], aggregate.log_q[hole]
    st.markdown(
        f"Mean of p(x|z) at z = ({z[0]:.2f}, {z[1]:.2f}).  \nlog p(z) = {log_p:.2f} nats, log q(z) = {log_q:.2f} "
        f"nats.  \nHere p(z) is {many(log_p - log_q)} times as large as q(z).".replace("-", "−")
    )


def _draw_surgery(parts: Surgery) -> None:
    colour = charts.colours()
    figure = charts.figure("nats", "", 240)
    digits = min(3, decimals(parts.mutual_information_error), decimals(parts.marginal_kl_error))
    information, marginal = adding((parts.mutual_information, parts.marginal_kl), digits)
    both = [("mutual information", information, colour.encoder), ("marginal KL", marginal, colour.prior)]
    room = 1.15 * max(parts.log_n, parts.mean_kl)
    charts.stack(figure, "its parts", both, room)
    charts.stack(figure, "mean KL", [("mean KL", parts.mean_kl, colour.exact)], room)
    charts.rule(figure, f"log N = {parts.log_n:.2f}", colour.exact, x=parts.log_n)
    figure.update_xaxes(range=[0, room])
    said = [fixed(value, digits) for value in (information, marginal, information + marginal, parts.mean_kl)]
    charts.draw(
        figure,
        "large_aggregate_surgery",
        f"Mean KL {said[3]} nats = mutual information {said[0]} + marginal KL {said[1]}; log N is {parts.log_n:.2f}.",
    )
    st.container(key="large_aggregate_sum").markdown(
        f"{said[0]} + {said[1]} = {said[2]} nats; the mean KL in closed form is {said[3]} nats. Mutual information ≤ "
        f"log N = {parts.log_n:.3f} nats."
    )
    st.caption(
        f"Mutual information ± {within(parts.mutual_information_error)} and marginal KL ± "
        f"{within(parts.marginal_kl_error)}: quadrature, the change against a lattice of twice the step. All N test "
        "images, test split."
    )
