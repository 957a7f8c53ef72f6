"""The code of a room: short, easy to read aloud, hard to guess."""

import re
import secrets

LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"  # no 0 and O, no 1, I and L; no vowels, so that no word appears
LENGTH = 6  # 28^6, about 480 million


def new_code() -> str:
    """A code that nobody can foresee."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_code(text: object) -> str:
    """The code as it was typed or stands in a link. Raises ValueError if it cannot be one."""
    code = re.sub(r"[\s-]", "", text[:40]).upper() if isinstance(text, str) else ""
    if len(code) != LENGTH or not set(code) <= set(LETTERS):
        received = "nothing" if not code else repr(code[:12])
        raise ValueError(f"A room's code has {LENGTH} letters and digits, such as KXR 4TM; received {received}.")
    return code
