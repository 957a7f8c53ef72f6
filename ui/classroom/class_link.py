"""The link of a view with what it hides and locks, and its QR code."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import segno

QUIET = 4  # modules of white around a QR code, as its standard asks


def address(base: str, page: str, params: Mapping[str, str]) -> str:
    """The link to `page` of the app at `base` with these parameters."""
    query = urlencode(params, safe=",:")
    return f"{base.rstrip('/')}/{page}" + (f"?{query}" if query else "")


def with_locks(
    params: Mapping[str, str], hidden: Sequence[str], locked: Sequence[str], present: bool
) -> dict[str, str]:
    """The parameters of a view with those of a class: what is hidden is not also locked."""
    kept = {name: value for name, value in params.items() if name not in ("hide", "lock", "present")}
    locked = [name for name in locked if name not in hidden]
    held = {"hide": ",".join(hidden), "lock": ",".join(locked), "present": "1" if present else ""}
    return kept | {name: value for name, value in held.items() if value}


def qr_code(link: str) -> tuple[int, str]:
    """Side of the QR code in modules, its quiet zone included, and its dark modules as SVG path data in that unit.

    Raises ValueError if the link is longer than a QR code can hold, 2,953 bytes.
    """
    try:
        rows = segno.make(link, error="l", micro=False).matrix
    except segno.DataOverflowError:
        raise ValueError(f"the link has {len(link.encode()):,} bytes, expected at most 2,953") from None
    runs = (f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows) + 2 * QUIET, "".join(runs)


def is_local_address(base: str) -> bool:
    """Whether nobody else can open an address."""
    host = base.partition("://")[2].partition("/")[0].rpartition("@")[2]
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return name in ("localhost", "::1") or name.startswith("127.")
