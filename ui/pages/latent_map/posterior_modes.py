"""The modes of p(z|x) for one picture: found on the server, once for each picture, and kept."""

from functools import lru_cache
from typing import Any

import numpy as np

from ui.runs.catalogue import Entry
from ui.server.lazy_torch import load_torch

DRAWS = 5_000
SEED = 0


@lru_cache(maxsize=256)
def posterior_modes(entry: Entry, picture: bytes) -> dict[str, Any]:
    """The modes of p(z|x), the largest first, as plain JSON; `picture` is x as the model takes it, uint8 [P].

    Each mode has its `z`, its `share` of p(z|x), how many `searches` ended there, and whether it is the one that the
    encoder `knows`: the mean of q is within KNOWN_WITHIN standard deviations of it. `single` is the share at modes that
    at most one search found: where it is large, there are probably more.

    Raises ValueError if log p(x, z) is not a number where z was tried.
    """
    load_torch()
    import torch

    from ui.runs.loaded_model import model_of
    from vae_core.estimators.mixture_proposal import KNOWN_WITHIN, LEAST_SHARE, weigh_each

    model = model_of(entry)
    values = np.frombuffer(picture, np.uint8).reshape(1, *entry.run.config.model.image_shape)
    x = torch.from_numpy(values.astype(np.float32) / np.float32(255))
    (found,) = weigh_each(model, x, DRAWS, torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        away = found.deviations_from(model.encode(x).diagonal().mu[0]).tolist()
    known = min(range(len(away)), key=away.__getitem__)
    order = [i for i in found.shares.argsort(descending=True).tolist() if found.shares[i] >= LEAST_SHARE]
    return {
        "modes": [
            {
                "z": found.modes[i].tolist(),
                "share": found.shares[i].item(),
                "searches": int(found.searches[i]),
                "knows": i == known and away[i] <= KNOWN_WITHIN,
            }
            for i in order
        ],
        "searched": int(found.searches.sum()),
        "single": found.single,
    }
