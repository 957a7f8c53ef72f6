"""A home, cache, temporary and run folder of the tests' own, and only the environment that they choose.

Called before anything of the product is imported, so that neither the tests nor a process they start reads or writes
what the machine's user has.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

# What tests are told from outside: where programs are, which browser, where figures go; and how far the clock is ahead.
KEPT = ("PATH", "CHROMIUM", "VAE_LAB_FIGURES", "VAE_LAB_FULL", "VAE_LAB_TEST_CLOCK")
KEPT_BEGINNINGS = ("PYTEST_",)
# One thread each: two files of tests run side by side, and a sum has the same order on every machine.
CHOSEN = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
    # Nothing is fetched from elsewhere: whoever tries is refused at once, on every machine.
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "no_proxy": "127.0.0.1,localhost",
}
FOLDERS = {
    "HOME": "home",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "TMPDIR": "tmp",
    "VAE_LAB_RUNS": "runs",
    "VAE_LAB_UPLOADS": "uploads",
}


def isolate() -> Path:
    """Set the environment of this process anew; gives the folder that holds all others, to be removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="vae-lab-"))
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_BEGINNINGS)}
    folders = {name: root / place for name, place in FOLDERS.items()}
    for folder in folders.values():
        folder.mkdir(parents=True)
    if "VAE_LAB_TEST_CLOCK" in kept:  # every process that is started has the clock that this one has
        kept["PYTHONPATH"] = str(Path(__file__).with_name("clock"))
    os.environ.clear()
    os.environ.update(kept | CHOSEN | {name: str(folder) for name, folder in folders.items()})
    tempfile.tempdir = None  # read anew
    if sys.platform != "win32":
        time.tzset()
    return root


def remove(root: Path) -> None:
    """Take the folders away; what a process that ends late still writes there is left to the machine."""
    shutil.rmtree(root, ignore_errors=True)
