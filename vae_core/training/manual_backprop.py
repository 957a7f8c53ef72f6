"""Gradients written out for models with a diagonal q and the prior N(0, I), on a CPU.

At the sizes of a VAE on small pictures a third of a step's time on a CPU goes into keeping the tape, not into matrix
products. Written out, the step does only what it needs, and convolutions go the faster of two ways. Both give the same
numbers up to rounding, from the same draws.

Convolutions here have kernel 4, stride 2 and padding 1: they halve the sides of a picture, and their adjoints double
them. Pictures are [B, channels, height, width] and lie in memory channels last; a kernel w is [in, out, 4, 4] seen from
the smaller picture: torch's layout for both Conv2d and ConvTranspose2d.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import ModelConfig, TrainConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.likelihoods import Gaussian
from vae_core.models.vae import VAE
from vae_core.objectives import NEGLIGIBLE, BatchMean

_HOW = {"stride": (2, 2), "padding": (1, 1), "dilation": (1, 1), "transposed": False, "output_padding": (0, 0)}


def halve(x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """[B, out, 2h, 2w] -> [B, in, h, w]: the sum of w[:, :, k, l] x[:, :, 2i + k - 1, 2j + l - 1]."""
    return F.conv2d(x, w, bias, stride=2, padding=1)


def double(y: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """[B, in, h, w] -> [B, out, 2h, 2w], the adjoint of `halve`: sum(halve(x, w) * y) = sum(x * double(y, w)).

    Row 2i + r of the result sees y at i + r - 1 and i + r, through the rows 3 - r and 1 - r of the kernel. So all rows
    with the same r come from an ordinary convolution with kernel 2, likewise the columns, and one convolution with four
    times as many channels gives them all (Shi et al. 2016). torch's own transposed convolution is up to three times as
    slow here.
    """
    batch, _, height, width = y.shape
    out = w.shape[1]
    taps = w.flip(2, 3).permute(2, 3, 1, 0).unflatten(1, (2, 2)).unflatten(0, (2, 2))  # [u, r, v, s, out, in]
    taps = taps.permute(1, 3, 4, 0, 2, 5).reshape(4 * out, 2, 2, -1).permute(0, 3, 1, 2)  # [r s out, in, u, v]
    fourfold = F.conv2d(y, taps, None if bias is None else bias.repeat(4), padding=1)
    fourfold = fourfold.permute(0, 2, 3, 1).unflatten(3, (2, 2, out))  # [B, i + r, j + s, r, s, out]
    x = y.new_empty(batch, height, 2, width, 2, out)
    for r, s in itertools.product(range(2), repeat=2):
        x[:, :, r, :, s] = fourfold[:, r : r + height, s : s + width, r, s]
    return x.view(batch, 2 * height, 2 * width, out).permute(0, 3, 1, 2)


def kernel_gradient(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """The derivative of sum(halve(x, w) * y) in w, which is that of sum(x * double(y, w)), shaped as w."""
    want = (False, True, False)
    return torch.ops.aten.convolution_backward(y, x, w, None, *_HOW.values(), 1, want)[1]


# Each activation, in place where it can be, and its derivative times g, from what then stands where it was given.
_DERIVATIVES: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "relu": (torch.relu_, lambda g, y: torch.ops.aten.threshold_backward(g, y, 0)),
    "tanh": (torch.tanh_, torch.ops.aten.tanh_backward),
    "elu": (lambda y: F.elu(y, inplace=True), lambda g, y: torch.ops.aten.elu_backward(g, 1, 1, 1, True, y)),
    "silu": (F.silu, torch.ops.aten.silu_backward),
}


@dataclass(frozen=True)
class Seen:
    """What went into each layer and what came out of it, before the activation or overwritten by it."""

    inputs: list[Tensor]
    outputs: list[Tensor]

    @property
    def out(self) -> Tensor:
        """What comes out of the network, [B, numbers]."""
        return self.outputs[-1].flatten(1)


class Network:
    """Layers with activations between them; their gradients are written into tensors that stay."""

    def __init__(self, part: nn.Sequential, activation: str) -> None:
        for parameter in part.parameters():
            parameter.grad = torch.zeros_like(parameter)
        self._activate, self._derivative = _DERIVATIVES[activation]
        self._layers: list[_Linear | _Convolution] = []
        shape = None  # that is given to numbers in a row
        for module in part:
            if isinstance(module, nn.Unflatten):
                shape = module.unflattened_size
            elif isinstance(module, nn.Linear):
                self._layers.append(_Linear(module))
            elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                self._layers.append(_Convolution(module, shape))

    def forward(self, x: Tensor) -> Seen:
        """All that a pass back needs, of x [B, ...]."""
        seen = Seen([], [])
        for layer in self._layers:
            if seen.outputs:
                x = self._activate(x)
            seen.inputs.append(layer.shaped(x))
            x = layer.forward(seen.inputs[-1])
            seen.outputs.append(x)
        return seen

    def backward(self, seen: Seen, g: Tensor, to_input: bool = True, add: bool = False) -> Tensor:
        """From the derivative in the output, [B, numbers], to the one in the input where it is asked for.

        The gradients of the weights replace what was there, or are added to it.
        """
        g = _alike(g, seen.outputs[-1])
        for k in reversed(range(len(self._layers))):
            self._layers[k].set_gradient(seen.inputs[k], g, add)
            if k > 0:
                before = seen.outputs[k - 1]
                g = self._derivative(_alike(self._layers[k].backward(g), before), before)
        return self._layers[0].backward(g) if to_input else g


class _Linear:
    def __init__(self, module: nn.Linear) -> None:
        self._weight, self._bias = module.weight.detach(), module.bias.detach()
        self._weight_gradient, self._bias_gradient = module.weight.grad, module.bias.grad

    def shaped(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self._weight, self._bias)

    def set_gradient(self, x: Tensor, g: Tensor, add: bool) -> None:
        if add:
            self._weight_gradient.addmm_(g.t(), x)
            self._bias_gradient.add_(g.sum(0))
        else:
            torch.mm(g.t(), x, out=self._weight_gradient)
            torch.sum(g, 0, out=self._bias_gradient)

    def backward(self, g: Tensor) -> Tensor:
        return g @ self._weight


class _Convolution:
    """One that halves its pictures, or doubles them."""

    def __init__(self, module: nn.Conv2d | nn.ConvTranspose2d, shape: tuple[int, ...] | None) -> None:
        self._weight, self._bias = module.weight.detach(), module.bias.detach()
        self._weight_gradient, self._bias_gradient = module.weight.grad, module.bias.grad
        self._shape, self._doubles = shape, isinstance(module, nn.ConvTranspose2d)

    def shaped(self, x: Tensor) -> Tensor:
        x = x.unflatten(1, self._shape) if x.ndim == 2 else x
        return x.contiguous(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        return (double if self._doubles else halve)(x, self._weight, self._bias)

    def set_gradient(self, x: Tensor, g: Tensor, add: bool) -> None:
        if not add:
            self._weight_gradient.zero_()
            self._bias_gradient.zero_()
        large, small = (g, x) if self._doubles else (x, g)
        self._weight_gradient.add_(kernel_gradient(large, small, self._weight))
        self._bias_gradient.add_(g.sum((0, 2, 3)))

    def backward(self, g: Tensor) -> Tensor:
        return (halve if self._doubles else double)(g, self._weight)


def _alike(g: Tensor, y: Tensor) -> Tensor:
    """g in the shape of y, pictures with their channels last."""
    g = g.reshape(y.shape)
    return g if y.ndim == 2 else g.contiguous(memory_format=torch.channels_last)


# p(x|z) of rows, [..., P], of logits or outputs `a`, which may be overwritten: -log p(x|z), [...], and a function from
# weights, [..., 1], to the derivative of their weighted sum in `a`
Likelihood = Callable[[VAE, Tensor, Tensor], tuple[Tensor, Callable[[Tensor | float], Tensor]]]

# x and beta -> loss, rate, distortion, [] each, and the rate by dimension, [D]; the gradients are set
Written = Callable[[Tensor, torch.Generator, float], tuple[Tensor, Tensor, Tensor, Tensor]]

_ROWS = 1000  # pictures decoded at once: what stays in the cache of a core


def supports(config: ModelConfig, train: TrainConfig) -> bool:
    """Whether the gradient of this objective for such a model is written out here."""
    objective = train.objective in ("elbo", "beta", "iwae", "dreg") and train.kl == "analytic"
    sigma = config.sigma != "learned" and (config.sigma != "optimal" or train.samples == 1)
    return objective and config.plain and sigma and config.arch != "given" and config.activation in _DERIVATIVES


def one_sample(model: VAE, train: TrainConfig, batch_mean: BatchMean) -> Written:
    """-E_q log p(x|z) + beta KL with one sample of z (Kingma & Welling 2014, appendix B and section 2.4)."""
    encoder, decoder, likelihood = _parts(model, batch_mean)

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator, beta: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        batch = len(x)
        seen = encoder.forward(x)
        q = DiagonalNormal(*seen.out.chunk(2, dim=-1))
        std = q.std
        eps = torch.randn(std.shape, generator=generator, dtype=std.dtype)
        made = decoder.forward(torch.addcmul(q.mu, std, eps))
        distortions, slope = likelihood(model, made.out, x.flatten(1))
        d_z = decoder.backward(made, slope(1 / batch))  # [B, D]
        excess = std.square() - 1
        rates = (excess - q.logvar).addcmul_(q.mu, q.mu).sum(0).mul_(0.5 / batch)
        d_mu = torch.add(d_z, q.mu, alpha=beta / batch)
        d_logvar = torch.addcmul(excess.mul_(0.5 * beta / batch), d_z * eps, std, value=0.5)
        encoder.backward(seen, torch.cat((d_mu, d_logvar), dim=-1), to_input=False)
        rate, distortion = rates.sum(), distortions.mean()
        return torch.add(distortion, rate, alpha=beta), rate, distortion, rates

    return gradient


def many_samples(model: VAE, train: TrainConfig, batch_mean: BatchMean) -> Written:
    """K samples of z: -E_q log p(x|z) + beta KL by their mean, or minus IWAE's bound, with its gradient or DReG's.

    A few examples at a time with all their samples, so that the pictures stay in the cache. With w~ = w / sum of w the
    loss -log mean w has the slope -w~ in log p(x|z). IWAE: in z it has w~ (that of -log p(x|z) + z), in logvar -1/2,
    since log q(z|x) at z = mu + std eps depends on logvar alone (Burda et al. 2016). DReG holds q's numbers
    fixed in log q: in z it has w~^2 (that of -log p(x|z) + z - eps / std), and no more (Tucker et al. 2019).
    """
    encoder, decoder, likelihood = _parts(model, batch_mean)
    K, objective = train.samples, train.objective

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator, beta: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        batch, together = len(x), max(1, _ROWS // K)
        seen, x = encoder.forward(x), x.flatten(1)
        q = DiagonalNormal(*seen.out.chunk(2, dim=-1))
        std, excess = q.std, q.logvar.exp() - 1
        rates = (excess - q.logvar).addcmul_(q.mu, q.mu).sum(0).mul_(0.5 / batch)
        rate = rates.sum()
        eps = torch.randn((K, *std.shape), generator=generator, dtype=std.dtype)
        d_mu, d_logvar = torch.empty_like(std), torch.empty_like(std)
        distortion, loss = torch.zeros_like(rate), torch.zeros_like(rate)
        for start in range(0, batch, together):
            rows = slice(start, start + together)
            e, s = eps[:, rows], std[rows]  # [K, b, D]
            z = torch.addcmul(q.mu[rows], s, e)
            made = decoder.forward(z.flatten(0, 1))
            distortions, slope = likelihood(model, made.out.view(K, -1, x.shape[1]), x[rows])  # [K, b]
            distortion += distortions.sum()
            share = 1 / K
            if objective in ("iwae", "dreg"):
                log_w = (e.square() - z.square() + q.logvar[rows]).sum(-1).mul_(0.5).sub_(distortions)
                loss += math.log(K) * len(s) - torch.logsumexp(log_w, 0).sum()
                share = F.threshold(log_w.softmax(0), NEGLIGIBLE, 0.0)[..., None]  # w~, [K, b, 1]
            d_z = decoder.backward(made, slope(share / batch).flatten(0, 1), add=start > 0).view_as(z)
            if objective == "iwae":
                d_z += z * (share / batch)
            if objective == "dreg":
                d_z = (d_z + (z - e / s) * (share / batch)) * share
            d_mu[rows] = d_z.sum(0)
            d_logvar[rows] = (d_z * e).sum(0) * s * 0.5
        distortion /= K * batch
        if objective == "iwae":
            d_logvar -= 0.5 / batch
        if objective in ("elbo", "beta"):
            d_mu.add_(q.mu, alpha=beta / batch)
            d_logvar.add_(excess, alpha=0.5 * beta / batch)
            loss = torch.add(distortion, rate, alpha=beta)
        else:
            loss /= batch
        encoder.backward(seen, torch.cat((d_mu, d_logvar), dim=-1), to_input=False)
        return loss, rate, distortion, rates

    return gradient


def _parts(model: VAE, batch_mean: BatchMean) -> tuple[Network, Network, Likelihood]:
    encoder, decoder = (Network(part, model.config.activation) for part in (model.encoder, model.decoder))
    return encoder, decoder, _bernoulli if model.log_sigma is None else partial(_gaussian, batch_mean)


def _bernoulli(_: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Callable[[Tensor | float], Tensor]]:
    """In the logits `a` the derivative is mean - x."""
    distortion = F.softplus(a).sum(-1).sub_(torch.linalg.vecdot(x, a))
    return distortion, lambda weight: a.sigmoid_().sub_(x).mul_(weight)


def _gaussian(
    batch_mean: BatchMean, model: VAE, a: Tensor, x: Tensor
) -> tuple[Tensor, Callable[[Tensor | float], Tensor]]:
    """In the outputs `a` the derivative is (mean - x) / sigma^2 times the mean's; an optimal sigma is set first."""
    squashed = model.config.mean == "sigmoid"
    mean = a.sigmoid() if squashed else a
    error = mean - x
    squared_error = torch.linalg.vecdot(error, error)
    p = Gaussian(a.unflatten(-1, model.event_shape), model.log_sigma)
    if model.config.sigma == "optimal":
        model.log_sigma.copy_(p.best_log_sigma(batch_mean(squared_error)))

    def slope(weight: Tensor | float) -> Tensor:
        if squashed:
            error.mul_(torch.addcmul(mean, mean, mean, value=-1))
        return error.mul_(torch.exp(-2 * model.log_sigma) * weight)

    return -p.log_prob_of_squared_error(squared_error), slope
