"""The known factors of a run's test images, where its data were drawn from such, and how its dimensions stand for them.

Factors have names, values and a place of each image among the values. Three scores, with their errors, say how far each
dimension of z stands for one factor.
"""

import gzip
import math
import time
from functools import lru_cache
from typing import Any

import numpy as np
from safetensors.numpy import save

from ui.runs import assets
from ui.runs.catalogue import Entry
from ui.server.lazy_torch import load_torch
from vae_core.data import Factors
from vae_core.runs.run import read_codes


def factors_of_run(entry: Entry) -> Factors | None:
    """Return the factors of the test images that have a code, None where none are known."""
    try:
        known = assets.test_set(entry.run.config.data.name).factors
    except ValueError:
        return None
    if known is None or len(known.index) < entry.count or max(map(len, known.values)) > 256:
        return None
    return Factors(known.names, known.values, known.index[: entry.count])


def facts(entry: Entry) -> list[dict[str, Any]]:
    """List name and values of each factor, as plain JSON."""
    known = factors_of_run(entry)
    return [{"name": name, "values": list(known.values[k])} for k, name in enumerate(known.names)] if known else []


@lru_cache(maxsize=8)
def packed(entry: Entry) -> bytes:
    """Pack `index`, uint8 [N, F], as a safetensors file, gzip. Raises ValueError where no factors are known."""
    known = factors_of_run(entry)
    if known is None:
        raise ValueError("no factors are known of this model's pictures")
    return gzip.compress(save({"index": np.ascontiguousarray(known.index, dtype=np.uint8)}), 6, mtime=0)


@lru_cache(maxsize=32)
def scores(entry: Entry) -> dict[str, Any]:
    """Compute three scores of the codes' means as plain JSON, each with its standard error, None where there is none.

    `information`, `importance` and `votes` are [D, F], `chance` is the FactorVAE score of one guess.
    Raises ValueError with one sentence where no factors are known, or too few pictures are there.
    """
    load_torch()
    import torch

    from vae_core.latent import disentanglement

    known = factors_of_run(entry)
    if known is None:
        raise ValueError("no factors are known of this model's pictures")
    start = time.perf_counter()
    codes, index = torch.from_numpy(read_codes(entry.run).mu).double(), torch.from_numpy(known.index)
    mig, dci = disentanglement.mig(codes, index), disentanglement.dci(codes, index)
    votes = disentanglement.factor_vae(codes, index)
    errors = disentanglement.standard_error(_numbers, codes, index)
    return {
        "scores": [_with_error(*pair) for pair in zip(_listed(mig, dci, votes), errors.tolist(), strict=True)],
        "chance": votes.chance,
        "information": mig.information.tolist(),
        "importance": dci.importance.tolist(),
        "votes": votes.votes.tolist(),
        "gap": mig.gap.tolist(),
        "predicted": dci.predicted.tolist(),
        "images": len(codes),
        "seconds": time.perf_counter() - start,
    }


def _numbers(codes: Any, index: Any, seed: int) -> Any:
    import torch

    from vae_core.latent import disentanglement as each

    found = _listed(each.mig(codes, index), each.dci(codes, index, seed), each.factor_vae(codes, index, seed))
    return torch.tensor(found, dtype=torch.float64)


def _listed(mig: Any, dci: Any, votes: Any) -> list[float]:
    """List the scores in the order in which the page shows them."""
    return [mig.score, dci.disentanglement, dci.completeness, dci.informativeness, votes.score]


def _with_error(score: float, error: float) -> dict[str, float | None]:
    return {"score": score, "error": error if math.isfinite(error) else None}
