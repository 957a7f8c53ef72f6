"""`python -m ui.export RUN_DIR --out FILE.html`: the latent map of a run as one HTML file that needs no server."""

import argparse
import sys
from pathlib import Path

from ui.export.standalone_page import LEAST, MOST, USUAL, page
from ui.runs.catalogue import read_entry
from vae_core.io.atomic import write_bytes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ui.export", description="Write a latent map as one HTML file.")
    parser.add_argument("path", type=Path, metavar="RUN_DIR")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the file to make; default: the run's name here, .html"
    )
    size = f"about how large it may be, {LEAST} to {MOST}; what is left beside the model is test pictures"
    parser.add_argument("--megabytes", type=float, default=USUAL, metavar="MB", help=f"{size} (default {USUAL})")
    options = parser.parse_args(arguments)
    try:
        entry = read_entry(options.path.resolve())
        out = options.out or Path(f"{entry.id}.html")
        if out.exists():
            raise ValueError(f"{out} already exists, expected a new file")
        done = page(entry, megabytes=options.megabytes)
        write_bytes(out, done.html)
    except (ValueError, OSError) as error:
        print(f"ui.export: {error}", file=sys.stderr)
        return 2
    print(f"{out}: {len(done.html) / 1e6:.1f} MB, {done.pictures:,} of {done.of:,} test pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
