"""The race on trained models of 2, 5, 10 and 20 latents, from figures that a command has measured beforehand."""

import math
from typing import Any

import streamlit as st
from plotly.subplots import make_subplots

from ui import charts
from ui.number_format import many, measured, within
from ui.runs.card_text import whole
from ui.runs.catalogue import Entry, catalogue
from vae_core.estimators.pareto import khat_threshold
from vae_core.tasks.compare_estimators import read_race

MODELS = ("fashion-2d-bernoulli", "fashion-5d", "fashion-10d", "fashion-20d")
_COLUMNS = 2  # panels side by side: on a phone there is no room for more
_COMMAND = "python -m vae_core race models/"
_SIDES = {"prior": "prior", "encoder": "encoder", "mixture": "made for x"}
_LEAD = """
**Trained models.** This is the same race with trained decoders and their encoders, which are not perfect. The third
runner uses a proposal made for each x, from a search for the modes of p(z|x). **Look** at the curves. With more
dimensions the curve of the prior moves up and to the right. The curve of the encoder falls and then stays above zero,
because its draws never reach some modes.
"""
_EXAM_LEAD = """
**How wrong is the encoder's estimate?** Each dot is a test image. Its height is the distance between log p(x) and the
encoder's estimate from all its samples. **Look** at the right end: for some images the estimate is wrong by several
nats. Look also at the hollow dots there: their k̂ is below 0.7, so the weights gave no warning. k̂ depends only on the
samples, and no sample reached the missing mode.
"""
_NEAREST = 1e-3  # nats: dots below are drawn there
_UNSURE = "; where k̂ is above 0.7 this error is itself uncertain"


def trained_models() -> None:
    """How far the estimates are from log p(x) against n, one panel a model, with a table and the conventions."""
    runs = catalogue().runs
    found = {name: _measured(runs[name]) for name in MODELS if name in runs}
    races = {runs[name]: figures for name, figures in found.items() if figures is not None}
    st.markdown(_LEAD)
    if missing := [name for name, figures in found.items() if figures is None]:
        st.info("Not measured for the weights that are here: run this command, then reload.")
        st.code("\n".join(_COMMAND + name for name in missing), language=None)
    if not races:
        return
    _draw(races)
    st.markdown("Estimate − log p(x) with all samples, nats, by latents z:")
    st.markdown(_table(races))
    st.markdown(_EXAM_LEAD)
    _draw_exam(races)
    st.markdown("\n".join(f"- {_crossing(entry, figures)}" for entry, figures in races.items()))
    _conventions(races)


def _measured(entry: Entry) -> dict[str, Any] | None:
    """What the command has measured; None where it did not, or before it knew the third proposal."""
    figures = read_race(entry.run.path)
    return figures if figures and set(_SIDES) <= set(figures) else None


def _draw(races: dict[Entry, dict[str, Any]]) -> None:
    colour, axes = charts.colours(), charts.figure("", "")
    titles = [f"{entry.run.config.model.latent_dim} latents" for entry in races]
    columns = min(_COLUMNS, len(races))
    rows = math.ceil(len(races) / columns)
    panels = make_subplots(
        rows,
        columns,
        shared_xaxes=True,
        shared_yaxes="all",
        subplot_titles=titles,
        horizontal_spacing=0.04,
        vertical_spacing=0.1,
    )
    margin = {"l": 8, "r": 8, "t": 32, "b": 8}
    panels.update_layout(axes.layout.to_plotly_json() | {"margin": margin, "height": 60 + 230 * rows})
    for panel, figures in enumerate(races.values()):
        inks = {
            "prior": (colour.prior, "dash"),
            "encoder": (colour.encoder, "solid"),
            "mixture": (colour.mixture, "dot"),
        }
        for side, (ink, dash) in inks.items():
            mean, error = figures[side]["distance"], figures[side]["distance_stderr"]
            low, high = ([m + sign * e for m, e in zip(mean, error, strict=True)] for sign in (-1, 1))
            low = [max(value, 0.1 * m) for value, m in zip(low, mean, strict=True)]  # a log axis has no zero
            place = {"row": 1 + panel // columns, "col": 1 + panel % columns}
            charts.curve(
                panels,
                figures["n"],
                mean,
                _SIDES[side],
                ink,
                dash=dash,
                band=(low, high),
                at=len(mean) // 2,
                where="bottom left" if side == "mixture" else "top right",
                hover="n = %{x}: %{y:.3f} nats",
                **place,
            )
    panels.update_xaxes(type="log", dtick=1, fixedrange=True)
    panels.update_xaxes(title_text="samples n", row=rows)
    panels.update_yaxes(type="log", dtick=1, fixedrange=True)
    panels.update_yaxes(title_text="mean |error|, nats", col=1)
    last = {title: figures["prior"]["distance"][-1] for title, figures in zip(titles, races.values(), strict=True)}
    words = ", ".join(f"{title} {value:.1f}" for title, value in last.items())
    alt = "Mean distance to log p(x) against n for prior, encoder and the proposal made for x. "
    alt += f"The prior's at n = 10,000, in nats: {words}."
    charts.draw(panels, "large_dimension_trained", alt)


def _draw_exam(races: dict[Entry, dict[str, Any]]) -> None:
    """The encoder's error on each test image, the worst at the right; hollow where its k says nothing is wrong."""
    colour = charts.colours()
    figure = charts.figure("test images in order of their error, per cent", "|estimate − log p(x)|, nats", 380)
    unseen = []
    symbols, places = ("circle", "square", "diamond", "triangle-up"), ("middle", "top", "middle", "bottom")
    for (entry, f), symbol, where in zip(races.items(), symbols, places, strict=False):
        latents, threshold = entry.run.config.model.latent_dim, khat_threshold(f["n"][-1])
        each = sorted(zip(map(abs, f["encoder"]["error_of_each"]), f["encoder"]["khat_of_each"], strict=True))
        unseen += [error for error, khat in each if khat <= threshold]
        figure.add_scatter(
            x=[100 * (i + 0.5) / len(each) for i in range(len(each))],
            y=[max(_NEAREST, error) for error, _ in each],
            mode="markers+text",
            text=[""] * (len(each) - 1) + [f"{latents} latents"],
            textposition=f"{where} right",
            textfont={"color": colour.encoder},
            marker={
                "color": [colour.encoder if khat > threshold else colour.paper for _, khat in each],
                "line": {"color": colour.encoder, "width": 1.5},
                "size": 8,
                "symbol": symbol,
            },
            customdata=[[latents, error, khat] for error, khat in each],
            hovertemplate="%{customdata[0]} latents: %{customdata[1]:.3f} nats, k̂ %{customdata[2]:.2f}<extra></extra>",
            cliponaxis=False,
        )
    figure.update_xaxes(range=[0, 112], tickvals=[0, 25, 50, 75, 100])
    figure.update_yaxes(type="log", dtick=1)
    worst = {e.run.config.model.latent_dim: max(map(abs, f["encoder"]["error_of_each"])) for e, f in races.items()}
    said = ", ".join(f"{latents} latents {value:.1f}" for latents, value in worst.items())
    alt = f"How far the encoder's estimate is from log p(x). Worst, in nats: {said}; "
    alt += f"without a warning {max(unseen, default=0):.1f}."
    charts.draw(figure, "large_dimension_exam", alt)


def _table(races: dict[Entry, dict[str, Any]]) -> str:
    head = "| z | KL | prior | encoder | made for x |\n|--:|--:|--:|--:|--:|\n"
    rows = []
    for entry, f in races.items():
        latents = entry.run.config.model.latent_dim
        last = [measured(f[side]["error"][-1], f[side]["error_stderr"][-1]) for side in _SIDES]
        rows.append(f"| {latents} | {measured(f['kl'], f['kl_stderr'])} | {' | '.join(last)} |")
    return head + "\n".join(rows)


def _crossing(entry: Entry, figures: dict[str, Any]) -> str:
    """What the prior needs, and who is nearer at the largest n, on average and image by image."""
    latents, last = entry.run.config.model.latent_dim, whole(figures["n"][-1])
    side = {
        name: (figures[name]["distance"][-1], figures[name]["distance_stderr"][-1]) for name in ("prior", "encoder")
    }
    nearer, other = sorted(side, key=side.__getitem__)
    near, far = (measured(*side[name]) for name in (nearer, other))
    kl, error = figures["kl"], figures["kl_stderr"]
    return (
        f"{latents} latents: the prior needs about {many(kl, error)} samples ({many(kl - error)} to "
        f"{many(kl + error)} within one standard error of the KL). At n = {last} the {nearer} "
        f"is nearer on average, {near} against {far} nats; image by image the prior is nearer on "
        f"{figures['prior_nearer'][-1]} of {figures['images']} images."
    )


def _conventions(races: dict[Entry, dict[str, Any]]) -> None:
    figures = next(iter(races.values()))
    unsure = any((f["reference"]["largest_khat"] or 0) > 0.7 for f in races.values())
    lines = []
    for entry, f in races.items():
        reference, latents = f["reference"], entry.run.config.model.latent_dim
        if reference["method"] == "quadrature":
            lines.append(f"{latents} latents: quadrature, own error at most {within(reference['largest_error'])} nats")
        else:
            lines.append(
                f"{latents} latents: a proposal made for x, K = {whole(reference['samples'])}, standard error at "
                f"most {within(reference['largest_error'])} nats, k̂ at most {reference['largest_khat']:.2f}"
            )
    st.caption(
        f"Mean ± standard error over the first {figures['images']} test images of Fashion-MNIST, binarised by one "
        f"Bernoulli draw a pixel, seed {figures['seed']}. KL is KL(p(z|x) ‖ p(z)) in nats, and "
        "the prior needs about e to the KL samples. Error = estimate − reference, nats, in the table at n = "
        f"{whole(figures['n'][-1])}; the chart has its absolute value. The reference for "
        f"log p(x): {'; '.join(lines)}{_UNSURE if unsure else ''}. Measured on {figures['date']} by "
        + ", ".join(f"`{f['command']}`" for f in races.values())
        + "."
    )
