"""`python -m vae_core encode ...`: the codes of any number of pictures; started again, it goes on."""

import argparse
from pathlib import Path
from typing import Any

from vae_core.progress import Progress


def add(parser: argparse.ArgumentParser) -> None:
    """Give the parser its flags."""
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    data = "a data set's name or path, or an .npy file of bytes; default: the one that the run was trained on"
    add("--data", metavar="NAME_OR_PATH", help=data)
    add("--split", choices=("train", "test"), default="test", help="of a data set; an .npy file is taken whole")
    result = "the file to make: .npy (means) or .parquet (means, log-variances, labels)"
    add("--out", required=True, type=Path, metavar="FILE", help=result)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Encode; returns what to print, nothing in all processes of a group but the first."""
    from vae_core.distributed import joined
    from vae_core.encode import encode_run

    progress: list[Progress] = []

    def tell(done: int, total: int) -> None:
        if not progress:
            progress.append(Progress("encoding", total))
            progress[0].begin(done)
        progress[0].update(done)

    with joined(options.device) as (group, device):
        result = encode_run(
            options.path, options.data, options.split, options.out, on_rows=tell, group=group, device=device
        )
        return {"run": str(options.path), **result} if group.rank == 0 else {}
