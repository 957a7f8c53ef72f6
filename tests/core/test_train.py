"""Training: it climbs, it repeats itself, it sees every image once a pass, and it stops when it must."""

import dataclasses

import pytest
import torch

from tests.core.conftest import generator
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.models import VAE, build
from vae_core.train import Step, Training, TrainingFailed, choose_device, fit


def bars(count: int = 400) -> torch.Tensor:
    """uint8 pictures of one bright column or row among dim noise: simple to learn."""
    rng = generator(5)
    pictures = torch.randint(0, 40, (count, 1, 6, 6), generator=rng, dtype=torch.uint8)
    where = torch.randint(0, 6, (count,), generator=rng)
    for picture, line in zip(pictures, where, strict=True):
        (picture[:, line] if line % 2 else picture[:, :, line]).fill_(255)
    return pictures


def run_config(likelihood: str = "gaussian", binarize: str = "none", **train) -> RunConfig:
    model = ModelConfig((1, 6, 6), hidden=(32,), likelihood=likelihood)
    return RunConfig(model, DataConfig("bars", binarize), TrainConfig(**({"steps": 300, "batch_size": 50} | train)))


def trained(config: RunConfig, seed: int = 0, every: int = 100) -> tuple[VAE, list[Step]]:
    model = build(config.model, generator(seed))
    return model, list(fit(model, bars(), config, generator(seed + 1), every))


@pytest.mark.parametrize(
    ("likelihood", "binarize"), [("gaussian", "none"), ("bernoulli", "dynamic"), ("bernoulli", "threshold")]
)
def test_the_bound_climbs(likelihood, binarize):
    _, steps = trained(run_config(likelihood, binarize))
    assert [record.step for record in steps] == [100, 200, 300]
    assert steps[0].elbo < steps[1].elbo < steps[2].elbo
    assert all(record.elbo == pytest.approx(-record.rate - record.distortion) for record in steps)


def test_the_same_seed_gives_the_same_tensors():
    first, again, other = (trained(run_config(steps=30), seed)[0].state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_how_often_records_come_does_not_change_the_training():
    often, seldom = (trained(run_config(steps=30), every=every)[0].state_dict() for every in (1, 30))
    assert all(torch.equal(often[name], seldom[name]) for name in often)


def test_the_last_record_is_that_of_the_last_step():
    assert [record.step for record in trained(run_config(steps=25), every=10)[1]] == [10, 20, 25]


@pytest.mark.parametrize(("count", "batch"), [(10, 4), (10, 10), (3, 8), (2, 5)])
def test_every_pass_sees_every_image_once(count, batch):
    config = run_config(steps=count, batch_size=batch)  # so many steps are exactly `batch` passes
    training = Training(build(config.model, generator()), bars(count), config, generator())
    indices = [training._next_indices(batch) for _ in range(count)]
    assert all(len(part) == batch for part in indices)
    passes = torch.cat(indices).reshape(batch, count)
    assert all(sorted(one.tolist()) == list(range(count)) for one in passes)


def test_the_learned_sigma_moves_and_a_fixed_one_stays():
    for sigma, moves in (("learned", True), (0.2, False)):
        config = run_config()
        config = dataclasses.replace(config, model=dataclasses.replace(config.model, sigma=sigma))
        model, _ = trained(config)
        assert (abs(model.log_sigma.exp().item() - 0.2) > 0.01) == moves


def test_a_lost_loss_stops_the_run_with_a_reason():
    model = build(run_config().model, generator())
    model.encoder[1].weight.data[0, 0] = float("nan")
    with pytest.raises(TrainingFailed, match=r"no longer a finite number at step \d+: try a smaller learning rate"):
        list(fit(model, bars(), run_config(), generator()))


def test_an_absent_device_is_named():
    with pytest.raises(ValueError, match="device is 'tpu', expected 'auto' or one that this machine has: cpu"):
        choose_device("tpu")
    assert choose_device("cpu").type == "cpu"
