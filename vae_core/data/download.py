"""One file from the first mirror that has it whole: resumed where it broke off, checked, and put in place at once."""

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

from vae_core.data.idx import decompress
from vae_core.progress import Progress

_TIMEOUT = 20.0  # seconds without a byte
_CHUNK = 1 << 16
_RETRIES = 3  # of one mirror, each going on where the last broke off


def download(urls: Sequence[str], payload_sha256: str, destination: Path) -> None:
    """Fetch a file into `destination`; the checksum is that of the decompressed payload, since gzip wrappers differ.

    Bytes arrive in `destination` + `.part`, which a later call continues. Raises ValueError, with one sentence, if no
    mirror gives the right payload; a wrong file is removed.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(destination.name + ".part")
    reasons = []
    for url in urls:
        try:
            _fetch(url, part)
            if payload_digest(part) == payload_sha256:
                os.replace(part, destination)
                return
            reasons.append(f"{_host(url)}: wrong checksum")
            part.unlink()
        except (OSError, HTTPException) as error:
            reasons.append(f"{_host(url)}: {getattr(error, 'reason', None) or error}")
    raise ValueError(f"{destination.name} could not be downloaded ({'; '.join(reasons)})")


def payload_digest(path: Path) -> str | None:
    """SHA-256 of a file's decompressed payload, None if it cannot be decompressed."""
    try:
        return hashlib.sha256(decompress(path.read_bytes())).hexdigest()
    except ValueError:
        return None


def _fetch(url: str, part: Path) -> None:
    """Append the rest of the file to `part`, asking again a few times when the connection breaks."""
    for attempt in range(_RETRIES):
        try:
            if _continue(url, part):
                return
        except (urllib.error.HTTPError, urllib.error.URLError):
            raise
        except (OSError, HTTPException):
            if attempt == _RETRIES - 1:
                raise
    raise HTTPException("the file ends too early")


def _continue(url: str, part: Path) -> bool:
    """One request for what is still missing; whether the file is now as long as the server says."""
    held = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={held}-"} if held else {})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # nothing is missing, or the part is longer than the file: the checksum decides
            return True
        raise
    with answer:
        resumed = answer.status == 206
        held = held if resumed else 0
        length = answer.headers.get("Content-Length")
        total = held + int(length) if length else None
        progress = Progress(f"downloading {part.stem}", total or 0)
        with part.open("ab" if resumed else "wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                held += len(chunk)
                if total:
                    progress.update(held)
    return total is None or held >= total


def _host(url: str) -> str:
    return url.split("/")[2]
