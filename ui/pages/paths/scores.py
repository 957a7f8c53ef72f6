"""How far each dimension of a run stands for one known factor: three scores with their errors, worked out once."""

import math
import time
from functools import lru_cache
from typing import Any

from ui.pages.paths import factors
from ui.runs.entry import Entry
from ui.server.lazy_torch import load_torch
from vae_core.runs.run import read_codes


@lru_cache(maxsize=32)
def scores(entry: Entry) -> dict[str, Any]:
    """Three scores of the codes' means as plain JSON: each number with its standard error, None where there is none.

    `information`, `importance` and `votes` are [D, F], `chance` is the FactorVAE score of one guess.
    Raises ValueError with one sentence where no factors are known, or too few pictures are there.
    """
    load_torch()
    import torch

    from vae_core.latent import disentanglement

    known = factors.factors_of_run(entry)
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
    """In the order in which the page shows them."""
    return [mig.score, dci.disentanglement, dci.completeness, dci.informativeness, votes.score]


def _with_error(score: float, error: float) -> dict[str, float | None]:
    return {"score": score, "error": error if math.isfinite(error) else None}
