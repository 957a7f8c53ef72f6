"""Between a run folder and a model in torch."""

from pathlib import Path

import torch
from safetensors.torch import save as serialize

from vae_core.models import VAE
from vae_core.run import WEIGHTS, open_run, read_weights


def load(path: str | Path, device: str | torch.device = "cpu") -> VAE:
    """The trained model of a run folder, in float32, ready to evaluate.

    Raises ValueError with one sentence if the folder is not a readable run.
    """
    run = open_run(path)
    tensors = read_weights(run)
    model = VAE(run.config.model)
    model.load_state_dict({name: torch.from_numpy(tensor).float() for name, tensor in tensors.items()})
    return model.to(device).eval().requires_grad_(False)


def save_weights(model: VAE, folder: Path, half: bool = False) -> None:
    """Write the model's tensors; `half` stores weights and biases in half precision, sigma in full."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if half:
        tensors = {name: tensor if name == "log_sigma" else tensor.half() for name, tensor in tensors.items()}
    (folder / WEIGHTS).write_bytes(serialize(tensors))


def round_to_half(model: VAE) -> None:
    """Round weights and biases to numbers that half precision holds exactly, so that storing them so loses nothing."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name != "log_sigma":
                parameter.copy_(parameter.half())
