"""Read and write the UMAP plane of a run, a file beside its codes, without torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from vae_core.io.atomic import write_bytes

UMAP = "umap.safetensors"
REACH = 3.0  # half the side of a plane, in its arbitrary unit: no position is farther from the middle on either axis


@dataclass(frozen=True, eq=False)
class StoredPlane:
    """Positions float32 [N, 2] of a run's codes, and the trustworthiness of the plane, from 0 to 1."""

    places: np.ndarray
    seed: int
    trustworthiness: float
    pca_trustworthiness: float  # of the plane of the first two principal components


def centred(places: np.ndarray) -> np.ndarray:
    """Centre and scale a plane [N, 2] to -REACH..REACH: float32. Raises ValueError if a position is not finite."""
    if not np.isfinite(places).all():
        raise ValueError("a place on the plane is not finite, expected numbers")
    low, high = places.min(0), places.max(0)
    return ((places - (low + high) / 2) * (2 * REACH / max(float((high - low).max()), 1e-12))).astype(np.float32)


def write_plane(path: Path, plane: StoredPlane, codes_sha256: str) -> None:
    """Write a plane to a file: positions in half precision, the rest as metadata."""
    facts = {
        "seed": str(plane.seed),
        "trustworthiness": repr(plane.trustworthiness),
        "pca_trustworthiness": repr(plane.pca_trustworthiness),
        "codes_sha256": codes_sha256,
    }
    write_bytes(path, save({"places": plane.places.astype(np.float16)}, facts))


def read_plane(path: Path, codes_sha256: str, count: int) -> StoredPlane | None:
    """Read the plane in this file; None if the file is missing, damaged, or belongs to other codes."""
    try:
        with safe_open(path, framework="numpy") as file:
            facts, places = file.metadata() or {}, file.get_tensor("places")
        numbers = [float(facts[name]) for name in ("trustworthiness", "pca_trustworthiness")]
        plane = StoredPlane(places.astype(np.float32), int(facts["seed"]), *numbers)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    sound = plane.places.shape == (count, 2) and bool(np.isfinite(plane.places).all())
    return plane if sound and facts.get("codes_sha256") == codes_sha256 else None
