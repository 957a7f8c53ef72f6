"""The first chapter for a model that no plane shows: three estimates of log p(x), the identity, the modes of p(z|x).

The finish line of the race is a second, independent estimate by a proposal made for x, with four things beside it that
say how far to trust it: its standard error, Pareto k, how many searches found each mode, and that both calls agree.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from ui import charts
from ui.number_format import adding, decimals, fixed, many, measured, rounded, share
from ui.pages.latent_map import url as latent_map
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.selected_x import Example, for_people
from ui.pages.where_p_is_large.url import View
from ui.runs.card_text import whole
from ui.runs.model_card import plain
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks
from vae_core.estimators.marginal_likelihood import prior_log_weights
from vae_core.estimators.mixture_proposal import weigh_each
from vae_core.estimators.pareto import khat_threshold, pareto_khat
from vae_core.estimators.running_estimate import FEWEST_EFFECTIVE, Running, running
from vae_core.models.vae import VAE

COUNTS = (100, 1_000, 10_000)  # the n to choose from
N = "large_race_draws"
RUNNERS = {"prior": "The prior", "encoder": "The encoder", "made for x": "The proposal made for x"}
_MOST, _LINE = COUNTS[-1], 20_000  # draws of each runner, and behind the finish line
_LINE_SEED = 2**31  # one more than the largest seed of a link, so that no race has it
_BAND = 1.96  # standard errors
_REACHED = math.log(2)  # nats: at least half of p(x), and at most twice
_CLOSE = 2.5  # nats around the line in the chart of the finish
_NEAR = 3.0  # deviations between the mean of q and a mode that q knows
_DISAGREE = 5.0  # standard errors between two estimates that cannot both be right
_MOST_SINGLE = 0.1  # of the weight at modes that only one search found, before the page warns of it
_SHOWN, _LEAST_SHARE = 6, 1e-3  # modes shown as pictures, and the share of p(z|x) that each has
_APART = 0.085  # of the chart's height between two names
_DASHES = {"prior": "dash", "encoder": "solid", "made for x": "dot"}
_CHUNK = 2_000_000  # pixels decoded at once
_PICTURE = 112  # pixels on the page
_MAP = Path(__file__).resolve().parents[3] / "pages" / "latent_map.py"
_LEAD = """
No plane shows all of this model's z, so log p(x) has to be estimated from draws. **Watch three runners**, with as many
draws each: one takes z from the prior, one from the encoder's q(z|x), one from a proposal made for this x alone, out of
the modes of p(z|x). **Raise n**: who reaches the finish line, and whose k̂ says not to believe it?
"""
_MAY_BE_MORE = " **One more search might well find another mode**, and log p(x) would be higher."
_MODES = """
A mode is a z at which p(z|x) has a top. **Compare the pictures**: each top explains x in its own way. The mean of q is
where the encoder looks, and an encoder that gives one normal can look at one top only.
"""
_MATHS = (
    "All three runners estimate one integral as the mean of n weights; r is p(z), q(z|x) or the proposal made for x.",
    r"$p(x) = \mathbb{E}_{z\sim r}\left[\frac{p(x\mid z)\,p(z)}{r(z)}\right]$",
    "The proposal made for x: uphill on log p(x, z) from many starts, half a deviation or less between two ends being "
    "one mode, then a Student t on each, fitted to the weights of pilot draws (Cappé et al. 2008). The draws that "
    "count come after, so the mean weight has the expectation p(x), and its logarithm lies below log p(x) on average.",
    "Pareto k̂ is the tail of the largest weights. Up to the threshold for n the estimate and its error can be "
    "trusted (Vehtari et al. 2024):",
    r"$\hat k \le \min\left(1 - \frac{1}{\log_{10} n},\; 0.7\right)$",
    "For every q:",
    r"$\log p(x) = \underbrace{\mathbb{E}_q\left[\log p(x\mid z)\right] -"
    r" \operatorname{KL}\left(q\,\|\,p(z)\right)}_{\operatorname{ELBO}}"
    r" + \operatorname{KL}\left(q\,\|\,p(z\mid x)\right)$",
    "From the prior about e to the KL samples are needed and suffice, up to a few nats (Chatterjee and Diaconis 2018):",
    r"$n \approx \exp\,\operatorname{KL}\left(p(z\mid x)\,\|\,p(z)\right)$",
)
_CODE = (
    "estimators.mixture_proposal.weigh_each",
    "estimators.mixture_proposal.WeighedDraws",
    "estimators.modes.find_modes",
    "estimators.pareto.khat_threshold",
    "estimators.running_estimate.running",
)


@dataclass(frozen=True, eq=False)
class _Draws:
    """What one seed draws: the log weights of each runner, nats, [10,000], and what of q the identity needs."""

    log_w: dict[str, Tensor]
    log_px_z: Tensor  # under q, nats, [10,000]
    rate: Tensor  # log q(z|x) - log p(z) under q, nats, [10,000]
    modes: int  # that the search for the proposal found


@dataclass(frozen=True, eq=False)
class _Line:
    """The finish line: log p(x), nats, with its error and its Pareto k, and the modes of p(z|x), the largest first."""

    log_px: float
    error: float
    khat: float | None
    kl: tuple[float, float]  # KL(p(z|x) || p(z)) and its error, nats
    modes: Tensor  # [M, D]
    shares: list[float]
    searches: list[int]
    single: float  # the share at modes that only one search found
    q: Tensor  # the mean of q, [D]
    away: list[float]  # of it from each mode, in deviations

    @property
    def trusted(self) -> bool:
        return self.khat is not None and self.khat <= khat_threshold(_LINE)


@dataclass(frozen=True, eq=False)
class _Runner:
    """One runner after n draws."""

    race: Running
    khat: float | None
    trusted: bool

    @property
    def log_px(self) -> float:
        return self.race.log_px[-1].item()

    @property
    def error(self) -> float | None:
        """None where a few weights decide, and the error is as wrong as the estimate."""
        return self.race.stderr[-1].item() if self.trusted else None


def show(
    chosen: Example, view: View, place: DeltaGenerator, on_count: Callable[[], None], on_again: Callable[[], None]
) -> None:
    """The whole chapter; the controls go to `place`, which stands beside x. Called back when n or the seed change."""
    n = min(view.n, _MOST)
    _controls(place, n, on_count, on_again)
    try:
        line = _line(chosen, chosen.entry.id, chosen.entry.digest, chosen.key)
        draws = _drawn(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed)
        runners = {name: _after(log_w[:n]) for name, log_w in draws.log_w.items()}
    except ValueError as error:
        st.warning(plain(f"This x cannot be raced: {error}. Choose another x, or another model."))
        return
    if not locks.is_hidden("race"):
        _race(chosen, runners, line, draws, n)
    if not locks.is_hidden("identity"):
        _identity(chosen, draws, line)
    if not locks.is_hidden("pictures"):
        _modes(chosen, view, line)
    if not locks.is_hidden("maths"):
        show_folds(_MATHS, _CODE)


def lead() -> None:
    """What to look at, and why."""
    st.markdown(_LEAD)


def _controls(place: DeltaGenerator, n: int, on_count: Callable[[], None], on_again: Callable[[], None]) -> None:
    if locks.is_hidden("race"):
        return
    st.session_state[N] = n
    place.pills(
        "Draws n",
        sorted({*COUNTS, n}),
        format_func=lambda count: f"n = {whole(count)}",
        key=N,
        label_visibility="collapsed",
        required=True,
        disabled=locks.is_locked("race"),
        on_change=on_count,
    )
    place.button(
        "Again",
        key="large_race_again",
        icon=":material/replay:",
        help="The same race with other draws",
        disabled=locks.is_locked("race"),
        on_click=on_again,
    )


@st.cache_resource(max_entries=64, show_spinner="Looking for the modes of p(z|x)")
def _line(_chosen: Example, run: str, digest: str, x: str) -> _Line:
    """The finish line of this x, the same for every race."""
    (found,) = weigh_each(_chosen.model, _chosen.x, _LINE, torch.Generator().manual_seed(_LINE_SEED))
    with torch.no_grad():
        q = _chosen.model.encode(_chosen.x).diagonal().mu[0].double()
    D = len(q)  # of the level that the decoder sees
    away = found.deviations_from(q)
    order = found.shares.argsort(descending=True)
    log_px, error = found.log_px()
    return _Line(
        log_px=log_px,
        error=error,
        khat=_khat(found.log_w),
        kl=found.kl_posterior_prior(),
        modes=found.modes[order, :D],
        shares=found.shares[order].tolist(),
        searches=found.searches[order].tolist(),
        single=found.single,
        q=q,
        away=away[order].tolist(),
    )


@st.cache_resource(max_entries=64, show_spinner="Racing")
def _drawn(_chosen: Example, run: str, digest: str, x: str, seed: int) -> _Draws:
    """All draws of one race; a shorter one is their beginning."""
    model, generator = _chosen.model, torch.Generator().manual_seed(seed)
    with torch.no_grad():
        prior = prior_log_weights(model, _chosen.x, _MOST, generator)[1][:, 0].double()
        z, log_q = model.encode(_chosen.x).draw(generator, _MOST)  # [K, 1, D], [K, 1]
        rate = (log_q - model.prior().log_prob(z))[:, 0].double()
        log_px_z = _log_px_z(model, _chosen.x, z)
    (made,) = weigh_each(model, _chosen.x, _MOST, generator)
    return _Draws(
        {"prior": prior, "encoder": log_px_z - rate, "made for x": made.log_w}, log_px_z, rate, len(made.modes)
    )


def _log_px_z(model: VAE, x: Tensor, z: Tensor) -> Tensor:
    parts = z.split(max(1, _CHUNK // x.numel()))
    return torch.cat([model.decode(part).log_prob(x) for part in parts])[:, 0].double()


def _after(log_w: Tensor) -> _Runner:
    race, khat = running(log_w), _khat(log_w)
    sound = khat is not None and khat <= khat_threshold(len(log_w)) and race.ess[-1].item() >= FEWEST_EFFECTIVE
    return _Runner(race, khat, sound)


def _khat(log_w: Tensor) -> float | None:
    """Pareto k; None where there are too few weights for one."""
    found = pareto_khat(log_w[:, None])
    return found.item() if found is not None and bool(found.isfinite().all()) else None


def _race(chosen: Example, runners: dict[str, _Runner], line: _Line, draws: _Draws, n: int) -> None:
    if line.trusted:
        left, right = st.columns(2)
        with left:
            _draw_whole(runners, line, n)
        with right:
            _draw_finish(runners, line, n)
    else:
        _draw_whole(runners, line, n)
    st.markdown(_arrivals(runners, line, n))
    st.markdown(_table(runners, line, n))
    st.markdown(_what_khat_says(line, draws))
    if line.trusted and (apart := _disagreement(runners["made for x"], line)):
        st.warning(apart)
    st.caption(_conventions(chosen, line, n))


def _conventions(chosen: Example, line: _Line, n: int) -> str:
    found = "log p(x) is not known"
    if line.trusted:
        band = f"± {rounded(_BAND * line.error, line.error)} ({_BAND} standard errors)"
        found = f"log p(x) = {rounded(line.log_px, line.error)} {band}"
    khat = "there is none" if line.khat is None else fixed(line.khat)
    return (
        f"{plain(chosen.convention)} n = {whole(n)} draws of each runner, seed {chosen.seed}. Finish line: {found}, "
        f"from {whole(_LINE)} draws of a second, independent call of the proposal made for x, with the seed 2³¹, which "
        f"no race has; k̂ = {khat}, threshold {khat_threshold(_LINE):.2f}. ESS is the effective sample size. Bands "
        f"around the runners: one standard error, drawn where the ESS is at least {FEWEST_EFFECTIVE}; below, it is not "
        "known. "
        "Grey: half of p(x) to twice."
    )


def _draw_whole(runners: dict[str, _Runner], line: _Line, n: int) -> None:
    """All of the race, from the first draw."""
    figure = charts.figure("draws n", "estimate of log p(x), nats", 300)
    values = torch.cat([runner.race.log_px for runner in runners.values()])
    low, high = values.min().item(), max(values.max().item(), line.log_px if line.trusted else -math.inf)
    room = 0.06 * max(high - low, 1.0)
    _draw_runners(figure, runners, line, n, (low - room, high + room))
    said = f"Running estimates of log p(x) up to n = {whole(n)}. {_in_words(runners, line)}"
    charts.draw(figure, "large_race_whole", said)


def _draw_finish(runners: dict[str, _Runner], line: _Line, n: int) -> None:
    """The last nats before the finish line, where runners that have nearly arrived can be told apart."""
    figure, ink = charts.figure("draws n", "near the finish line, nats", 300), charts.colours().exact
    low, high = line.log_px - _CLOSE, line.log_px + 0.6 * _CLOSE
    figure.add_hrect(line.log_px - _REACHED, line.log_px + _REACHED, fillcolor=charts.faint(ink, 0.06), line_width=0)
    _draw_runners(figure, runners, line, n, (low, high))
    said = f"The last nats around the finish line, up to n = {whole(n)}. {_in_words(runners, line)}"
    charts.draw(figure, "large_race_finish", said)


def _draw_runners(
    figure: go.Figure, runners: dict[str, _Runner], line: _Line, n: int, window: tuple[float, float]
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


def _add(figure: go.Figure, name: str, runner: _Runner, ink: str, window: tuple[float, float]) -> None:
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


def _in_words(runners: dict[str, _Runner], line: _Line) -> str:
    ends = ", ".join(f"{name} {fixed(runner.log_px)}" for name, runner in runners.items())
    finish = f"the finish line is {fixed(line.log_px)}" if line.trusted else "there is no finish line"
    return f"At the end, in nats: {ends}; {finish}."


def _arrivals(runners: dict[str, _Runner], line: _Line, n: int) -> str:
    """Who reached the line, and when to stay."""
    if not line.trusted:
        said = "there is none" if line.khat is None else f"{fixed(line.khat)} is above {khat_threshold(_LINE):.2f}"
        return (
            f"**No finish line.** The k̂ of its {whole(_LINE)} draws ({said}) says that neither this estimate of log "
            "p(x) nor its error can be trusted, so no line is drawn. Choose another x, or a model with fewer latents."
        )
    there, short = [], []
    for name, runner in runners.items():
        off = runner.race.log_px - line.log_px
        outside = (off.abs() > _REACHED).nonzero()[:, 0].tolist()
        if outside and outside[-1] == len(off) - 1:
            away = off[-1].item()
            short.append(f"{_inner(name)} is {abs(away):,.1f} nats {'short' if away < 0 else 'too high'}")
        else:
            first, doubt = outside[-1] + 1 if outside else 0, "" if runner.trusted else " (but doubtful)"
            there.append((first, f"{_inner(name)} from draw {whole(int(runner.race.n[first]))} on{doubt}"))
    arrived = f"Here: {_listed([said for _, said in sorted(there)])}" if there else "Here nobody has"
    rest = f"; after {whole(n)} draws {_listed(short)}" if short else ""
    return f"**Who has reached the line**, to stay between half of p(x) and twice? {arrived}{rest}."


def _inner(name: str) -> str:
    return RUNNERS[name][0].lower() + RUNNERS[name][1:]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _table(runners: dict[str, _Runner], line: _Line, n: int) -> str:
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
        judged = khat if runner.trusted else f"{khat}, **doubtful**"
        columns.append((name, _figure(runner.log_px, runner.error), off, effective, judged))
    rows = [f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True)]
    return "\n".join([rows[0], "|:--|--:|--:|--:|", *rows[1:]])


def _figure(value: float, error: float | None) -> str:
    return f"{fixed(value, 1)}, error unknown" if error is None else measured(value, error)


def _what_khat_says(line: _Line, draws: _Draws) -> str:
    found = _listed([f"{count} ended at mode {i}" for i, count in enumerate(line.searches, 1)])
    modes = "1 mode" if draws.modes == 1 else f"{draws.modes} modes"
    return (
        "k̂ judges the draws that were made. Below its threshold it says nothing of a mode that no draw met; what "
        f"speaks for having met them all is that independent searches agree. Of those behind the finish line {found}; "
        f"modes that only one search found hold {_percent(line.single)} of the weight. The searches behind the third "
        f"runner, from starts of their own, found {modes}.{_MAY_BE_MORE if line.single > _MOST_SINGLE else ''}"
    )


def _disagreement(made: _Runner, line: _Line) -> str:
    if made.error is None:
        return ""
    apart, error = abs(made.log_px - line.log_px), math.hypot(made.error, line.error)
    if apart <= max(_DISAGREE * error, _REACHED / 2):
        return ""
    return (
        f"The third runner and the finish line come from the same method, and lie {fixed(apart)} nats apart where "
        f"their errors allow about {rounded(error, error)}: one of them has missed a mode. Take the higher of both."
    )


def _percent(value: float) -> str:
    return "less than 0.1 %" if 0 < value < _LEAST_SHARE else share(value)


def _identity(chosen: Example, draws: _Draws, line: _Line) -> None:
    """Its terms with their errors, as far as these allow, so that what is shown adds up."""
    st.subheader("The identity")
    left, right = st.columns(2)
    left.markdown(_terms(draws, line))
    kl, error = line.kl
    needs = (
        f"The prior needs about {many(kl, error)} draws for this x: e to the KL(p(z|x) ‖ p(z)), which is "
        f"{measured(kl, error)} nats."
        if line.trusted
        else "How many draws the prior needs cannot be said, as log p(x) is not known."
    )
    right.markdown(
        "The ELBO lies below log p(x) by KL(q ‖ p(z|x)): how wrong q is for this x. **Watch** it change from x to x; "
        f"it is never below zero.\n\n**Why the prior is last.** {needs}"
    )
    st.caption(
        f"± one standard error. E_q and KL(q ‖ p(z)): {whole(_MOST)} draws of q, seed {chosen.seed}; log p(x): the "
        "finish line; KL(q ‖ p(z|x)) is what is left between them, with both errors."
    )


def _terms(draws: _Draws, line: _Line) -> str:
    size = math.sqrt(len(draws.rate))
    expected, rate = draws.log_px_z.mean().item(), draws.rate.mean().item()
    error = {
        "expected": (draws.log_px_z.std() / size).item(),
        "rate": (draws.rate.std() / size).item(),
        "elbo": ((draws.log_px_z - draws.rate).std() / size).item(),
    }
    gap_error = math.hypot(error["elbo"], line.error)
    digits = min(3, decimals(max(*error.values(), gap_error if line.trusted else 0.0)))
    gap = line.log_px - (expected - rate)
    first, second, third = adding((expected, -rate, gap if line.trusted else 0.0), digits)
    rows = [
        ("E_q[log p(x\\|z)]", fixed(first, digits), error["expected"]),
        ("− KL(q ‖ p(z))", fixed(second, digits), error["rate"]),
        ("**= ELBO**", f"**{fixed(first + second, digits)}**", error["elbo"]),
    ]
    if line.trusted:
        rows += [
            ("+ KL(q ‖ p(z\\|x))", fixed(third, digits), gap_error),
            ("**= log p(x)**", f"**{fixed(first + second + third, digits)}**", line.error),
        ]
    lines = [f"| {name} | {value} | ± {rounded(each, each)} |" for name, value, each in rows]
    return "| | nats | error |\n|:--|--:|:--|\n" + "\n".join(lines)


def _modes(chosen: Example, view: View, line: _Line) -> None:
    """x, what q makes of it, and each mode as the picture that it decodes to."""
    st.subheader("The modes of p(z|x)")
    st.markdown(_MODES)
    shown = [i for i, each in enumerate(line.shares) if each >= _LEAST_SHARE][:_SHOWN] or [0]
    z = torch.cat((line.q[None], line.modes[shown])).to(chosen.x.dtype)
    pictures = _decoded(chosen.model, z)
    row = st.container(horizontal=True)
    _picture(row, chosen.x[0], f"x: {chosen.name}", "**x**", plain(chosen.name))
    nearest = min(range(len(line.away)), key=line.away.__getitem__)
    _picture(
        row,
        pictures[0],
        "The decoded mean of q",
        "**mean of q**",
        f"{fixed(line.away[nearest], 1)} deviations from mode {nearest + 1}",
    )
    for i, picture in zip(shown, pictures[1:], strict=True):
        ends = f"found by {line.searches[i]} search{'' if line.searches[i] == 1 else 'es'}"
        here = _picture(
            row, picture, f"Mode {i + 1}, decoded", f"**mode {i + 1}**", f"{_percent(line.shares[i])} of p(z|x), {ends}"
        )
        here.page_link(
            _MAP, label="Open on the map", icon=":material/map:", query_params=_map_link(chosen, view, line, i)
        )
    st.markdown(_what_the_encoder_knows(line))
    left = len(line.shares) - len(shown)
    rest = (
        f" {left} more, with {_percent(sum(line.shares) - sum(line.shares[i] for i in shown))} in all, not shown."
        if left
        else ""
    )
    st.caption(
        "Means of p(x|z). Deviations: the root mean square over the dimensions of (mean of q − mode) / standard "
        f"deviation of p(z|x) at the mode with the other dimensions held; q knows a mode within {_NEAR:g}. Modes and "
        f"shares: the draws behind the finish line.{rest}"
    )


def _decoded(model: VAE, z: Tensor) -> Tensor:
    """Means of p(x|z), [N, D] -> [N, C, H, W]; the second of two levels does not change them."""
    missing = model.latent_dim - z.shape[1]
    with torch.no_grad():
        return model.decode(torch.nn.functional.pad(z, (0, missing))).mean


def _picture(row: DeltaGenerator, picture: Tensor, alt: str, name: str, words: str) -> DeltaGenerator:
    place = row.container(width=_PICTURE + 48, gap="xsmall")
    times = max(1, 2 * _PICTURE // picture.shape[-1])
    place.image(for_people(picture, times), width=_PICTURE, output_format="PNG", alt=alt)
    place.markdown(f"{name}  \n{words}")
    return place


def _map_link(chosen: Example, view: View, line: _Line, mode: int) -> dict[str, str]:
    """The latent map with this x and with z at the mode."""
    x = {"drawing": view.drawing} if view.drawing else {"x": view.x}
    return latent_map.write(chosen.entry.id, "", latent_map.View(z=tuple(line.modes[mode].tolist()), **x))


def _what_the_encoder_knows(line: _Line) -> str:
    modes, near = len(line.shares), [i for i, away in enumerate(line.away) if away <= _NEAR]
    if not near:
        return (
            f"**The encoder knows none of the {modes} modes** that were found: the mean of q is near none of them."
            if modes > 1
            else "**The encoder does not know the one mode** that was found: the mean of q is far from it."
        )
    if modes == 1:
        return "One mode was found, and **the encoder knows it**: the mean of q is near it."
    nearest = min(near, key=line.away.__getitem__)
    return (
        f"**The encoder knows one of {_number(modes)}**: the mean of q is near mode {nearest + 1}, which has "
        f"{_percent(line.shares[nearest])} of p(z|x). Draws of q seldom come to the others, and their k̂ need not tell."
    )


def _number(count: int) -> str:
    words = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[count - 2]
