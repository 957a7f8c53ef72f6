"""A masked autoencoder for binary pictures (MADE, Germain et al. 2015): log p(x) as a sum of log conditionals, exact.

Pixels come in an order. A hidden unit of degree m sees the pixels before place m of the order, and the logit of the
pixel at place t uses hidden units of degree at most t, so that it depends on the pixels before it alone. A pixel that
is seen enters as -1 or 1, and as 0 where it is not. There is no z. A model trained on one order knows that order; one
trained on many takes any, each with a likelihood of its own.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu


@dataclass(frozen=True, eq=False)
class MADE:
    """W is [D, H], c is [H], V is [H, D], b is [D]; `order` [D] names the pixel at each place, int64.

    Raises ValueError if the shapes do not fit, a number is not finite or `order` is not one of the pixels.
    """

    W: Tensor
    c: Tensor
    V: Tensor
    b: Tensor
    order: Tensor

    def __post_init__(self) -> None:
        D, H = self.W.shape if self.W.ndim == 2 else (0, 0)
        shapes = [tuple(part.shape) for part in (self.c, self.V, self.b, self.order)]
        if min(D, H) < 1 or shapes != [(H,), (H, D), (D,), (D,)]:
            given = ", ".join(str(list(part.shape)) for part in (self.W, self.c, self.V, self.b, self.order))
            raise ValueError(f"an autoregressive model got {given}, expected [D, H], [H], [H, D], [D] and [D]")
        if not all(part.isfinite().all() for part in (self.W, self.c, self.V, self.b)):
            raise ValueError("W, c, V or b holds numbers that are not finite")
        if self.order.sort().values.tolist() != list(range(D)):
            raise ValueError(f"the order is not one of the pixels 0 to {D - 1}, each once")

    @property
    def pixels(self) -> int:
        """Numbers in x: D."""
        return len(self.b)

    def in_order(self, order: Sequence[int] | Tensor) -> "MADE":
        """The same weights with the pixels in another order. Raises ValueError if it is not one of the pixels."""
        return replace(self, order=torch.as_tensor(order))

    def logits(self, x: Tensor) -> Tensor:
        """The logit of p(x_i = 1 | pixels before i), of rows x [N, D]: [N, D], in the places of the picture."""
        seen, used = self._masks()
        return self.b + relu(self.c + (2 * x - 1) @ (self.W * seen)) @ (self.V * used)

    def conditionals(self, x: Tensor) -> Tensor:
        """p(x_i = 1 | pixels before i), [N, D], in the places of the picture."""
        return torch.sigmoid(self.logits(x))

    def log_conditionals(self, x: Tensor) -> Tensor:
        """log p(x_i | pixels before i), nats, [N, D]: their sum is log p(x)."""
        return -binary_cross_entropy_with_logits(self.logits(x), x, reduction="none")

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x), nats, [N], of rows of zeros and ones [N, D]."""
        return self.log_conditionals(x).sum(-1)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n pictures, pixel by pixel, [n, D] of zeros and ones: D H multiplications each, as many as one `logits`."""
        degrees = _degrees(*self.W.shape)
        x = torch.zeros(n, self.pixels, dtype=self.W.dtype)
        seen = self.c.expand(n, -1).clone()  # what each hidden unit has been given so far
        for t, i in enumerate(self.order.tolist()):
            ready = int((degrees <= t).sum())
            logit = self.b[i] + relu(seen[:, :ready]) @ self.V[:ready, i]
            x[:, i] = torch.bernoulli(torch.sigmoid(logit), generator=generator)
            seen[:, ready:] += (2 * x[:, i, None] - 1) * self.W[i, ready:]
        return x

    def _masks(self) -> tuple[Tensor, Tensor]:
        """Which pixels a hidden unit sees, [D, H], and which units a logit uses, [H, D]."""
        place = torch.empty_like(self.order)
        place[self.order] = torch.arange(self.pixels)
        degrees = _degrees(*self.W.shape)
        return place[:, None] < degrees, degrees[:, None] <= place


def _degrees(D: int, H: int) -> Tensor:
    """The degrees of the hidden units, rising evenly from 1 to D - 1, [H]."""
    return 1 + torch.arange(H) * max(1, D - 1) // H


def log_mean_probability(model: MADE, x: Tensor, orders: Sequence[Tensor]) -> Tensor:
    """log of the mean of p(x) over some orders, nats, [N]: a mixture of models, so again a likelihood."""
    each = torch.stack([model.in_order(order).log_prob(x) for order in orders])
    return each.logsumexp(0) - math.log(len(orders))


def log_prob_of_mean_logits(model: MADE, x: Tensor, orders: Sequence[Tensor]) -> Tensor:
    """What the mean of the logits over some orders would say of x, nats, [N]. It is no likelihood: its sum is not 1."""
    logits = torch.stack([model.in_order(order).logits(x) for order in orders]).mean(0)
    return -binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def initial(pixels: int, hidden: int, generator: torch.Generator) -> MADE:
    """Weights uniform within 1 / sqrt(fan in), no biases, pixels from the first to the last; float32.

    Raises ValueError for fewer than one pixel or hidden unit.
    """
    if min(pixels, hidden) < 1:
        raise ValueError(f"a model has {pixels} pixels and {hidden} hidden units, expected at least 1 of each")
    shapes = ((pixels, hidden), (hidden, pixels))
    W, V = ((2 * torch.rand(*shape, generator=generator) - 1) / math.sqrt(shape[0]) for shape in shapes)
    return MADE(W, torch.zeros(hidden), V, torch.zeros(pixels), torch.arange(pixels))


def draw_order(height: int, width: int, generator: torch.Generator) -> Tensor:
    """An order of the pixels of a picture, [height * width] int64, each kind as often: shuffled, in a random direction,
    or outwards from a random place. A model that has seen shuffled ones alone is lost where a picture comes row by row.
    """
    kind, a, b = torch.rand(3, generator=generator).tolist()
    if kind < 1 / 3:
        return torch.randperm(height * width, generator=generator)
    row, column = (part.flatten() for part in torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij"))
    if kind < 2 / 3:
        return (math.cos(2 * math.pi * a) * row + math.sin(2 * math.pi * a) * column).argsort()
    return ((row - a * (height - 1)) ** 2 + (column - b * (width - 1)) ** 2).argsort(stable=True)


@dataclass(frozen=True)
class Step:
    """A model after `step` updates, with the mean of -log p(x) over the last minibatch, in nats."""

    model: MADE
    step: int
    loss: float


def train(
    model: MADE,
    data: Tensor,
    generator: torch.Generator,
    lr: float = 1e-3,
    batch: int = 100,
    draw_order: Callable[[torch.Generator], Tensor] | None = None,
) -> Iterator[Step]:
    """Maximise log p(x) of rows of zeros and ones [N, D] by Adam, without end; yields each step.

    With `draw_order` each minibatch comes in an order that it draws, so that the model learns to take any such.
    """
    parts = [part.clone().requires_grad_() for part in (model.W, model.c, model.V, model.b)]
    optimizer, step = torch.optim.Adam(parts, lr), 0
    while True:
        for rows in torch.randperm(len(data), generator=generator).split(batch):
            order = draw_order(generator) if draw_order else model.order
            loss = -MADE(*parts, order).log_prob(data[rows]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            yield Step(MADE(*(part.detach().clone() for part in parts), model.order), step, loss.item())
