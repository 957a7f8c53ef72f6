"""A configuration survives JSON, refuses what it does not know, and says what it expected."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig

models = st.builds(
    ModelConfig,
    image_shape=st.tuples(st.sampled_from([1, 3]), st.just(16), st.just(8)),
    latent_dim=st.integers(1, 64),
    arch=st.sampled_from(["mlp", "conv"]),
    hidden=st.lists(st.integers(1, 512), min_size=1, max_size=3).map(tuple),
    activation=st.sampled_from(["elu", "relu", "silu", "tanh"]),
    likelihood=st.just("gaussian"),
    sigma=st.one_of(st.sampled_from(["optimal", "learned"]), st.floats(1e-3, 10)),
    mean=st.sampled_from(["sigmoid", "identity"]),
)
trainings = st.one_of(
    st.builds(TrainConfig, st.integers(1, 10**6), st.integers(1, 4096), st.floats(1e-6, 1), st.integers(0, 9)),
    st.builds(TrainConfig, objective=st.just("beta"), beta=st.floats(0, 1000), warmup=st.integers(0, 100)),
    st.builds(TrainConfig, objective=st.just("free-bits"), samples=st.integers(1, 9), free_bits=st.floats(0, 2)),
)


@given(models, trainings)
def test_a_configuration_survives_json(model, train):
    config = RunConfig(model, DataConfig("fashion-mnist"), train)
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"latent_dim": 0}, "latent_dim is 0, expected a whole number of at least 1"),
        ({"latent_dim": True}, "latent_dim is True, expected a whole number"),
        ({"arch": "resnet"}, "arch is 'resnet', expected one of mlp, conv"),
        ({"hidden": (3, 0)}, r"hidden is \(3, 0\), expected positive whole numbers"),
        ({"arch": "conv", "hidden": ()}, r"hidden is \(\), expected one or more positive whole numbers"),
        ({"sigma": 0.0}, "sigma is 0.0, expected 'optimal', 'learned' or a number"),
        ({"sigma": float("nan")}, "sigma is nan"),
        ({"likelihood": "bernoulli", "sigma": 0.1}, "a Bernoulli likelihood has no sigma"),
        ({"image_shape": (2, 28, 28)}, "channels is 2, expected 1"),
        ({"posterior": "banana"}, "posterior is 'banana', expected one of diagonal, full, flow"),
        ({"prior": "flat"}, "prior is 'flat', expected one of normal, vamp"),
        ({"likelihood": "bernoulli", "mean": "identity"}, "mean is 'identity', expected 'sigmoid', since a Bernoulli"),
        ({"top_dim": 2, "arch": "conv", "hidden": (8, 8)}, "expected mlp, diagonal and normal with two levels"),
        ({"arch": "conv", "hidden": (8, 8, 8)}, r"image sides is \(28, 28\), expected multiples of 8"),
    ],
)
def test_a_wrong_model_is_one_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        ModelConfig(**({"image_shape": (1, 28, 28)} | change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"lr": -1.0}, "lr is -1.0"),
        ({"batch_size": 1.5}, "batch_size is 1.5"),
        ({"objective": "vae"}, "objective is 'vae', expected one of elbo, beta, free-bits"),
        ({"samples": 0}, "samples is 0, expected a whole number of at least 1"),
        ({"beta": 2.0}, "beta is 2.0, expected 1.0, since the objective elbo does not use it"),
        ({"free_bits": 0.5}, "free_bits is 0.5, expected 0.0, since the objective elbo does not use it"),
        ({"objective": "beta", "beta": -1.0}, "beta is -1.0, expected a number from 0 to 1000"),
        ({"objective": "iwae", "warmup": 5}, "warmup is 5, expected 0, since the objective iwae does not use it"),
        ({"objective": "iwae", "kl": "sampled"}, "kl is 'sampled', expected 'analytic', since the objective iwae"),
        ({"objective": "autoencoder", "samples": 5}, "samples is 5, expected 1, since the objective autoencoder"),
        ({"kl": "exact"}, "kl is 'exact', expected one of analytic, sampled"),
    ],
)
def test_a_wrong_training_is_one_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        TrainConfig(**change)


def test_keys_are_refused_by_name():
    config = RunConfig(ModelConfig((1, 8, 8)), DataConfig("digits"), TrainConfig()).to_json()
    with pytest.raises(ValueError, match="ModelConfig has the unknown key 'latentdim'"):
        RunConfig.from_json(config | {"model": config["model"] | {"latentdim": 2}})
    with pytest.raises(ValueError, match="DataConfig lacks the key 'name'"):
        RunConfig.from_json(config | {"data": {}})
    with pytest.raises(ValueError, match="is a list, expected an object"):
        RunConfig.from_json(config | {"train": []})


def test_grey_values_under_a_bernoulli_are_refused():
    with pytest.raises(ValueError, match="a Bernoulli likelihood needs binary images"):
        RunConfig(ModelConfig((1, 8, 8), likelihood="bernoulli"), DataConfig("digits"), TrainConfig())


@pytest.mark.parametrize(
    ("model", "train", "sentence"),
    [
        ({"posterior": "full"}, {"objective": "free-bits"}, "the objective free-bits is for a diagonal posterior"),
        ({"prior": "vamp"}, {"objective": "beta-tcvae"}, "the objective beta-tcvae is for a diagonal posterior"),
        ({"top_dim": 2}, {"objective": "autoencoder"}, "the objective autoencoder is for a diagonal posterior"),
        ({"sigma": "optimal"}, {"objective": "iwae", "samples": 5}, "expected 'learned' or a number"),
    ],
)
def test_a_model_and_an_objective_that_do_not_fit_are_one_sentence(model, train, sentence):
    with pytest.raises(ValueError, match=sentence):
        RunConfig(ModelConfig((1, 8, 8), **({"sigma": 0.1} | model)), DataConfig("digits"), TrainConfig(**train))


def test_a_configuration_from_before_there_were_objectives_is_the_elbo():
    config = RunConfig(ModelConfig((1, 8, 8)), DataConfig("digits"), TrainConfig()).to_json()
    old = {
        "model": {k: config["model"][k] for k in ("image_shape", "latent_dim", "arch", "hidden", "activation")},
        "data": config["data"],
        "train": {key: config["train"][key] for key in ("steps", "batch_size", "lr", "seed", "device")},
    }
    found = RunConfig.from_json(old)
    assert found.train.objective == "elbo"
    assert found.model.plain
