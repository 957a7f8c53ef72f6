"""`python -m vae_core umap ...`: the plane of UMAP of a run's codes, kept in its folder."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_core.kept_plane import UMAP, KeptPlane, centred, write_plane
from vae_core.progress import Progress
from vae_core.run import CODES, open_run, read_codes, sha256

MOST_CODES = 30_000  # the neighbours are exact, so time and memory grow with their square


def add(parser: argparse.ArgumentParser) -> None:
    """Give the parser its flags."""
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    add("--seed", type=int, default=0)
    add("--out", type=Path, metavar="FILE", help=f"default: {UMAP} in the run's folder")
    add("--shares", action="store_true", help="say what share is done, one number a line, on standard output")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Lay out the plane and keep it; returns what to print."""
    progress = Progress("laying out", 100)

    def tell(share: float) -> None:
        if options.shares:
            print(f"{share:.3f}", flush=True)
        else:
            progress.update(round(100 * share))

    out = options.out or options.path / UMAP
    plane = umap_run(options.path, options.seed, out, tell)
    return {
        "run": str(options.path),
        "out": str(out),
        "n": len(plane.places),
        "seed": plane.seed,
        "trustworthiness": plane.trustworthiness,
        "pca_trustworthiness": plane.pca_trustworthiness,
    }


def umap_run(path: Path, seed: int, out: Path, tell: Callable[[float], None] = lambda share: None) -> KeptPlane:
    """Lay out the codes of the run at `path` by UMAP and keep the plane in `out`.

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

    from vae_core import projection

    z = torch.from_numpy(codes.mu).float()
    k = projection.neighbours_of(len(z))
    places = projection.umap(z, seed, neighbours=k, tell=tell)
    trusted = projection.trustworthiness(z, places, neighbours=k)
    flat = projection.pca(z).to_plane(z)
    plane = KeptPlane(centred(places.numpy()), seed, trusted, projection.trustworthiness(z, flat, neighbours=k))
    write_plane(out, plane, sha256(path / CODES))
    return plane
