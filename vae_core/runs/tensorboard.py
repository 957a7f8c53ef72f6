"""Write metrics as TensorBoard event files, with the package tensorboard, which is optional."""

import importlib.util
from pathlib import Path
from typing import Any

_NAMES = ("loss", "elbo", "rate", "distortion", "active_units", "grad_norm", "lr", "beta", "images_per_second")


def require_tensorboard() -> None:
    """Check that the library is installed. Raises ValueError with one sentence if not."""
    if importlib.util.find_spec("tensorboard") is None:
        raise ValueError("--tensorboard needs the package tensorboard: install it with `pip install tensorboard`")


class Events:
    """The event files of a run folder. Events of steps beyond `step`, written before an interruption, are hidden."""

    def __init__(self, run: Path, step: int) -> None:
        require_tensorboard()
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(run), purge_step=step + 1)

    def add(self, line: dict[str, Any]) -> None:
        """Add the numbers of a line of the metrics: train/..., and test/... where there are any."""
        for split, values in (("train", line), ("test", line.get("test", {}))):
            for name in _NAMES:
                if values.get(name) is not None:
                    self._writer.add_scalar(f"{split}/{name}", values[name], line["step"])
            for j, rate in enumerate(values.get("rate_per_dimension") or ()):
                self._writer.add_scalar(f"{split}_rate_per_dimension/{j:03d}", rate, line["step"])

    def close(self) -> None:
        self._writer.close()
