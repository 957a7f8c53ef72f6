"""Download one file from the first mirror that has it complete: resumed, checked, and renamed into place."""

import hashlib
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from vae_core.data.idx import MOST_BYTES, read_payload
from vae_core.io.progress import Progress

try:
    import fcntl
except ImportError:  # Windows: two downloads at once may spoil each other, which the checksum then finds
    fcntl = None

_TIMEOUT = 20.0  # seconds without a byte
_CHUNK = 1 << 16
_RETRIES = 3  # of one mirror, each going on where the last broke off


def download(urls: Sequence[str], payload_sha256: str, destination: Path) -> None:
    """Fetch a file into `destination`; the checksum is that of the decompressed payload, since gzip wrappers differ.

    Bytes arrive in a `.part` file beside it, one for each mirror, which a later call continues. Raises ValueError,
    with one sentence, if no mirror gives the right payload; a wrong file is removed.
    """
    reasons = []
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with _alone(destination.parent):
            if destination.is_file():
                return  # another process fetched it while this one waited
            for url in urls:
                part = part_of(destination, url)
                reason = _fetch(url, part, payload_sha256)
                if reason is None:
                    os.replace(part, destination)
                    for stale in destination.parent.glob(f"{destination.name}.*.part"):
                        stale.unlink()
                    return
                reasons.append(f"{urlsplit(url).hostname}: {reason}")
    except OSError as error:
        reasons.append(f"{destination.parent}: {error.strerror or error}")
    raise ValueError(f"{destination.name} could not be downloaded ({'; '.join(reasons)})")


def part_of(destination: Path, url: str) -> Path:
    """Return the path of a mirror's partial file: one each, since gzip wrappers of two mirrors cannot be joined."""
    return destination.with_name(f"{destination.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the download lock of a folder; other downloads into it wait."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another download into {folder}", file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _fetch(url: str, part: Path, payload_sha256: str) -> str | None:
    """Complete the file `part`. Returns None if its payload is right, else the reason why not."""
    left_over = part.exists()
    try:
        _complete(url, part)
    except (OSError, HTTPException, ValueError) as error:
        return str(getattr(error, "reason", None) or error)
    if _has_payload(part, payload_sha256):
        return None
    part.unlink()
    if left_over:  # the mirror's file may have changed since: once more, from the start
        return _fetch(url, part, payload_sha256)
    return "wrong checksum"


def _has_payload(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(read_payload(path)).hexdigest() == sha256
    except ValueError:
        return False


def _complete(url: str, part: Path) -> None:
    """Append the rest of the file to `part`, with retries when the connection breaks."""
    for attempt in range(_RETRIES):
        try:
            if _continue(url, part):
                return
        except urllib.error.URLError:
            raise
        except (OSError, HTTPException):
            if attempt == _RETRIES - 1:
                raise
    raise HTTPException("the file ends too early")


def _continue(url: str, part: Path) -> bool:
    """Request what is still missing; returns whether the file is now as long as the server says."""
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
        total, before = (held + int(length) if length else None), held
        progress = Progress(f"downloading {Path(urlsplit(url).path).name}", int(length or 0))
        with part.open("ab" if resumed else "wb") as file:
            while held <= MOST_BYTES and (chunk := answer.read(_CHUNK)):
                file.write(chunk)
                held += len(chunk)
                if total:
                    progress.update(held - before)
            file.flush()
            os.fsync(file.fileno())
    return total is None or held >= total or held > MOST_BYTES
