"""Files and streams below all else: atomic writes, locks, disk space, JSON records and progress."""
