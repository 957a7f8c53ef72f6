"""Whether an ONNX graph gives the numbers of torch: compared on the same inputs before anybody gets the file."""

from dataclasses import dataclass

import numpy as np
import torch
from onnx import ModelProto
from onnx.reference import ReferenceEvaluator

from vae_core.checkpoint import load
from vae_core.run import Run

PICTURES, SEED = 8, 0
MOST = 1e-4  # of a difference, relative to the largest number of torch where that is above 1


@dataclass(frozen=True)
class Difference:
    """The largest absolute difference from torch of each output, over `inputs` pictures and codes drawn by `seed`."""

    mu: float
    logvar: float
    a: float
    mean: float
    inputs: int = PICTURES
    seed: int = SEED

    @property
    def largest(self) -> float:
        return max(self.mu, self.logvar, self.a, self.mean)


def compare(run: Run, encoder: ModelProto, decoder: ModelProto) -> Difference:
    """Run both graphs by ONNX's own reference evaluator and by torch.

    x are uniform on [0, 1], or 0 and 1 for a Bernoulli, and z are draws from the prior. Raises ValueError if an output
    differs by more than MOST.
    """
    model, rng = load(run.path), np.random.default_rng(SEED)
    x = rng.random((PICTURES, *model.event_shape), np.float32)
    x = np.round(x) if run.config.model.likelihood == "bernoulli" else x
    z = rng.standard_normal((PICTURES, model.latent_dim), np.float32)
    with torch.no_grad():
        q, p = model.encode(torch.from_numpy(x)), model.decode(torch.from_numpy(z))
    a = p.logits if run.config.model.likelihood == "bernoulli" else p.a
    expected = {"mu": q.mu, "logvar": q.logvar, "a": a, "mean": p.mean}
    found = dict(zip(("mu", "logvar"), ReferenceEvaluator(encoder).run(["mu", "logvar"], {"x": x}), strict=True))
    found |= dict(zip(("a", "mean"), ReferenceEvaluator(decoder).run(["a", "mean"], {"z": z}), strict=True))
    differences = {name: float(np.abs(found[name] - expected[name].numpy()).max()) for name in expected}
    for name, difference in differences.items():
        if not difference <= MOST * max(1.0, float(expected[name].abs().max())):
            raise ValueError(f"the output {name} of the ONNX graph differs from torch by {difference:.2g}")
    return Difference(**differences)
