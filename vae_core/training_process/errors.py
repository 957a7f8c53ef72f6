"""Turn the exception that ended a training into one sentence, with advice."""

import errno

import torch

from vae_core.io.disk_space import FULL
from vae_core.training.train import TrainingFailed

_MEMORY = ("can't allocate memory", "out of memory", "not enough memory", "failed to allocate")


def explain(error: BaseException, step: int) -> str:
    """Explain the exception that ended the training at about `step`, in one sentence for the user."""
    if isinstance(error, TrainingFailed):
        return str(error)
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in str(error) for word in _MEMORY):
        return f"out of memory at step {step}: try a smaller batch, fewer samples or a smaller network"
    if isinstance(error, OSError) and error.errno in (*FULL, errno.EFBIG):
        return f"no space left on the disk at step {step}: make room and resume, the last checkpoint stands"
    if isinstance(error, OSError):
        return f"the run folder cannot be written at step {step}: {error.strerror or error}"
    if isinstance(error, ValueError):
        return str(error)
    first = next(iter(str(error).splitlines()), "")
    return f"an unexpected {type(error).__name__} at step {step}: {first}"


def lost_peer(error: BaseException) -> bool:
    """Return whether the exception means that another process of the group was lost."""
    return isinstance(error, torch.distributed.DistError) or "gloo" in str(error).lower()
