"""Training: it climbs, it repeats itself, it sees every image once a pass, and it stops when it must."""

import dataclasses
import json
import math

import pytest
import torch

from tests.core.conftest import generator
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.device import choose_device
from vae_core.models.vae import VAE, build
from vae_core.training.optimal_sigma import set_optimal_sigma
from vae_core.training.train import Training, TrainingFailed, TrainRecord, fit


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


def trained(config: RunConfig, seed: int = 0, every: int = 100) -> tuple[VAE, list[TrainRecord]]:
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


@pytest.mark.parametrize("binarize", ["none", "threshold", "dynamic"])
def test_the_optimal_sigma_is_that_of_the_pixels_as_they_are_trained_on(binarize):
    """A decoder that says 0.3 everywhere: sigma^2 is the mean of (x - 0.3)^2, with x drawn where draws binarise it."""
    model, grey = build(run_config().model, generator()).requires_grad_(False), bars(2000).double() / 255
    model.decoder[-2].weight.zero_()
    model.decoder[-2].bias.fill_(math.log(0.3 / 0.7))
    set_optimal_sigma(model, bars(2000), binarize, generator())
    white = (bars(2000) >= 128).double() if binarize == "threshold" else grey
    squares = (grey - 0.3).square() if binarize == "none" else white * 0.7**2 + (1 - white) * 0.3**2
    assert model.log_sigma.exp().item() == pytest.approx(squares.mean().sqrt().item(), rel=5e-3)


def test_a_lost_loss_stops_the_run_with_a_reason():
    model = build(run_config().model, generator())
    model.encoder[1].weight.data[0, 0] = float("nan")
    with pytest.raises(TrainingFailed, match=r"no longer a finite number at step \d+: try a smaller learning rate"):
        list(fit(model, bars(), run_config(), generator()))


def test_an_absent_device_is_named():
    with pytest.raises(ValueError, match="device is 'tpu', expected 'auto' or one that this machine has: cpu"):
        choose_device("tpu")
    assert choose_device("cpu").type == "cpu"


STATES = {
    "written out": ({}, {}),
    "by tape, learned sigma": ({"sigma": "learned"}, {}),
    "samples and warm-up": ({"sigma": 0.3}, {"samples": 3, "warmup": 25}),
    "dynamic, vamp prior": ({"likelihood": "bernoulli", "prior": "vamp"}, {}),
    "convolutions": ({"arch": "conv", "hidden": (4,), "likelihood": "bernoulli"}, {}),
}


@pytest.mark.parametrize("kind", STATES)
def test_a_training_that_is_taken_up_between_two_records_goes_on_bit_by_bit(kind):
    model, train = STATES[kind]
    config = RunConfig(
        ModelConfig(**{"image_shape": (1, 6, 6), "hidden": (16,)} | model),
        DataConfig("bars", "dynamic" if "likelihood" in model else "none"),
        TrainConfig(steps=60, batch_size=37, **train),
    )

    def fresh(seed: int) -> Training:
        built = build(config.model, generator(seed)).to(memory_format=torch.channels_last)
        return Training(built, bars(100), config, generator(seed))

    whole, first, second = fresh(3), fresh(3), fresh(4)
    whole.advance(30)
    whole.record()
    whole.advance(60)
    first.advance(30)
    first.record()
    first.advance(41)
    tensors, values = first.state()
    second.model.load_state_dict(first.model.state_dict())
    second.restore({name: tensor.clone() for name, tensor in tensors.items()}, json.loads(json.dumps(values)))
    second.advance(60)
    one, other = (dataclasses.asdict(each.record()) for each in (whole, second))
    for clock in ("seconds", "images_per_second"):
        del one[clock], other[clock]
    assert one == other
    assert all(torch.equal(p, q) for p, q in zip(whole.model.parameters(), second.model.parameters(), strict=True))


def test_a_state_of_another_model_is_refused():
    one, other = (
        Training(build(config.model, generator()), bars(), config, generator())
        for config in (run_config(), run_config("bernoulli", "dynamic"))
    )
    tensors, values = one.state()
    other.restore(tensors, values)  # the same shapes
    with pytest.raises(ValueError, match="does not fit"):
        other.restore({name: tensor[:1] for name, tensor in tensors.items() if tensor.ndim}, values)
    with pytest.raises(ValueError, match="does not fit"):
        other.restore(tensors, {"step": 1})


UNUSABLE = {
    "not a number": (torch.full((9, 1, 6, 6), float("nan")), "are float32 .* expected uint8"),
    "infinite": (torch.full((9, 1, 6, 6), float("inf")), "are float32 .* expected uint8"),
    "unscaled": (bars().float(), r"are float32 \[400, 1, 6, 6\], expected uint8 \[N, C, H, W\] from 0 to 255"),
    "no rows": (bars()[:0], "there are 0 training images, expected at least 2"),
    "one row": (bars()[:1], "there are 1 training images, expected at least 2"),
    "flat": (bars()[:, 0], r"are uint8 \[400, 6, 6\]"),
    "constant": (torch.full((9, 1, 6, 6), 7, dtype=torch.uint8), "all values of the training images are 7"),
    "black": (bars() // 2, "every pixel of the training images is black at the threshold"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_images_are_one_sentence_before_the_first_step(kind):
    images, sentence = UNUSABLE[kind]
    config = run_config("bernoulli", "threshold")
    with pytest.raises(ValueError, match=sentence):
        next(fit(build(config.model, generator()), images, config, generator()))


def test_a_gradient_that_is_not_finite_stops_the_run():
    config = run_config(lr=1.0, steps=50)
    training = Training(build(config.model, generator()), bars(), config, generator())
    training.advance(1)
    next(training.model.parameters()).grad[0, 0] = float("inf")
    with pytest.raises(TrainingFailed, match="the gradient is no longer a finite number at step 1"):
        training.record()
