"""Restricted Boltzmann machines: p(v, h) = exp(v'W h + b'v + c'h) / Z on binary units (Smolensky 1986; Hinton 2002).

What is exact here lists the states of the smaller side, so it needs at most 20 units there: 16 hidden ones above 784
pixels will do. Rows are data, units are columns, all numbers are in nats.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from vae_core.families import chain
from vae_core.families.binary_states import MOST_UNITS, states

_ROWS = 1 << 14  # states that are summed at once


@dataclass(frozen=True, eq=False)
class Gradient:
    """Of the mean log-likelihood in W [V, H], b [V] and c [H]; or an estimate of it."""

    W: Tensor
    b: Tensor
    c: Tensor

    def flat(self) -> Tensor:
        """All its numbers in one row."""
        return torch.cat([self.W.flatten(), self.b, self.c])


@dataclass(frozen=True, eq=False)
class RBM:
    """W is [V, H], b is [V], c is [H]. Raises ValueError if the shapes do not fit or a number is not finite."""

    W: Tensor
    b: Tensor
    c: Tensor

    def __post_init__(self) -> None:
        if self.W.ndim != 2 or 0 in self.W.shape or (*self.b.shape, *self.c.shape) != tuple(self.W.shape):
            given = f"W {list(self.W.shape)}, b {list(self.b.shape)} and c {list(self.c.shape)}"
            raise ValueError(f"an RBM got {given}, expected [V, H], [V] and [H] with at least one unit each")
        if not all(part.isfinite().all() for part in (self.W, self.b, self.c)):
            raise ValueError("W, b or c holds numbers that are not finite")

    def hidden_given(self, v: Tensor) -> Tensor:
        """p(h_j = 1 | v), [N, H], of rows v [N, V]."""
        return torch.sigmoid(self.c + v @ self.W)

    def visible_given(self, h: Tensor) -> Tensor:
        """p(v_i = 1 | h), [N, V], of rows h [N, H]."""
        return torch.sigmoid(self.b + h @ self.W.T)

    def log_weight(self, v: Tensor) -> Tensor:
        """log Z + log p(v), nats, [N]: minus the free energy."""
        return v @ self.b + softplus(self.c + v @ self.W).sum(-1)

    def log_partition(self) -> float:
        """log Z, nats, by all states of the smaller side. Raises ValueError if that has more than 20 units."""
        return torch.logsumexp(torch.cat([weights for _, weights in self._smaller_side()]), 0).item()

    def log_prob(self, v: Tensor) -> Tensor:
        """log p(v), nats, [N]. Raises ValueError as `log_partition` does."""
        return self.log_weight(v) - self.log_partition()

    def log_joint(self) -> Tensor:
        """log p(v, h) of all states, [2^V, 2^H]. Raises ValueError if both sides have more than 22 units together."""
        V, H = self.W.shape
        if V + H > MOST_UNITS + 2:
            raise ValueError(f"the joint law of {V} and {H} units has 2^{V + H} entries, expected at most 2^22")
        v, h = (states(units, self.W.dtype) for units in (V, H))
        scores = (v @ self.b)[:, None] + h @ self.c + v @ self.W @ h.T
        return scores - scores.flatten().logsumexp(0)

    def relaxation_time(self) -> float:
        """The sweeps v -> h -> v in which the chain forgets, exactly; see `chain.relaxation_time`.

        Raises ValueError as `log_joint` does.
        """
        return chain.time_of(chain.squared_correlations_of_log(self.log_joint()))

    def gibbs(self, v: Tensor, steps: int, generator: torch.Generator) -> Tensor:
        """`steps` sweeps v -> h -> v of every row, [N, V] of zeros and ones."""
        for _ in range(steps):
            h = torch.bernoulli(self.hidden_given(v), generator=generator)
            v = torch.bernoulli(self.visible_given(h), generator=generator)
        return v

    def scaled(self, factor: float) -> "RBM":
        """All weights and biases times a factor: above 1 the model is sharper, at 0 it is a fair coin for each unit."""
        return RBM(self.W * factor, self.b * factor, self.c * factor)

    def moved(self, gradient: Gradient, rate: float) -> "RBM":
        """One step of gradient ascent."""
        return RBM(self.W + rate * gradient.W, self.b + rate * gradient.b, self.c + rate * gradient.c)

    def exact_gradient(self, data: Tensor) -> Gradient:
        """The gradient of the mean log p(v) over the rows of `data` [N, V]: E_data[v h'] - E_model[v h'].

        Raises ValueError as `log_partition` does.
        """
        log_z = self.log_partition()
        model = None
        for rows, weights in self._smaller_side():
            p = (weights - log_z).exp()
            v, h = (self.visible_given(rows), rows) if self._sums_hidden() else (rows, self.hidden_given(rows))
            part = Gradient((v * p[:, None]).T @ h, p @ v, p @ h)
            model = part if model is None else Gradient(model.W + part.W, model.b + part.b, model.c + part.c)
        return _less(self._of(data), model)

    def expected_divergence_gradient(self, data: Tensor, k: int) -> Gradient:
        """What `divergence_gradient` with k sweeps from the data is on average, by all states: CD-k's bias is exact.

        Raises ValueError if there are more than 12 visible units.
        """
        V = self.W.shape[0]
        if V > 12:
            raise ValueError(f"the states of {V} visible units are too many for their transitions, expected at most 12")
        v = states(V, self.W.dtype)
        sweep = chain.transition(self.log_joint().exp())
        places = (data @ 2.0 ** torch.arange(V - 1, -1, -1, dtype=self.W.dtype)).long()
        law = torch.bincount(places, minlength=2**V).to(self.W.dtype) / len(data)
        for _ in range(k):
            law = law @ sweep
        h = self.hidden_given(v)
        return _less(self._of(data), Gradient((v * law[:, None]).T @ h, law @ v, law @ h))

    def divergence_gradient(
        self, data: Tensor, start: Tensor, k: int, generator: torch.Generator
    ) -> tuple[Gradient, Tensor]:
        """An estimate of the gradient with k sweeps from `start` [M, V], and where these ended, [M, V].

        Started from the data it is contrastive divergence, CD-k (Hinton 2002); from where it ended last, persistent
        contrastive divergence (Tieleman 2008).
        """
        end = self.gibbs(start, k, generator)
        return _less(self._of(data), self._of(end)), end

    def _of(self, v: Tensor) -> Gradient:
        """The mean of v h', v and h over rows, with h at its mean."""
        h = self.hidden_given(v)
        return Gradient(v.T @ h / len(v), v.mean(0), h.mean(0))

    def _sums_hidden(self) -> bool:
        return self.W.shape[1] <= self.W.shape[0]

    def _smaller_side(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The states of the smaller side, some at a time, each with log Z + log p of it."""
        V, H = self.W.shape
        if min(V, H) > MOST_UNITS:
            raise ValueError(
                f"an RBM of {V} and {H} units is too large to be exact, expected at most {MOST_UNITS} on a side"
            )
        for rows in states(min(V, H), self.W.dtype).split(_ROWS):
            if self._sums_hidden():
                yield rows, rows @ self.c + softplus(self.b + rows @ self.W.T).sum(-1)
            else:
                yield rows, self.log_weight(rows)


def _less(one: Gradient, other: Gradient) -> Gradient:
    return Gradient(one.W - other.W, one.b - other.b, one.c - other.c)


def angle(one: Gradient, other: Gradient) -> float:
    """The angle between two gradients in degrees, 0 to 180; 90 where one is zero."""
    a, b = one.flat(), other.flat()
    size = a.norm() * b.norm()
    cosine = (a @ b / size).clamp(-1, 1).item() if size > 0 else 0.0
    return torch.rad2deg(torch.acos(torch.tensor(cosine, dtype=torch.float64))).item()


def initial(visible: int, hidden: int, generator: torch.Generator, scale: float = 0.1) -> RBM:
    """Small normal weights and no biases, float64. Raises ValueError for fewer than one unit on a side."""
    W = scale * torch.randn(visible, hidden, generator=generator, dtype=torch.float64)
    return RBM(W, torch.zeros(visible, dtype=torch.float64), torch.zeros(hidden, dtype=torch.float64))
