"""The loop of the VAE example that PyTorch publishes (github.com/pytorch/examples, vae), written anew.

Its structure: a DataLoader without workers, a transform for each item from a PIL image to a tensor, binary cross
entropy on sigmoids plus the KL, both summed, Adam, the loss read at each step. torchvision has no CPU build beside
the one of torch that is pinned here, so `to_tensor` does what its ToTensor does, operation by operation.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.loops import BATCH, HIDDEN, LATENT, LR, PIXELS

_LOG_EVERY = 10  # steps


class Pictures(Dataset):
    """Pictures kept as bytes; each is made a PIL image and then a tensor when it is asked for."""

    def __init__(self, images: Tensor) -> None:
        self.images = images[:, 0]
        self.targets = torch.zeros(len(images), dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return to_tensor(Image.fromarray(self.images[index].numpy())), int(self.targets[index])


def to_tensor(picture: Image.Image) -> Tensor:
    """A grey PIL image as float [1, H, W] in [0, 1]."""
    values = torch.from_numpy(np.array(picture, np.uint8, copy=True)).view(picture.height, picture.width, 1)
    return values.permute(2, 0, 1).contiguous().to(torch.float32).div(255)


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
