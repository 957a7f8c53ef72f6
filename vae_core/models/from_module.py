"""A PyTorch module with `encode` and `decode` rebuilt as a VAE of ours.

class Mine(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
    def encode(self, x):   # x [B, C, H, W] in [0, 1] -> mean and log-variance of q(z|x), [B, D] each
        return self.model.encode(x.view(-1, 784))
    def decode(self, z):   # z [B, D] -> the mean of p(x|z), [B, C, H, W] or [B, C * H * W]
        return self.model.decode(z)

vae = adopt(Mine(model), (1, 28, 28), likelihood="bernoulli")

`vae_core.tasks.register` makes a run folder of one.
"""

import math

import torch
from torch import Tensor, nn

from vae_core.config import LikelihoodName, ModelConfig, Sigma
from vae_core.layers import ACTIVATIONS, format_layer
from vae_core.models import fx_import
from vae_core.models.vae import VAE

_TOLERANCE = 1e-4  # by which the rebuilt model may differ, in mean, log-variance and picture
_CHECKED, _SEED = 8, 0  # pictures on which it is compared, and their seed


class _Call(nn.Module):
    """A method of a module as a module of its own, so that it can be traced."""

    def __init__(self, model: nn.Module, method: str) -> None:
        super().__init__()
        self.model, self.method = model, method

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        return getattr(self.model, self.method)(x)


def adopt(
    model: nn.Module, image_shape: tuple[int, int, int], *, likelihood: LikelihoodName, sigma: Sigma | None = None
) -> VAE:
    """A VAE that computes what the module does, in layers that the pages and the browser know.

    `encode` takes x, [B, C, H, W] in [0, 1], and gives mean and log-variance of a diagonal q(z|x), [B, D] each; what it
    returns after these two is ignored. `decode` takes z, [B, D], and gives C x H x W numbers for each: the mean of
    p(x|z) if it ends in a sigmoid, and without one the logits of a Bernoulli or the mean of a Gaussian.

    Raises ValueError with one sentence that names what has no counterpart, or when the rebuilt model computes anything
    else than the module.
    """
    model = model.to("cpu", torch.float32).eval()
    with torch.no_grad():
        encoder = _encoder(model, torch.rand(fx_import.BATCH, *image_shape))
        latent_dim = encoder.layers[-1]["out"] // 2
        decoder, squashed = _decoder(model, torch.zeros(fx_import.BATCH, latent_dim), image_shape)
        config = ModelConfig(
            image_shape,
            latent_dim,
            "given",
            likelihood=likelihood,
            sigma=sigma,
            mean="sigmoid" if squashed or likelihood == "bernoulli" else "identity",
            encoder=tuple(map(format_layer, encoder.layers)),
            decoder=tuple(map(format_layer, decoder.layers)),
        )
        vae = VAE(config)
        for part, chain in ((vae.encoder, encoder), (vae.decoder, decoder)):
            for at, (weight, bias) in chain.weights.items():
                part[at].weight.copy_(weight)
                part[at].bias.copy_(bias)
        vae = vae.eval().requires_grad_(False)
        _require_same(model, vae, squashed)
    return vae


def _encoder(model: nn.Module, x: Tensor) -> fx_import.Chain:
    """The layers up to mean and log-variance, which end in one linear layer that gives both."""
    graph = fx_import.trace(_Call(model, "encode"), x)
    found = fx_import.results(graph)
    if len(found) < 2:
        raise ValueError(f"encode gives {len(found)} tensors, expected the mean and the log-variance of q(z|x)")
    mu, logvar = (fx_import.path(node) for node in found[:2])
    shared = 0
    while shared < min(len(mu), len(logvar)) and mu[shared] is logvar[shared]:
        shared += 1
    while shared and fx_import.splits(mu[shared - 1]):
        shared -= 1
    chain = fx_import.chain_of(graph, mu[:shared])
    if any(layer["op"] == "sigmoid" for layer in chain.layers):
        raise ValueError(f"encode has a sigmoid inside, expected one of {', '.join(ACTIVATIONS)}")
    heads = [_head(graph, chain, tail[shared:]) for tail in (mu, logvar)]
    if not chain.weights or any(head is None for head in heads):
        tails = [fx_import.chain_of(graph, tail[shared:]) for tail in (mu, logvar)]
        if all([layer["op"] for layer in tail.layers] == ["flatten", "linear"] for tail in tails):
            chain.add({"op": "flatten"})
        elif not all([layer["op"] for layer in tail.layers] == ["linear"] for tail in tails):
            raise ValueError("mean and log-variance come from more than one layer each, expected one linear layer each")
        heads = [next(iter(tail.weights.values())) for tail in tails]
    else:
        chain.layers.pop()
        del chain.weights[len(chain.layers)]
    weight, bias = (torch.cat([head[n] for head in heads]) for n in (0, 1))
    chain.add({"op": "linear", "in": weight.shape[1], "out": weight.shape[0]}, weight, bias)
    return chain


def _head(
    graph: torch.fx.GraphModule, chain: fx_import.Chain, tail: list[torch.fx.Node]
) -> tuple[Tensor, Tensor] | None:
    """Rows of the last linear layer that a split hands on as mean or log-variance; None where it is no split."""
    if not chain.layers or chain.layers[-1]["op"] != "linear" or not tail:
        return None
    rows = fx_import.columns(graph, tail, chain.layers[-1]["out"])
    if rows is None:
        return None
    weight, bias = chain.weights[len(chain.layers) - 1]
    return weight[rows], bias[rows]


def _decoder(model: nn.Module, z: Tensor, image_shape: tuple[int, ...]) -> tuple[fx_import.Chain, bool]:
    """The layers from z to one number a pixel, and whether a sigmoid followed them."""
    graph = fx_import.trace(_Call(model, "decode"), z)
    found = fx_import.results(graph)
    if not found:
        raise ValueError("decode gives no tensor, expected the mean of p(x|z)")
    chain = fx_import.chain_of(graph, fx_import.path(found[0]))
    places = [at for at, layer in enumerate(chain.layers) if layer["op"] == "sigmoid"]
    squashed = bool(places)
    if squashed and all(layer["op"] in ("flatten", "reshape") for layer in chain.layers[places[-1] + 1 :]):
        del chain.layers[places.pop()]
    if places:
        raise ValueError("decode has a sigmoid inside, expected one at its end or none")
    made = found[0].meta["tensor_meta"].shape[1:]
    if math.prod(made) != math.prod(image_shape):
        raise ValueError(f"decode gives {list(made)} for one z, expected {list(image_shape)}")
    if tuple(made) != tuple(image_shape):
        chain.add({"op": "reshape", "shape": list(image_shape)})
    return chain, squashed


def _require_same(model: nn.Module, vae: VAE, squashed: bool) -> None:
    """Raises ValueError unless both models compute the same of the same random pictures and codes."""
    rng = torch.Generator().manual_seed(_SEED)
    x = torch.rand(_CHECKED, *vae.event_shape, generator=rng)
    z = torch.randn(_CHECKED, vae.latent_dim, generator=rng)
    mu, logvar = model.encode(x)[:2]
    mean = model.decode(z)
    mean = (mean[0] if isinstance(mean, tuple | list) else mean).reshape(_CHECKED, *vae.event_shape)
    if not squashed and vae.config.mean == "sigmoid":
        mean = mean.sigmoid()
    q, p = vae.encode(x), vae.decode(z)
    pairs = {"mean of q": (mu, q.mu), "log-variance of q": (logvar, q.logvar), "mean of p(x|z)": (mean, p.mean)}
    for what, (theirs, ours) in pairs.items():
        error = (theirs - ours).abs().max().item()
        if not error <= _TOLERANCE * max(1.0, theirs.abs().max().item()):
            raise ValueError(
                f"the {what} of the rebuilt model differs by {error:.2g}: it does something that is not seen"
            )
