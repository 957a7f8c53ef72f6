"""What the race for a model that no plane shows draws: the log weights of three runners, and the finish line.

The finish line is a second, independent estimate of log p(x) by a proposal made for x, with four things beside it that
say how far to trust it: its standard error, Pareto k, how many searches found each mode, and that both calls agree.
"""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from ui.pages.where_p_is_large.selected_x import Example
from vae_core.estimators.marginal_likelihood import prior_log_weights
from vae_core.estimators.mixture_proposal import weigh_each
from vae_core.estimators.pareto import khat_threshold, pareto_khat
from vae_core.estimators.running_estimate import FEWEST_EFFECTIVE, Running, running
from vae_core.models.vae import VAE

MOST, LINE = 10_000, 20_000  # draws of each runner, and behind the finish line
_LINE_SEED = 2**31  # one more than the largest seed of a link, so that no race has it
_CHUNK = 2_000_000  # pixels decoded at once


@dataclass(frozen=True, eq=False)
class Draws:
    """What one seed draws: the log weights of each runner, nats, [10,000], and what of q the identity needs."""

    log_w: dict[str, Tensor]
    log_px_z: Tensor  # under q, nats, [10,000]
    rate: Tensor  # log q(z|x) - log p(z) under q, nats, [10,000]
    modes: int  # that the search for the proposal found


@dataclass(frozen=True, eq=False)
class FinishLine:
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
        """Whether its k says that the estimate can be used."""
        return self.khat is not None and self.khat <= khat_threshold(LINE)


@dataclass(frozen=True, eq=False)
class Runner:
    """One runner after n draws."""

    race: Running
    khat: float | None
    trusted: bool

    @property
    def log_px(self) -> float:
        """Return the estimate after all n draws, nats."""
        return self.race.log_px[-1].item()

    @property
    def error(self) -> float | None:
        """None where a few weights decide, and the error is as wrong as the estimate."""
        return self.race.stderr[-1].item() if self.trusted else None


@st.cache_resource(max_entries=64, show_spinner="Looking for the modes of p(z|x)")
def _finish_line(_chosen: Example, run: str, digest: str, x: str) -> FinishLine:
    (found,) = weigh_each(_chosen.model, _chosen.x, LINE, torch.Generator().manual_seed(_LINE_SEED))
    with torch.no_grad():
        q = _chosen.model.encode(_chosen.x).diagonal().mu[0].double()
    D = len(q)  # of the level that the decoder sees
    away = found.deviations_from(q)
    order = found.shares.argsort(descending=True)
    log_px, error = found.log_px()
    return FinishLine(
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


def finish_line(chosen: Example) -> FinishLine:
    """Find the finish line of this x, the same for every race.

    Raises ValueError if log p(x, z) is not a number where the modes were searched for.
    """
    return _finish_line(chosen, chosen.entry.id, chosen.entry.digest, chosen.key)


@st.cache_resource(max_entries=64, show_spinner="Racing")
def _draws(_chosen: Example, run: str, digest: str, x: str, seed: int) -> Draws:
    model, generator = _chosen.model, torch.Generator().manual_seed(seed)
    with torch.no_grad():
        prior = prior_log_weights(model, _chosen.x, MOST, generator)[1][:, 0].double()
        z, log_q = model.encode(_chosen.x).draw(generator, MOST)  # [K, 1, D], [K, 1]
        rate = (log_q - model.prior().log_prob(z))[:, 0].double()
        log_px_z = _log_px_z(model, _chosen.x, z)
    (made,) = weigh_each(model, _chosen.x, MOST, generator)
    return Draws(
        {"prior": prior, "encoder": log_px_z - rate, "made for x": made.log_w}, log_px_z, rate, len(made.modes)
    )


def draws_of(chosen: Example) -> Draws:
    """Make all draws of one race, by the chosen seed; a shorter race is their beginning.

    Raises ValueError as `finish_line` does.
    """
    return _draws(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed)


def _log_px_z(model: VAE, x: Tensor, z: Tensor) -> Tensor:
    parts = z.split(max(1, _CHUNK // x.numel()))
    return torch.cat([model.decode(part).log_prob(x) for part in parts])[:, 0].double()


def after(log_w: Tensor) -> Runner:
    """Judge a runner by the log weights of its first n draws, nats, [n]."""
    race, khat = running(log_w), _khat(log_w)
    sound = khat is not None and khat <= khat_threshold(len(log_w)) and race.ess[-1].item() >= FEWEST_EFFECTIVE
    return Runner(race, khat, sound)


def _khat(log_w: Tensor) -> float | None:
    """Pareto k; None where there are too few weights for one."""
    found = pareto_khat(log_w[:, None])
    return found.item() if found is not None and bool(found.isfinite().all()) else None
