"""Adam against its algorithm and against torch's."""

import torch

from tests.core.conftest import generator
from vae_core.training.adam import Adam


def test_the_first_step_moves_every_weight_by_the_step_size_against_its_gradient():
    weight = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    weight.grad = torch.tensor([2.0, -0.001, 500.0], dtype=torch.float64)
    Adam([weight], lr=0.01).step()
    torch.testing.assert_close(weight.data, torch.tensor([-0.01, 0.01, -0.01]).double(), atol=1e-6, rtol=0)


def test_many_steps_are_those_of_torch():
    ours, theirs = ([torch.nn.Parameter(torch.ones(4, 3)), torch.nn.Parameter(torch.ones(5))] for _ in range(2))
    first, second = Adam(ours, lr=0.02), torch.optim.Adam(theirs, lr=0.02, fused=True)
    rng = generator()
    for _ in range(20):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=rng)
            b.grad = a.grad.clone()
        first.step()
        second.step()
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
