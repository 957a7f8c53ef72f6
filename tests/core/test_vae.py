"""Encoders and decoders: shapes, distributions, batching, and the layer list as their only source."""

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from vae_core.config import ModelConfig
from vae_core.distributions.likelihoods import Bernoulli
from vae_core.models.architectures import layers, parameter_count, tensor_shapes
from vae_core.models.vae import VAE, build


def test_encode_and_decode_return_distributions_of_the_right_shape(model):
    x = pictures(model, 5)
    q = model.encode(x)
    assert q.mu.shape == q.logvar.shape == (5, model.config.latent_dim)
    p = model.decode(q.rsample(generator(), K=3).double())
    assert p.mean.shape == (3, 5, *model.config.image_shape)
    assert p.log_prob(x).shape == (3, 5)
    assert isinstance(p, Bernoulli) == (model.config.likelihood == "bernoulli")


def test_the_mean_of_each_picture_is_what_the_decoder_makes_of_its_code_between_0_and_1(model):
    z = torch.randn((3, 5, model.config.latent_dim), generator=generator(), dtype=torch.float64)
    logits = model.decoder(z.flatten(0, 1)).reshape(3, 5, *model.config.image_shape)
    torch.testing.assert_close(model.decode(z).mean, 1 / (1 + (-logits).exp()))


def test_a_batch_is_decoded_as_its_members_are(model):
    z = torch.randn((4, model.config.latent_dim), generator=generator(), dtype=torch.float64)
    one_by_one = torch.stack([model.decode(row).mean for row in z])
    torch.testing.assert_close(model.decode(z).mean, one_by_one)


def test_log_prob_of_a_batch_is_that_of_each_picture(model):
    x = pictures(model, 4)
    p = model.decode(model.encode(x).mu)
    each = [model.decode(model.encode(x[i : i + 1]).mu).log_prob(x[i : i + 1]) for i in range(4)]
    torch.testing.assert_close(p.log_prob(x), torch.cat(each))


def test_tensor_names_and_shapes_follow_the_layer_list(model):
    assert {name: tuple(t.shape) for name, t in model.state_dict().items()} == tensor_shapes(model.config)
    assert parameter_count(model.config) == sum(
        tensor.numel() for name, tensor in model.state_dict().items() if name != "log_sigma"
    )


def test_a_decoder_mirrors_its_encoder():
    config = ModelConfig((3, 16, 16), latent_dim=5, arch="conv", hidden=(8, 12), sigma=0.1)
    encoder, decoder = (
        [layer["op"] for layer in layers(config, part) if layer["op"] in ("linear", "conv", "conv_transpose")]
        for part in ("encoder", "decoder")
    )
    assert encoder == ["conv", "conv", "linear"]
    assert decoder == ["linear", "conv_transpose", "conv_transpose"]


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_builds_the_same_weights(name):
    first, again, other = (build(SMALL[name], generator(seed)).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


def test_fresh_layers_keep_the_variance_of_what_they_are_given():
    config = ModelConfig((1, 32, 32), latent_dim=64, hidden=(512,), activation="tanh", sigma=0.1)
    first = build(config, generator()).encoder[1]
    out = first(torch.randn((2000, 1024), generator=generator(1)))
    assert out.var().item() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("shape", [(2, 1, 4, 5), (1, 4, 4), (2, 3, 4, 4)])
def test_encode_names_the_shape_it_expects(shape):
    with pytest.raises(ValueError, match=r"expected \[batch, 1, 4, 4\]"):
        VAE(SMALL["mlp bernoulli"]).encode(torch.zeros(shape))


def test_decode_names_the_latent_size_it_expects():
    with pytest.raises(ValueError, match=r"z has the shape \[7, 3\], expected \[..., 2\]"):
        VAE(SMALL["mlp bernoulli"]).decode(torch.zeros(7, 3))


def test_sigma_is_a_parameter_only_when_it_is_learned():
    trainable = {sigma: dict(VAE(ModelConfig((1, 4, 4), sigma=sigma)).named_parameters()) for sigma in ("learned", 0.5)}
    assert "log_sigma" in trainable["learned"]
    assert "log_sigma" not in trainable[0.5]
    assert VAE(ModelConfig((1, 4, 4), sigma=0.5)).log_sigma.exp().item() == pytest.approx(0.5)
