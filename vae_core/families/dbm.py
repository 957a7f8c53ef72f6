"""Deep Boltzmann machines of two hidden layers: p(v, h, g) = exp(v'W h + h'U g + a'v + b'h + c'g) / Z, binary units.

(Salakhutdinov and Hinton 2009.) Given the middle layer h all other units are independent, so what is exact lists the
states of h alone: at most 20 units. Gibbs sampling has two strokes, h -> (v, g) -> h. Numbers are in nats.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from vae_core.families import chain
from vae_core.families.binary_states import MOST_UNITS, states


@dataclass(frozen=True, eq=False)
class DBM:
    """W is [V, H], U is [H, G], a is [V], b is [H], c is [G].

    Raises ValueError if the shapes do not fit, a number is not finite or H is above 20.
    """

    W: Tensor
    U: Tensor
    a: Tensor
    b: Tensor
    c: Tensor

    def __post_init__(self) -> None:
        V, H, G = (*self.W.shape, self.U.shape[-1]) if self.W.ndim == self.U.ndim == 2 else (0, 0, 0)
        shapes = [tuple(part.shape) for part in (self.U, self.a, self.b, self.c)]
        if min(V, H, G) < 1 or shapes != [(H, G), (V,), (H,), (G,)]:
            given = ", ".join(str(list(part.shape)) for part in (self.W, self.U, self.a, self.b, self.c))
            raise ValueError(f"a DBM got {given}, expected [V, H], [H, G], [V], [H] and [G]")
        if not all(part.isfinite().all() for part in (self.W, self.U, self.a, self.b, self.c)):
            raise ValueError("W, U, a, b or c holds numbers that are not finite")
        if H > MOST_UNITS:
            raise ValueError(f"a DBM with {H} units in its middle layer is too large to be exact, expected at most 20")

    def log_partition(self) -> float:
        """log Z, nats, by all states of the middle layer."""
        return self._middle().logsumexp(0).item()

    def log_prob(self, v: Tensor) -> Tensor:
        """log p(v), nats, [N], of rows v [N, V]."""
        return self._middle_given(v).logsumexp(1) - self.log_partition()

    def log_joint(self) -> Tensor:
        """log p(h; v, g) of all states, [2^H, 2^(V + G)]. Raises ValueError beyond 2^22 entries."""
        V, H = self.W.shape
        if V + H + len(self.c) > MOST_UNITS + 2:
            raise ValueError(f"the joint law of {V}, {H} and {len(self.c)} units has too many entries, expected 2^22")
        outer = states(V + len(self.c), self.W.dtype)
        given = torch.cat([self.a + self._states() @ self.W.T, self.c + self._states() @ self.U], 1)
        on, off = logsigmoid(given), logsigmoid(-given)
        return (self._middle() - self.log_partition())[:, None] + on @ outer.T + off @ (1 - outer).T

    def relaxation_time(self) -> float:
        """The sweeps h -> (v, g) -> h in which the chain forgets, exactly; see `chain.relaxation_time`.

        Raises ValueError as `log_joint` does.
        """
        return chain.time_of(chain.squared_correlations_of_log(self.log_joint()))

    def gibbs(self, h: Tensor, steps: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """`steps` sweeps from rows h [N, H]; the last v [N, V], drawn given the h before, and h after it, [N, H].

        Raises ValueError for fewer than one step.
        """
        if steps < 1:
            raise ValueError(f"a chain got {steps} steps, expected at least 1")
        for _ in range(steps):
            v = torch.bernoulli(torch.sigmoid(self.a + h @ self.W.T), generator=generator)
            g = torch.bernoulli(torch.sigmoid(self.c + h @ self.U), generator=generator)
            h = torch.bernoulli(torch.sigmoid(self.b + v @ self.W + g @ self.U.T), generator=generator)
        return v, h

    def moved(self, gradient: "DBM", rate: float) -> "DBM":
        """One step of gradient ascent; a gradient has the form of a model."""
        parts = ("W", "U", "a", "b", "c")
        return DBM(*(getattr(self, name) + rate * getattr(gradient, name) for name in parts))

    def exact_gradient(self, data: Tensor) -> "DBM":
        """The gradient of the mean log p(v) over the rows of `data` [N, V], in the form of a model."""
        h = self._states()
        g = torch.sigmoid(self.c + h @ self.U)
        given = self._middle_given(data).softmax(1)  # p(h | v), [N, 2^H]
        model = self._middle().softmax(0)  # p(h), [2^H]
        less = given.mean(0) - model
        W = data.T @ (given @ h) / len(data) - (torch.sigmoid(self.a + h @ self.W.T) * model[:, None]).T @ h
        a = data.mean(0) - model @ torch.sigmoid(self.a + h @ self.W.T)
        return DBM(W, (h * less[:, None]).T @ g, a, less @ h, less @ g)

    def _states(self) -> Tensor:
        return states(len(self.b), self.W.dtype)

    def _middle(self) -> Tensor:
        """log Z + log p(h) of all states of the middle layer, [2^H]."""
        h = self._states()
        return h @ self.b + softplus(self.a + h @ self.W.T).sum(1) + softplus(self.c + h @ self.U).sum(1)

    def _middle_given(self, v: Tensor) -> Tensor:
        """log Z + log p(v, h), [N, 2^H]."""
        h = self._states()
        return (v @ self.a)[:, None] + (self.b + v @ self.W) @ h.T + softplus(self.c + h @ self.U).sum(1)


def initial(visible: int, middle: int, top: int, generator: torch.Generator, scale: float = 0.1) -> DBM:
    """Small normal weights and no biases, float64. Raises ValueError as `DBM` does."""
    W, U = (
        scale * torch.randn(*shape, generator=generator, dtype=torch.float64)
        for shape in ((visible, middle), (middle, top))
    )
    return DBM(W, U, *(torch.zeros(units, dtype=torch.float64) for units in (visible, middle, top)))
