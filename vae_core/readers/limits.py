"""Memory budget of data from files: one budget for tables, arrays and images, from which all limits follow.

$VAE_LAB_DATA_MB sets the budget, 64 MB unless it is set. What is brought through the browser is capped again, at the
size of one upload.
"""

import os

VARIABLE = "VAE_LAB_DATA_MB"
_USUAL_MB, _MOST_MB = 64, 16_384


def _budget() -> int:
    """Bytes of the budget. Raises ValueError if the variable holds no whole number of megabytes."""
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return _USUAL_MB << 20
    if not named.isascii() or not named.isdigit() or not 1 <= int(named) <= _MOST_MB:
        raise ValueError(f"{VARIABLE} is {named[:40]!r}, expected a whole number of megabytes from 1 to {_MOST_MB:,}")
    return int(named) << 20


CLEANED = _budget()  # the pictures or rows once they are cleaned, one byte a value; a table's values while it is read
UNPACKED = 4 * CLEANED  # a file, or all files of an archive, once unpacked
READING = 300_000_000 * CLEANED // (_USUAL_MB << 20)  # memory of the process that reads an upload
SECONDS = max(10, 10 * CLEANED // (_USUAL_MB << 20))  # of its processor time
UPLOAD = 25 << 20  # one upload, as server.maxUploadSize says

MEMBERS, RATIO = 5000, 100  # files of an archive, and how many times smaller than its contents it may be
COLUMNS = 4096  # numbers in a row: a picture of 64 x 64
CLASSES = 256
PIXELS = 16_000_000  # of one picture
ALL_PIXELS = 150_000_000  # of all pictures of an upload: about two seconds to decode
FEWEST = 32  # pictures or rows that can be split and trained on
