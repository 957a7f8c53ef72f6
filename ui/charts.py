"""One look for every chart: curves with their names at their ends, bands of one standard error, no legends.

Each proposal has one colour, the same as on the map (ui/web/shared/proposal_styles.js); what is exact has the
ink of the text. Curves differ in dashes as well as in colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ui.components import web_files
from ui.components.register import register
from ui.number_format import fixed

_BROWN = {"light": "#664400", "dark": "#c2a30a"}
_TEAL = {"light": "#078383", "dark": "#15937e"}
_VIOLET = {"light": "#7452c8", "dark": "#bb8bff"}
_INK = {"light": "#1b2430", "dark": "#e8ecf2"}
_PAPER = {"light": "#ffffff", "dark": "#10151d"}
_ALL = (_BROWN, _TEAL, _VIOLET, _INK, _PAPER)
_CONFIG = {"displayModeBar": False, "scrollZoom": False}

_export = register("vae_lab_chart_export", "chart_export/main.js", "The button that saves this chart")


@dataclass(frozen=True)
class Colours:
    """What a colour stands for, as hexadecimal, in the visitor's light or dark theme."""

    encoder: str
    prior: str
    mixture: str  # the proposal made for x
    exact: str
    paper: str


def colours() -> Colours:
    kind = st.context.theme.type or "light"
    return Colours(_TEAL[kind], _BROWN[kind], _VIOLET[kind], _INK[kind], _PAPER[kind])


def faint(colour: str, share: float) -> str:
    """Make a colour transparent, `share` of it opaque."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def figure(x: str, y: str, height: int = 320) -> go.Figure:
    """Make an empty chart with a name and unit on each axis; nothing zooms by accident, so a page still scrolls."""
    figure = go.Figure()
    figure.update_layout(
        height=height, showlegend=False, margin={"l": 8, "r": 8, "t": 12, "b": 8}, dragmode=False, hovermode="closest"
    )
    figure.update_xaxes(title_text=x, fixedrange=True, zeroline=False, automargin=True)
    figure.update_yaxes(title_text=y, fixedrange=True, zeroline=False, automargin=True)
    return figure


def curve(
    figure: go.Figure,
    x: Sequence[float],
    y: Sequence[float],
    name: str,
    colour: str,
    *,
    dash: str = "solid",
    band: tuple[Sequence[float], Sequence[float]] | None = None,
    at: int = -1,
    where: str = "top left",
    hover: str = "%{x:.3g}, %{y:.3g}",
    **place: Any,
) -> None:
    """Add a line with its name beside point number `at`, over its band from low to high."""
    if band is not None:
        low, high = band
        figure.add_scatter(
            x=[*x, *reversed(x)],
            y=[*high, *reversed(low)],
            mode="lines",
            fill="toself",
            fillcolor=faint(colour, 0.18),
            line={"width": 0},
            hoverinfo="skip",
            **place,
        )
    text = [""] * len(x)
    # An empty line keeps the name off the curve.
    text[at] = f"{name}<br> " if where.startswith("top") else f" <br>{name}"
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode="lines+text",
        text=text,
        textposition=where,
        textfont={"color": colour},
        line={"color": colour, "width": 2.5, "dash": dash},
        hovertemplate=f"{name}<br>{hover}<extra></extra>",
        cliponaxis=False,
        **place,
    )


def dots(figure: go.Figure, x: Sequence[float], y: Sequence[float], colour: str, symbol: str = "circle", **more: Any):
    """Add markers that stand out from the curves under them."""
    marker = {"color": colour, "size": 10, "symbol": symbol, "line": {"color": colours().paper, "width": 1.5}}
    figure.add_scatter(x=list(x), y=list(y), mode="markers", marker=marker, **{"hoverinfo": "skip"} | more)


def rule(
    figure: go.Figure,
    name: str,
    colour: str,
    *,
    x: float | None = None,
    y: float | None = None,
    where: str = "top right",
) -> None:
    """Add a dashed line across the chart at x or at y, with its name: above the chart, or at an end of the line."""
    line = {"color": colour, "width": 1.5, "dash": "dash"}
    note = {"annotation_text": name, "annotation_font_color": colour}
    if x is not None:
        figure.add_vline(x=x, line=line, annotation_position="top", **note)
        figure.update_layout(margin={"t": 32})
    if y is not None:
        figure.add_hline(y=y, line=line, annotation_position=where, **note)


def stack(figure: go.Figure, row: str, parts: Sequence[tuple[str, float, str]], room: float) -> None:
    """Add a horizontal bar of parts that add up, each a name, a value and a colour; the value is written on it.

    `room` is the length of the axis. A part that is too narrow for its name is named at the end of the bar.
    """
    start, outside = 0.0, []
    for name, value, colour in parts:
        fits = value > 0.18 * room
        figure.add_bar(
            y=[row],
            x=[value],
            base=[start],
            orientation="h",
            marker={"color": faint(colour, 0.3), "line": {"color": colour, "width": 2}},
            text=[f"{name}<br>{value:.3f}" if fits else ""],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": colours().exact},
            hovertemplate=f"{name}: {value:.4f} nats<extra></extra>",
        )
        start += value
        outside += [] if fits else [f"{name}<br>{value:.3f}"]
    if outside:
        figure.add_annotation(
            x=start,
            y=row,
            text="<br>".join(outside),
            showarrow=False,
            xanchor="left",
            xshift=6,
            align="left",
            bgcolor=colours().paper,
        )
    figure.update_layout(barmode="overlay")


def ellipse(centre: Sequence[float], std: Sequence[float], turns: int = 72) -> tuple[list[float], list[float]]:
    """Compute points around an axis-parallel ellipse with half-axes `std`."""
    angles = [2 * math.pi * i / turns for i in range(turns + 1)]
    return tuple([c + s * f(a) for a in angles] for c, s, f in zip(centre, std, (math.cos, math.sin), strict=True))


def draw(figure: go.Figure, key: str, alt: str, **more: Any) -> Any:
    """Show the chart with a button that saves it as a figure; `alt` says in a sentence what it shows.

    plotly.js is fetched when the button is pressed.
    """
    chosen = st.plotly_chart(figure, key=key, alt=alt, config=_CONFIG, **more)
    data = {"assets": web_files.asset_base(), "charts": web_files.plotly_address(), "chart": key, "alt": alt}
    _export(key=f"{key}_files", data=[data | {"colours": [[c["light"], c["dark"]] for c in _ALL]}])
    return chosen


def nats(value: float, decimals: int = 3) -> str:
    """Write a figure in nats."""
    return f"{fixed(value, decimals)} nats"
