"""A share that was counted, and how far it may be from the true one. Imports no torch."""

from typing import TypeVar

Number = TypeVar("Number")  # a float or a tensor of them


def share_stderr(share: Number, trials: int) -> Number:
    """Standard error of a share of so many trials, from 0 to 1: that of Laplace's estimate, which is never zero.

    k of n: (k + 1) / (n + 2), with the spread of its Beta law. That all of n were right does not show that none can be
    wrong.
    """
    p = (share * trials + 1) / (trials + 2)
    return (p * (1 - p) / (trials + 3)) ** 0.5
