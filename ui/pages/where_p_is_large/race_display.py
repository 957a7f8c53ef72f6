"""The race for a model that no plane shows: charts, who has reached the finish line, and what k says of it."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st
import torch

from ui import charts
from ui.number_format import fixed, measured, rounded
from ui.pages.where_p_is_large.posterior_modes import percent
from ui.pages.where_p_is_large.race_estimates import LINE, Draws, FinishLine, Runner
from ui.pages.where_p_is_large.selected_x import Example
from ui.runs.card_text import whole
from ui.runs.model_card import plain
from vae_core.estimators.pareto import khat_threshold
from vae_core.estimators.running_estimate import FEWEST_EFFECTIVE

RUNNERS = {"prior": "The prior", "encoder": "The encoder", "made for x": "The proposal made for x"}
_BAND = 1.96  # standard errors
_REACHED = math.log(2)  # nats: at least half of p(x), and at most twice
_CLOSE = 2.5  # nats around the line in the chart of the finish
_DISAGREE = 5.0  # standard errors between two estimates that cannot both be right
_MOST_SINGLE = 0.1  # of the weight at modes that only one search found, before the page warns of it
_APART = 0.085  # of the chart's height between two names
_DASHES = {"prior": "dash", "encoder": "solid", "made for x": "dot"}
_MAY_BE_MORE = " **Another search may find one more mode**, and then log p(x) would be higher."


def show_race(chosen: Example, runners: dict[str, Runner], line: FinishLine, draws: Draws, n: int) -> None:
    """Draw the charts, who has reached the finish line, the table, and what k says."""
    if line.trusted:
        left, right = st.columns(2)
        with left:
            _draw_whole(runners, line, n)
        with right:
            _draw_finish(runners, line, n)
    else:
        _draw_whole(runners, line, n)
    st.container(key="large_race_arrivals").markdown(_arrivals(runners, line, n))
    st.container(key="large_race_table").markdown(_table(runners, line, n))
    st.markdown(_what_khat_says(line, draws))
    if line.trusted and (apart := _disagreement(runners["made for x"], line)):
        st.warning(apart)
    st.caption(_conventions(chosen, line, n))


def _conventions(chosen: Example, line: FinishLine, n: int) -> str:
    found = "log p(x) is not known"
    if line.trusted:
        band = f"± {rounded(_BAND * line.error, line.error)} ({_BAND} standard errors)"
        found = f"log p(x) = {rounded(line.log_px, line.error)} {band}"
    khat = "there is none" if line.khat is None else fixed(line.khat)
    return (
        f"{plain(chosen.convention)} n = {whole(n)} draws of each runner, seed {chosen.seed}. Finish line: {found}, "
        f"from {whole(LINE)} draws of a second, independent call of the proposal made for x, with the seed 2³¹, which "
        f"no race has; k̂ = {khat}, threshold {khat_threshold(LINE):.2f}. ESS is the effective sample size. Bands "
        f"around the runners: one standard error, drawn where the ESS is at least {FEWEST_EFFECTIVE}; below, it is not "
        "known. "
        "Grey: half of p(x) to twice."
    )


def _draw_whole(runners: dict[str, Runner], line: FinishLine, n: int) -> None:
    """All of the race, from the first draw."""
    figure = charts.figure("draws n", "estimate of log p(x), nats", 300)
    values = torch.cat([runner.race.log_px for runner in runners.values()])
    low, high = values.min().item(), max(values.max().item(), line.log_px if line.trusted else -math.inf)
    room = 0.06 * max(high - low, 1.0)
    _draw_runners(figure, runners, line, n, (low - room, high + room))
    said = f"Running estimates of log p(x) up to n = {whole(n)}. {_in_words(runners, line)}"
    charts.draw(figure, "large_race_whole", said)


def _draw_finish(runners: dict[str, Runner], line: FinishLine, n: int) -> None:
    """The last nats before the finish line, where runners that have nearly arrived can be told apart."""
    figure, ink = charts.figure("draws n", "near the finish line, nats", 300), charts.colours().exact
    low, high = line.log_px - _CLOSE, line.log_px + 0.6 * _CLOSE
    figure.add_hrect(line.log_px - _REACHED, line.log_px + _REACHED, fillcolor=charts.faint(ink, 0.06), line_width=0)
    _draw_runners(figure, runners, line, n, (low, high))
    said = f"The last nats around the finish line, up to n = {whole(n)}. {_in_words(runners, line)}"
    charts.draw(figure, "large_race_finish", said)


def _draw_runners(
    figure: go.Figure, runners: dict[str, Runner], line: FinishLine, n: int, window: tuple[float, float]
) -> None:
    """The runners within a window of log p(x), and the finish line if there is one, each named at its right end."""
    colour = charts.colours()
    inks = {"prior": colour.prior, "encoder": colour.encoder, "made for x": colour.mixture}
    for name, runner in runners.items():
        _add(figure, name, runner, inks[name], window)
    ends = [(runner.log_px, name, inks[name]) for name, runner in runners.items()]
    if line.trusted:
        half = _BAND * line.error
        figure.add_hrect(
            line.log_px - half, line.log_px + half, fillcolor=charts.faint(colour.exact, 0.25), line_width=0
        )
        charts.rule(figure, "", colour.exact, y=line.log_px)
        ends.append((line.log_px, "finish line", colour.exact))
    _name_ends(figure, ends, window)
    figure.update_traces(mode="lines", text=None, cliponaxis=True)
    figure.update_xaxes(type="log", dtick=1, tickformat=",d", range=[-0.05, math.log10(max(n, 2)) + 0.02])
    figure.update_yaxes(range=list(window))


def _add(figure: go.Figure, name: str, runner: Runner, ink: str, window: tuple[float, float]) -> None:
    """One runner with its band, where its error is known from there on."""
    race = runner.race
    few = (race.ess < FEWEST_EFFECTIVE).nonzero()[:, 0]
    known = torch.arange(len(race.n)) > (few[-1] if len(few) else -1)
    low, high = (torch.where(known, edge, race.log_px).clamp(*window).tolist() for edge in (race.low, race.high))
    n, log_px, hover = race.n.tolist(), race.log_px.tolist(), "n = %{x}: %{y:.2f} nats"
    charts.curve(figure, n, log_px, name, ink, dash=_DASHES[name], band=(low, high), hover=hover)


def _name_ends(figure: go.Figure, ends: list[tuple[float, str, str]], window: tuple[float, float]) -> None:
    """Names to the right of the chart, at the ends of the lines, moved apart; an arrow where an end is outside."""
    low, high = window
    places = [min(1.0, max(0.0, (end - low) / (high - low))) for end, _, _ in sorted(ends, reverse=True)]
    for i in range(1, len(places)):
        places[i] = min(places[i], places[i - 1] - _APART)
    for i in range(len(places) - 1, -1, -1):
        places[i] = max(places[i], _APART * (len(places) - 1 - i))
    for place, (end, name, ink) in zip(places, sorted(ends, reverse=True), strict=True):
        arrow = " ↓" if end < low else " ↑" if end > high else ""
        figure.add_annotation(
            xref="x domain",
            yref="y domain",
            x=1,
            y=place,
            text=f"{name}{arrow}",
            showarrow=False,
            xanchor="left",
            yanchor="middle",
            xshift=4,
            font={"color": ink},
        )
    figure.update_layout(margin={"r": 84})


def _in_words(runners: dict[str, Runner], line: FinishLine) -> str:
    ends = ", ".join(f"{name} {fixed(runner.log_px)}" for name, runner in runners.items())
    finish = f"the finish line is {fixed(line.log_px)}" if line.trusted else "there is no finish line"
    return f"At the end, in nats: {ends}; {finish}."


def _arrivals(runners: dict[str, Runner], line: FinishLine, n: int) -> str:
    """Who reached the line, and when to stay."""
    if not line.trusted:
        said = "there is none" if line.khat is None else f"{fixed(line.khat)} is above {khat_threshold(LINE):.2f}"
        return (
            f"**No finish line.** The k̂ of its {whole(LINE)} draws ({said}) says that neither this estimate of log "
            "p(x) nor its error can be trusted, so no line is drawn. Choose another x, or a model with fewer latents."
        )
    there, short = [], []
    for name, runner in runners.items():
        off = runner.race.log_px - line.log_px
        outside = (off.abs() > _REACHED).nonzero()[:, 0].tolist()
        if outside and outside[-1] == len(off) - 1:
            away = off[-1].item()
            short.append(f"{_inner(name)} is {abs(away):,.1f} nats {'too low' if away < 0 else 'too high'}")
        else:
            first, doubt = outside[-1] + 1 if outside else 0, "" if runner.trusted else " (not reliable)"
            there.append((first, f"{_inner(name)} from draw {whole(int(runner.race.n[first]))} on{doubt}"))
    arrived = f"Here: {_listed([said for _, said in sorted(there)])}" if there else "Nobody so far"
    rest = f"; after {whole(n)} draws {_listed(short)}" if short else ""
    return f"**Who has reached the line**, and then stays between half and twice p(x)? {arrived}{rest}."


def _inner(name: str) -> str:
    return RUNNERS[name][0].lower() + RUNNERS[name][1:]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _table(runners: dict[str, Runner], line: FinishLine, n: int) -> str:
    """A column for each runner, narrow enough for a phone."""
    columns = [
        ("", "log p(x), nats", "− finish line", f"ESS of {whole(n)}", f"k̂, trusted up to {khat_threshold(n):.2f}")
    ]
    for name, runner in runners.items():
        ess, khat = runner.race.ess[-1].item(), "none" if runner.khat is None else fixed(runner.khat)
        off = "unknown"
        if line.trusted:
            error = None if runner.error is None else math.hypot(runner.error, line.error)
            off = _figure(runner.log_px - line.log_px, error)
        effective = f"{ess:,.0f}" if ess >= FEWEST_EFFECTIVE else fixed(ess, 1)
        judged = khat if runner.trusted else f"{khat}, **not reliable**"
        columns.append((name, _figure(runner.log_px, runner.error), off, effective, judged))
    rows = [f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True)]
    return "\n".join([rows[0], "|:--|--:|--:|--:|", *rows[1:]])


def _figure(value: float, error: float | None) -> str:
    return f"{fixed(value, 1)}, error unknown" if error is None else measured(value, error)


def _what_khat_says(line: FinishLine, draws: Draws) -> str:
    found = _listed([f"{count} ended at mode {i}" for i, count in enumerate(line.searches, 1)])
    modes = "1 mode" if draws.modes == 1 else f"{draws.modes} modes"
    return (
        "k̂ judges only the draws that were made. It cannot show a mode that no draw reached. If independent searches "
        f"find the same modes, probably no mode is missing. Of the searches for the finish line {found}. "
        f"Modes that only one search found hold {percent(line.single)} of the weight. The searches for the third "
        f"runner had other starts and found {modes}.{_MAY_BE_MORE if line.single > _MOST_SINGLE else ''}"
    )


def _disagreement(made: Runner, line: FinishLine) -> str:
    if made.error is None:
        return ""
    apart, error = abs(made.log_px - line.log_px), math.hypot(made.error, line.error)
    if apart <= max(_DISAGREE * error, _REACHED / 2):
        return ""
    return (
        f"The third runner and the finish line use the same method, but they differ by {fixed(apart)} nats. The "
        f"standard error of the difference is only {rounded(error, error)}, so one missed a mode. Use the higher value."
    )
