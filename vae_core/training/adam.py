"""Adam without bookkeeping: torch's own fused update, called directly."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim.adam import adam

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Adam with constant step size on parameters that all have a gradient at every step (Kingma & Ba 2015, alg. 1).

    The numbers are those of torch.optim.Adam, whose hooks, groups and checks take longer than the update of a small
    model does.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = [torch.zeros((), device=parameter.device) for parameter in self.parameters]

    @torch.inference_mode()
    def step(self) -> None:
        adam(
            self.parameters,
            [parameter.grad for parameter in self.parameters],
            self.means,
            self.squares,
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=_BETA1,
            beta2=_BETA2,
            lr=self.lr,
            weight_decay=0.0,
            eps=_EPSILON,
            maximize=False,
        )
