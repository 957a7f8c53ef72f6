"""The loop of the VAE example that PyTorch publishes (github.com/pytorch/examples, vae), written anew.

Its structure: a DataLoader without workers, torchvision's transform of each item from a PIL image to a tensor, binary
cross entropy on sigmoids plus the KL, both summed, Adam, the loss read at each step.
"""

from collections.abc import Iterator

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

from benchmarks.loops import BATCH, LR
from benchmarks.loops.tutorial import Tutorial, loss_of
from vae_core.config import ModelConfig

_LOG_EVERY = 10  # steps


class Pictures(Dataset):
    """Pictures kept as bytes, as torchvision's MNIST keeps them: each becomes a PIL image, then a tensor."""

    def __init__(self, images: Tensor) -> None:
        self.data = images[:, 0].cpu()
        self.targets = torch.zeros(len(images), dtype=torch.int64)
        self.transform = ToTensor()

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture, target = self.data[index], int(self.targets[index])
        return self.transform(Image.fromarray(picture.numpy(), mode="L")), target


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    torch.manual_seed(0)
    loader = DataLoader(Pictures(images), batch_size=BATCH, shuffle=True)
    model = Tutorial(config).to(images.device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    for _ in turns:
        total, lines = 0.0, []
        for step, (x, _) in enumerate(loader):
            x = x.to(images.device)
            optimizer.zero_grad()
            loss = loss_of(model, x)
            loss.backward()
            total += loss.item()
            optimizer.step()
            if step % _LOG_EVERY == 0:
                lines.append(f"{step * len(x)} of {len(images)}: loss {loss.item() / len(x):.6f}")
