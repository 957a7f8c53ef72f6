"""Strangers' modules become models of ours that compute the same: the PyTorch example, pythae, convolutions."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core import data
from vae_core.models.from_module import adopt
from vae_core.runs.checkpoint import load
from vae_core.runs.run import open_run, read_codes
from vae_core.tasks.register import register
from vae_core.training_process.cost_model import operations_per_image

SHAPE = (1, 8, 8)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)  # torch's own layers take the global one


class PytorchExample(nn.Module):
    """The layers of `VAE` in github.com/pytorch/examples/blob/main/vae/main.py, for pictures of 8 x 8."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(64, 40), nn.Linear(40, 3), nn.Linear(40, 3)
        self.fc3, self.fc4 = nn.Linear(3, 40), nn.Linear(40, 64)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))


class ExampleAdapter(nn.Module):
    """As docs/own-models.md shows it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.model.encode(x.view(-1, 64))

    def decode(self, z: Tensor) -> Tensor:
        return self.model.decode(z)


class ModelOutput(OrderedDict):
    """What pythae's networks return: their tensors by name."""

    def __getattr__(self, name: str) -> Tensor:
        return self[name]


class PythaeEncoder(nn.Module):
    """The layers of `Encoder_VAE_MLP` in pythae.models.nn.default_architectures."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Sequential(nn.Linear(64, 51), nn.ReLU())])
        self.embedding, self.log_var = nn.Linear(51, latent_dim), nn.Linear(51, latent_dim)

    def forward(self, x: Tensor) -> ModelOutput:
        out = x.reshape(-1, np.prod(SHAPE))
        for layer in self.layers:
            out = layer(out)
        return ModelOutput(embedding=self.embedding(out), log_covariance=self.log_var(out))


class PythaeDecoder(nn.Module):
    """The layers of `Decoder_AE_MLP`."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        layers = [nn.Sequential(nn.Linear(latent_dim, 51), nn.ReLU()), nn.Sequential(nn.Linear(51, 64), nn.Sigmoid())]
        self.layers = nn.ModuleList(layers)

    def forward(self, z: Tensor) -> ModelOutput:
        out = z
        for layer in self.layers:
            out = layer(out)
        return ModelOutput(reconstruction=out.reshape((z.shape[0], *SHAPE)))


class PythaeModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = PythaeEncoder(2), PythaeDecoder(2)


class PythaeAdapter(nn.Module):
    """As docs/own-models.md shows it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        q = self.model.encoder(x)
        return q.embedding, q.log_covariance

    def decode(self, z: Tensor) -> Tensor:
        return self.model.decoder(z).reconstruction


class Convolutions(nn.Module):
    """Batch norms, a padded transposed convolution, one layer whose halves are mean and log-variance."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = nn.Sequential(
            nn.Conv2d(1, 6, 3, 2, 1, bias=False),
            nn.BatchNorm2d(6),
            nn.SiLU(),
            nn.Dropout(0.3),
            nn.Flatten(),
            nn.Linear(96, 8),
        )
        self.made = nn.Sequential(
            nn.Linear(4, 96), nn.BatchNorm1d(96), nn.ELU(), nn.Unflatten(1, (6, 4, 4)),
            nn.ConvTranspose2d(6, 5, 3, 2, 1, output_padding=1), nn.BatchNorm2d(5), nn.Tanh(), nn.Conv2d(5, 1, 5, 1, 2),
        )  # fmt: skip
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.running_mean)
                nn.init.uniform_(module.running_var, 0.5, 2)
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logvar, mu = self.seen(x).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        return self.made(z)


class TwoFlattenings(Convolutions):
    """Each head flattens for itself, as pythae's convolutional networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList([nn.Linear(96, 4), nn.Linear(96, 4)])

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.seen[2](self.seen[1](self.seen[0](x)))
        return self.heads[0](seen.reshape(x.shape[0], -1)), self.heads[1](seen.reshape(x.shape[0], -1))


class Slices(nn.Module):
    """A linear model whose outputs are cut by slices."""

    def __init__(self) -> None:
        super().__init__()
        self.seen, self.made = nn.Linear(64, 4), nn.Linear(2, 64)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.seen(torch.flatten(x, 1))
        return h[:, :2], h[:, 2:]

    def decode(self, z: Tensor) -> Tensor:
        return self.made(z).view(z.size(0), *SHAPE)


MODELS = {
    "the PyTorch example": (lambda: ExampleAdapter(PytorchExample()), "bernoulli", None, "sigmoid"),
    "pythae": (lambda: PythaeAdapter(PythaeModel()), "gaussian", 0.5, "sigmoid"),
    "convolutions": (Convolutions, "bernoulli", None, "sigmoid"),
    "convolutions without a sigmoid": (Convolutions, "gaussian", 1.0, "identity"),
    "two flattenings": (TwoFlattenings, "gaussian", 1.0, "identity"),
    "slices": (Slices, "gaussian", 1.0, "identity"),
}


@pytest.mark.parametrize("name", MODELS)
def test_an_adopted_model_computes_the_same(name: str) -> None:
    make, likelihood, sigma, mean = MODELS[name]
    model = make().eval()
    vae = adopt(model, SHAPE, likelihood=likelihood, sigma=sigma)
    x, z = torch.rand(5, *SHAPE), torch.randn(5, vae.latent_dim)
    mu, logvar = model.encode(x)
    made = model.decode(z).reshape(5, *SHAPE)
    squash = likelihood == "bernoulli" and name.startswith("convolutions")
    torch.testing.assert_close(vae.encode(x).mu, mu, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(vae.encode(x).logvar, logvar, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(vae.decode(z).mean, made.sigmoid() if squash else made, atol=1e-5, rtol=1e-5)
    assert vae.config.mean == mean
    assert operations_per_image(vae.config) > 0


def test_layers_are_stored_in_words() -> None:
    vae = adopt(ExampleAdapter(PytorchExample()), SHAPE, likelihood="bernoulli")
    assert vae.config.encoder == ("flatten", "linear 64 40", "relu", "linear 40 6")
    assert vae.config.decoder == ("linear 3 40", "relu", "linear 40 64", "reshape 1 8 8")


def test_a_registered_model_is_a_run_like_any_other(tmp_path: Path) -> None:
    model = PythaeAdapter(PythaeModel()).eval()
    run = register(model, "mine", "digits", likelihood="gaussian", title="Mine", folder=tmp_path)
    described = open_run(run)
    assert (described.card["title"], described.card["fit"]) == ("Mine", "brought from PyTorch")
    vae, test = load(run), data.load("digits", "test")
    x = torch.from_numpy(data.to_float(test.images))
    codes = read_codes(described)
    np.testing.assert_allclose(codes.mu, model.encode(x)[0].detach().numpy(), atol=2e-3)
    train = torch.from_numpy(data.to_float(data.load("digits").images))
    q = vae.encode(train)
    rng = torch.Generator().manual_seed(1)
    error = torch.stack([(vae.decode(q.rsample(rng)).mean - train).square().mean() for _ in range(20)]).mean()
    assert described.card["sigma"] == pytest.approx(error.sqrt().item(), rel=0.01)  # the root mean squared error
    with pytest.raises(ValueError, match="already exists"):
        register(model, "mine", "digits", likelihood="gaussian", folder=tmp_path)


class Broken(nn.Module):
    """A model that does something which our layers do not know."""

    def __init__(self, encode: object = None, decode: object = None) -> None:
        super().__init__()
        self.sound = ExampleAdapter(PytorchExample())
        self.norm, self.leaky = nn.LayerNorm(64), nn.LeakyReLU()
        self._encode, self._decode = encode, decode

    def encode(self, x: Tensor) -> object:
        return self._encode(self, x) if self._encode else self.sound.encode(x)

    def decode(self, z: Tensor) -> object:
        return self._decode(self, z) if self._decode else self.sound.decode(z)


REFUSED = {
    "another layer": (lambda m, x: m.sound.encode(m.norm(x.flatten(1)).view(-1, *SHAPE)), None, "LayerNorm|norm"),
    "another activation": (None, lambda m, z: m.leaky(m.sound.decode(z)), "leaky"),
    "one tensor": (lambda m, x: m.sound.encode(x)[0], None, "gives 1 tensors, expected the mean and the log-variance"),
    "a branch on the data": (lambda m, x: m.sound.encode(x if x.sum() > 0 else -x), None, "cannot be followed"),
    "a standard deviation by exp": (lambda m, x: (m.sound.encode(x)[0], m.sound.encode(x)[1].exp()), None, "exp"),
    "a sum of two": (None, lambda m, z: m.sound.decode(z) + m.sound.decode(-z), "add|neg"),
    "noise": (lambda m, x: m.sound.encode(x + torch.rand_like(x)), None, "add"),
    "a sigmoid inside": (None, lambda m, z: torch.relu(m.sound.decode(z)), "sigmoid inside"),
    "pictures of another size": (None, lambda m, z: m.sound.decode(z)[:, :60], "getitem"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_counterpart_is_named(name: str) -> None:
    encode, decode, words = REFUSED[name]
    with pytest.raises(ValueError, match=words) as caught:
        adopt(Broken(encode, decode), SHAPE, likelihood="bernoulli")
    assert "\n" not in str(caught.value)


class Sneaky(ExampleAdapter):
    """A model whose trace is not what it computes: it counts its calls."""

    calls = 0

    def decode(self, z: Tensor) -> Tensor:
        Sneaky.calls += 1
        return self.model.decode(z) if Sneaky.calls < 2 else self.model.decode(z) * 0.5


def test_a_model_that_does_something_else_than_its_layers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the mean of p\(x\|z\) of the rebuilt model differs by 0\."):
        adopt(Sneaky(PytorchExample()), SHAPE, likelihood="bernoulli")
