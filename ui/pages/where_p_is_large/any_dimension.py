"""The first chapter for a model that no plane shows: three estimates of log p(x), the identity, the modes of p(z|x)."""

import math
from collections.abc import Callable

import streamlit as st

from ui.number_format import adding, decimals, fixed, many, measured, rounded
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.posterior_modes import show_modes
from ui.pages.where_p_is_large.race_display import show_race
from ui.pages.where_p_is_large.race_estimates import MOST, Draws, FinishLine, after, draws_of, finish_line
from ui.pages.where_p_is_large.selected_x import Example
from ui.pages.where_p_is_large.url import View
from ui.runs.card_text import whole
from ui.runs.model_card import plain
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks

COUNTS = (100, 1_000, 10_000)  # the n to choose from
N = "large_race_draws"
_LEAD = """
No plane shows all of this model's z, so we estimate log p(x) from draws. **Watch three runners** with n draws each. The
first draws z from the prior, the second from the encoder's q(z|x). The third uses a proposal made only for this x, from
the modes of p(z|x). **Raise n**: who reaches the finish line? And whose k̂ says that you cannot trust the estimate?
"""
_MATHS = (
    "All three runners estimate one integral as the mean of n weights; r is p(z), q(z|x) or the proposal made for x.",
    r"$p(x) = \mathbb{E}_{z\sim r}\left[\frac{p(x\mid z)\,p(z)}{r(z)}\right]$",
    "The proposal made for x: many searches go uphill on log p(x, z). Two ends that are half a standard deviation or "
    "less apart count as one mode. Each mode gets a Student t, fitted to the weights of pilot draws (Cappé et al. "
    "2008). The estimate uses only new draws. So the mean weight has the expectation p(x), and its logarithm is below "
    "log p(x) on average.",
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


def show(
    chosen: Example, view: View, place: DeltaGenerator, on_count: Callable[[], None], on_again: Callable[[], None]
) -> None:
    """The whole chapter; the controls go to `place`, which stands beside x. Called back when n or the seed change."""
    n = min(view.n, MOST)
    _controls(place, n, on_count, on_again)
    try:
        line = finish_line(chosen)
        draws = draws_of(chosen)
        runners = {name: after(log_w[:n]) for name, log_w in draws.log_w.items()}
    except ValueError as error:
        st.warning(plain(f"This x cannot be raced: {error}. Choose another x, or another model."))
        return
    if not locks.is_hidden("race"):
        show_race(chosen, runners, line, draws, n)
    if not locks.is_hidden("identity"):
        with st.container(key="large_race_identity"):
            _identity(chosen, draws, line)
    if not locks.is_hidden("pictures"):
        with st.container(key="large_race_modes"):
            show_modes(chosen, view, line)
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


def _identity(chosen: Example, draws: Draws, line: FinishLine) -> None:
    """Its terms with their errors, as far as these allow, so that what is shown adds up."""
    st.header("The identity")
    left, right = st.columns(2)
    left.markdown(_terms(draws, line))
    kl, error = line.kl
    needs = (
        f"The prior needs about {many(kl, error)} draws for this x: e to the KL(p(z|x) ‖ p(z)), which is "
        f"{measured(kl, error)} nats."
        if line.trusted
        else "We cannot say how many draws the prior needs, because log p(x) is not known."
    )
    right.markdown(
        "The ELBO lies below log p(x) by KL(q ‖ p(z|x)): how wrong q is for this x. **Watch** it change from x to x; "
        f"it is never below zero.\n\n**Why the prior is last.** {needs}"
    )
    st.caption(
        f"± one standard error. E_q and KL(q ‖ p(z)): {whole(MOST)} draws of q, seed {chosen.seed}; log p(x): the "
        "finish line; KL(q ‖ p(z|x)) is what is left between them, with both errors."
    )


def _terms(draws: Draws, line: FinishLine) -> str:
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
