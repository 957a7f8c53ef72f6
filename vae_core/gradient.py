"""The gradient of -ELBO in every weight, by torch's tape or, for perceptrons on a CPU, written out.

At the sizes of a VAE on small pictures a third of a step's time on a CPU goes into keeping the tape, not into matrix
products. Written out, the step does only what it needs. Both give the same numbers up to rounding, from the same draws.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.gaussian import DiagonalNormal
from vae_core.likelihoods import Gaussian
from vae_core.models import VAE
from vae_core.objectives import training_elbo

# x [B, C, H, W] in the support -> rate and distortion, nats, [B] each; every parameter's gradient of their mean is set
Gradient = Callable[[Tensor, torch.Generator], tuple[Tensor, Tensor]]

# Each activation, in place, and its derivative times g, both from its result y.
_ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "relu": (torch.relu_, lambda g, y: torch.ops.aten.threshold_backward(g, y, 0)),
    "tanh": (torch.tanh_, torch.ops.aten.tanh_backward),
    "elu": (lambda y: F.elu(y, inplace=True), lambda g, y: torch.ops.aten.elu_backward(g, 1, 1, 1, True, y)),
}


def gradient_of(model: VAE) -> Gradient:
    """The faster of the two for this model, where it is."""
    config, device = model.config, next(model.parameters()).device
    written = config.arch == "mlp" and config.activation in _ACTIVATIONS and config.sigma != "learned"
    return written_out(model) if written and device.type == "cpu" else by_tape(model)


def by_tape(model: VAE) -> Gradient:
    """The gradient of any model, by automatic differentiation."""
    parameters = list(model.parameters())
    device = parameters[0].device.type
    # bfloat16 pays on a GPU's tensor cores; on a CPU without them it is many times slower.
    mixed_precision = torch.autocast(device, torch.bfloat16, enabled=device == "cuda")

    def gradient(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        with mixed_precision:
            terms = training_elbo(model, x, generator)
            loss = terms.rate.mean() + terms.distortion.mean()
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        return terms.rate.detach(), terms.distortion.detach()

    return gradient


def written_out(model: VAE) -> Gradient:
    """The gradient of a model of two perceptrons, with no tape (Kingma & Welling 2014, appendix B and section 2.4)."""
    encoder, decoder = (_Perceptron(part, model.config.activation) for part in (model.encoder, model.decoder))
    likelihood = _bernoulli if model.log_sigma is None else _gaussian

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        batch = len(x)
        seen = encoder.forward(x.flatten(1))
        q = DiagonalNormal(*seen[-1].chunk(2, dim=-1))
        std = q.std
        eps = torch.randn(std.shape, generator=generator, dtype=std.dtype)
        made = decoder.forward(torch.addcmul(q.mu, std, eps))
        distortion, d_a = likelihood(model, made[-1], x)
        d_z = decoder.backward(made, d_a)  # [B, D]
        excess = std.square() - 1
        rate = (excess - q.logvar).addcmul_(q.mu, q.mu).sum(-1).mul_(0.5)
        d_mu = torch.add(d_z, q.mu, alpha=1 / batch)
        d_logvar = torch.addcmul(excess.mul_(0.5 / batch), d_z * eps, std, value=0.5)
        encoder.backward(seen, torch.cat((d_mu, d_logvar), dim=-1), to_input=False)
        return rate, distortion

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
        self.activate, self.derivative = _ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> list[Tensor]:
        """What goes into each layer, [B, in], and at the end what comes out, [B, out]."""
        seen = [x]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            if len(seen) > 1:
                self.activate(seen[-1])
            seen.append(F.linear(seen[-1], weight, bias))
        return seen

    def backward(self, seen: list[Tensor], g: Tensor, to_input: bool = True) -> Tensor:
        """From the derivative in the output, [B, out], to the one in the input, [B, in], where it is asked for."""
        for k in reversed(range(len(self.weights))):
            weight_gradient, bias_gradient = self.gradients[k]
            torch.mm(g.t(), seen[k], out=weight_gradient)
            torch.sum(g, 0, out=bias_gradient)
            if k > 0:
                g = self.derivative(g @ self.weights[k], seen[k])
        return g @ self.weights[0] if to_input else g


def _bernoulli(_: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """-log p(x|z), [B], and the derivative of its mean in the logits `a`, [B, pixels]: mean - x. Overwrites `a`."""
    x = x.flatten(1)
    distortion = F.softplus(a).sum(-1).sub_(torch.linalg.vecdot(x, a))
    return distortion, a.sigmoid_().sub_(x).mul_(1 / len(x))


def _gaussian(model: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """-log p(x|z), [B], and the derivative of its mean in `a`, [B, pixels]; an optimal sigma follows the batch."""
    mean = a.sigmoid()
    error = mean - x.flatten(1)
    squared_error = torch.linalg.vecdot(error, error)
    p = Gaussian(a.view_as(x), model.log_sigma)
    if model.config.sigma == "optimal":
        model.log_sigma.copy_(p.best_log_sigma(squared_error.mean()))
    slope = torch.addcmul(mean, mean, mean, value=-1)  # of the sigmoid
    d_a = error.mul_(slope).mul_(torch.exp(-2 * model.log_sigma) / len(x))
    return -p.log_prob_of_squared_error(squared_error), d_a
