"""Compute the UMAP plane of a run's codes and store it in the run's folder."""

from collections.abc import Callable
from pathlib import Path

from vae_core.runs.run import CODES, open_run, read_codes, sha256
from vae_core.runs.umap_file import StoredPlane, centred, write_plane

MOST_CODES = 30_000  # the neighbours are exact, so time and memory grow with their square


def umap_run(path: Path, seed: int, out: Path, tell: Callable[[float], None] = lambda share: None) -> StoredPlane:
    """Compute UMAP of the codes of the run at `path` and write the plane to `out`.

    Raises ValueError if the run cannot be read, has no more than 2 latent dimensions, too few codes or more than
    MOST_CODES, or if `out` is in no folder.
    """
    found = open_run(path)
    D, codes = found.config.model.latent_dim, read_codes(found)
    if D <= 2:
        raise ValueError(f"the run {path.name} has {D} latent dimensions, expected more than 2: its own plane is exact")
    if len(codes.label) > MOST_CODES:
        raise ValueError(
            f"the run {path.name} has {len(codes.label):,} codes, expected at most {MOST_CODES:,} for UMAP"
        )
    if not out.parent.is_dir():
        raise ValueError(f"{out.parent} is not a folder, expected one for the plane")
    import torch

    from vae_core.latent import projection

    z = torch.from_numpy(codes.mu).float()
    k = projection.neighbours_of(len(z))
    places = projection.umap(z, seed, neighbours=k, tell=tell)
    trusted = projection.trustworthiness(z, places, neighbours=k)
    flat = projection.pca(z).to_plane(z)
    plane = StoredPlane(centred(places.numpy()), seed, trusted, projection.trustworthiness(z, flat, neighbours=k))
    write_plane(out, plane, sha256(path / CODES))
    return plane
