"""All states of a few binary units, and the bars and stripes that small models are trained on."""

import torch
from torch import Tensor

MOST_UNITS = 20  # whose states are listed: a million rows


def states(units: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """All 2^units rows of zeros and ones, [2^units, units]; row n holds the bits of n, the highest first.

    Raises ValueError beyond MOST_UNITS units.
    """
    if not 0 <= units <= MOST_UNITS:
        raise ValueError(f"{units} binary units have 2^{units} states, expected at most {MOST_UNITS} units")
    bits = torch.arange(units - 1, -1, -1)
    return (torch.arange(2**units)[:, None] >> bits & 1).to(dtype)


def bars_and_stripes(side: int) -> Tensor:
    """The pictures of side × side pixels whose rows are each full or empty, or whose columns are; float64 [N, side²].

    Each once: 2 (2^side - 1) of them, since the empty and the full one are both (MacKay 2003, section 44.3).
    """
    lines = states(side)
    rows = lines[:, :, None].expand(-1, -1, side).reshape(-1, side * side)
    columns = lines[:, None, :].expand(-1, side, -1).reshape(-1, side * side)
    return torch.unique(torch.cat([rows, columns]), dim=0)
