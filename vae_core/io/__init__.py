"""Files and streams: atomic writes, locks, disk space, JSON records and progress."""
