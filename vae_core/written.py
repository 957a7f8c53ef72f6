"""Gradients written out for models of two perceptrons with a diagonal q and the prior N(0, I), on a CPU.

At the sizes of a VAE on small pictures a third of a step's time on a CPU goes into keeping the tape, not into matrix
products. Written out, the step does only what it needs. Both give the same numbers up to rounding, from the same draws.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import ModelConfig, TrainConfig
from vae_core.distributed import batch_mean
from vae_core.gaussian import DiagonalNormal
from vae_core.iwae import NEGLIGIBLE
from vae_core.likelihoods import Gaussian
from vae_core.models import VAE

# p(x|z) of rows, [..., P], of logits or outputs `a`, which may be overwritten: -log p(x|z), [...], and a function from
# weights, [..., 1], to the derivative of their weighted sum in `a`
Likelihood = Callable[[VAE, Tensor, Tensor], tuple[Tensor, Callable[[Tensor | float], Tensor]]]

# x and beta -> loss, rate, distortion, [] each, and the rate by dimension, [D]; the gradients are set
Written = Callable[[Tensor, torch.Generator, float], tuple[Tensor, Tensor, Tensor, Tensor]]

_ROWS = 1000  # pictures decoded at once: what stays in the cache of a core

# Each activation, in place, and its derivative times g, both from its result y.
_ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "relu": (torch.relu_, lambda g, y: torch.ops.aten.threshold_backward(g, y, 0)),
    "tanh": (torch.tanh_, torch.ops.aten.tanh_backward),
    "elu": (lambda y: F.elu(y, inplace=True), lambda g, y: torch.ops.aten.elu_backward(g, 1, 1, 1, True, y)),
}


def knows(config: ModelConfig, train: TrainConfig) -> bool:
    """Whether the gradient of this objective for such a model is written out here."""
    perceptrons = config.arch == "mlp" and (config.activation in _ACTIVATIONS or not config.hidden)
    objective = train.objective in ("elbo", "beta", "iwae", "dreg") and train.kl == "analytic"
    sigma = config.sigma != "learned" and (config.sigma != "optimal" or train.samples == 1)
    return perceptrons and objective and config.plain and sigma


def one_sample(model: VAE, train: TrainConfig) -> Written:
    """-E_q log p(x|z) + beta KL with one sample of z (Kingma & Welling 2014, appendix B and section 2.4)."""
    encoder, decoder, likelihood = _parts(model)

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator, beta: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = x.flatten(1)
        batch = len(x)
        seen = encoder.forward(x)
        q = DiagonalNormal(*seen[-1].chunk(2, dim=-1))
        std = q.std
        eps = torch.randn(std.shape, generator=generator, dtype=std.dtype)
        made = decoder.forward(torch.addcmul(q.mu, std, eps))
        distortions, slope = likelihood(model, made[-1], x)
        d_z = decoder.backward(made, slope(1 / batch))  # [B, D]
        excess = std.square() - 1
        rates = (excess - q.logvar).addcmul_(q.mu, q.mu).sum(0).mul_(0.5 / batch)
        d_mu = torch.add(d_z, q.mu, alpha=beta / batch)
        d_logvar = torch.addcmul(excess.mul_(0.5 * beta / batch), d_z * eps, std, value=0.5)
        encoder.backward(seen, torch.cat((d_mu, d_logvar), dim=-1), to_input=False)
        rate, distortion = rates.sum(), distortions.mean()
        return torch.add(distortion, rate, alpha=beta), rate, distortion, rates

    return gradient


def many_samples(model: VAE, train: TrainConfig) -> Written:
    """K samples of z: -E_q log p(x|z) + beta KL by their mean, or minus IWAE's bound, with its gradient or DReG's.

    A few examples at a time with all their samples, so that the pictures stay in the cache. With w~ = w / sum of w the
    loss -log mean w has the slope -w~ in log p(x|z). IWAE: in z it has w~ (that of -log p(x|z) + z), in logvar -1/2,
    since log q(z|x) at z = mu + std eps depends on logvar alone (Burda et al. 2016). DReG holds q's numbers
    fixed in log q: in z it has w~^2 (that of -log p(x|z) + z - eps / std), and no more (Tucker et al. 2019).
    """
    encoder, decoder, likelihood = _parts(model)
    K, objective = train.samples, train.objective

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator, beta: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = x.flatten(1)
        batch, together = len(x), max(1, _ROWS // K)
        seen = encoder.forward(x)
        q = DiagonalNormal(*seen[-1].chunk(2, dim=-1))
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
            distortions, slope = likelihood(model, made[-1].view(K, -1, x.shape[1]), x[rows])  # [K, b]
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


class _Perceptron:
    """Linear layers with activations between them; their gradients are written into tensors that stay."""

    def __init__(self, part: nn.Sequential, activation: str) -> None:
        layers = [layer for layer in part if isinstance(layer, nn.Linear)]
        for parameter in part.parameters():
            parameter.grad = torch.zeros_like(parameter)
        self.weights = [layer.weight.detach() for layer in layers]
        self.biases = [layer.bias.detach() for layer in layers]
        self.gradients = [(layer.weight.grad, layer.bias.grad) for layer in layers]
        self.activate, self.derivative = _ACTIVATIONS.get(activation, (None, None))

    def forward(self, x: Tensor) -> list[Tensor]:
        """What goes into each layer, [B, in], and at the end what comes out, [B, out]."""
        seen = [x]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            if len(seen) > 1:
                self.activate(seen[-1])
            seen.append(F.linear(seen[-1], weight, bias))
        return seen

    def backward(self, seen: list[Tensor], g: Tensor, to_input: bool = True, add: bool = False) -> Tensor:
        """From the derivative in the output, [B, out], to the one in the input, [B, in], where it is asked for.

        The gradients of the weights replace what was there, or are added to it.
        """
        for k in reversed(range(len(self.weights))):
            weight_gradient, bias_gradient = self.gradients[k]
            if add:
                weight_gradient.addmm_(g.t(), seen[k])
                bias_gradient.add_(g.sum(0))
            else:
                torch.mm(g.t(), seen[k], out=weight_gradient)
                torch.sum(g, 0, out=bias_gradient)
            if k > 0:
                g = self.derivative(g @ self.weights[k], seen[k])
        return g @ self.weights[0] if to_input else g


def _parts(model: VAE) -> tuple[_Perceptron, _Perceptron, Likelihood]:
    encoder, decoder = (_Perceptron(part, model.config.activation) for part in (model.encoder, model.decoder))
    return encoder, decoder, _bernoulli if model.log_sigma is None else _gaussian


def _bernoulli(_: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Callable[[Tensor | float], Tensor]]:
    """In the logits `a` the derivative is mean - x."""
    distortion = F.softplus(a).sum(-1).sub_(torch.linalg.vecdot(x, a))
    return distortion, lambda weight: a.sigmoid_().sub_(x).mul_(weight)


def _gaussian(model: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Callable[[Tensor | float], Tensor]]:
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
