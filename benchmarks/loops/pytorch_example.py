"""The loop of the VAE example that PyTorch publishes (github.com/pytorch/examples, vae), written anew.

Its structure: a DataLoader without workers, torchvision's transform of each item from a PIL image to a tensor, binary
cross entropy on sigmoids plus the KL, both summed, Adam, the loss read at each step.
"""

import sys
from collections.abc import Callable
from types import ModuleType

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.loops import BATCH, HIDDEN, LATENT, LR, PIXELS

# The compiled part of the published torchvision does not load beside a CPU build of torch. Its transforms are plain
# Python and need none of it; only this module, which describes its compiled operators, cannot be imported without.
sys.modules["torchvision._meta_registrations"] = ModuleType("_meta_registrations")
from torchvision.transforms import ToTensor  # noqa: E402

_LOG_EVERY = 10  # steps


class Pictures(Dataset):
    """Pictures kept as bytes, as torchvision's MNIST keeps them: each becomes a PIL image, then a tensor."""

    def __init__(self, images: Tensor) -> None:
        self.data = images[:, 0]
        self.targets = torch.zeros(len(images), dtype=torch.int64)
        self.transform = ToTensor()

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture, target = self.data[index], int(self.targets[index])
        return self.transform(Image.fromarray(picture.numpy(), mode="L")), target


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(PIXELS, HIDDEN)
        self.mu = nn.Linear(HIDDEN, LATENT)
        self.logvar = nn.Linear(HIDDEN, LATENT)
        self.back = nn.Linear(LATENT, HIDDEN)
        self.out = nn.Linear(HIDDEN, PIXELS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x.view(-1, PIXELS)))
        mu, logvar = self.mu(h), self.logvar(h)
        std = torch.exp(0.5 * logvar)
        z = mu + torch.randn_like(std) * std
        return torch.sigmoid(self.out(F.relu(self.back(z)))), mu, logvar


def loss_of(mean: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """-ELBO, summed over the minibatch."""
    distortion = F.binary_cross_entropy(mean, x.view(-1, PIXELS), reduction="sum")
    return distortion - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def prepare(images: Tensor) -> Callable[[], None]:
    """A turn is an epoch over `images`, uint8 [N, 1, 28, 28]."""
    torch.manual_seed(0)
    loader = DataLoader(Pictures(images), batch_size=BATCH, shuffle=True)
    model = Model().train()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)

    def turn() -> None:
        total, lines = 0.0, []
        for step, (x, _) in enumerate(loader):
            optimizer.zero_grad()
            loss = loss_of(*_arguments(model, x))
            loss.backward()
            total += loss.item()
            optimizer.step()
            if step % _LOG_EVERY == 0:
                lines.append(f"{step * len(x)} of {len(images)}: loss {loss.item() / len(x):.6f}")

    return turn


def _arguments(model: Model, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    mean, mu, logvar = model(x)
    return mean, x, mu, logvar
