"""The training log of a run: metrics.jsonl, one JSON object a line. Readers ignore an incomplete last line."""

import json
import os
from pathlib import Path
from typing import Any

from vae_core.runs.run import METRICS

_CHUNK = 1 << 16


def append_line(run: Path, values: dict[str, Any]) -> None:
    """Append one line in one write. Raises ValueError for numbers that are not finite."""
    line = json.dumps(values, allow_nan=False, separators=(",", ":")) + "\n"
    with (run / METRICS).open("ab") as file:
        file.write(line.encode())


def read_training_log(run: Path, after: int = 0) -> list[dict[str, Any]]:
    """Read the lines of the steps beyond `after`, in order. Only the end of a long file is read."""
    try:
        with (run / METRICS).open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            start = end
            while start > 0:
                start = max(0, start - max(_CHUNK, end - start))
                file.seek(start)
                lines = file.read(end - start).split(b"\n")[:-1]  # the text after the last newline is incomplete
                known = _parsed(lines if start == 0 else lines[1:])
                if start == 0 or (known and known[0]["step"] <= after):
                    return [line for line in known if line["step"] > after]
    except FileNotFoundError:
        pass
    return []


def drop_lines(run: Path, beyond: int) -> None:
    """Delete the lines of steps beyond `beyond` and an incomplete last line; a resumed run writes these steps again."""
    path = run / METRICS
    if not path.is_file():
        return
    keep = 0
    with path.open("rb+") as file:
        for line in file:
            parsed = _parsed([line]) if line.endswith(b"\n") else []
            if not parsed or parsed[0]["step"] > beyond:
                break
            keep += len(line)
        file.truncate(keep)


def _parsed(lines: list[bytes]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if isinstance(values, dict) and isinstance(values.get("step"), int):
            found.append(values)
    return found
