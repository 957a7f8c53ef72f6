"""The smoke part of the tests ends in a poisoned home as it does in the empty one that each test of a session has.

The poisoned one has a corrupt data set and a complete one in its cache, a Streamlit configuration, runs of another
version, other settings of the app and of Python in its environment, the C locale, a far time zone, and a clock of 2031.
"""

import datetime
import gzip
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.app.runs import change_json, make_run

ROOT = Path(__file__).resolve().parents[1]
CLOCK = ROOT / "tests" / "clock"
# Whatever looks at data sets, runs, uploads, settings, dates and texts, and a real server with its trainer. Not how old
# files are: the disk has a clock of its own.
SMOKE = [
    "tests/app/test_catalogue.py",
    "tests/app/test_train_page.py",
    "tests/core/test_command_line.py",
    "tests/core/test_data_download.py",
    "tests/core/test_data_files.py",
    "tests/core/test_local_files.py",
    "tests/core/test_queue.py",
    "tests/core/test_run.py",
    "tests/faults/test_jobs.py::test_a_killed_server_loses_no_training",
]
STREAMLIT = """
[server]
baseUrlPath = "elsewhere"
maxUploadSize = 1
[theme]
base = "dark"
"""
YEAR = 2031


def poisoned(home: Path) -> dict[str, str]:
    """An environment in which nothing is as a fresh machine has it."""
    cache = home / "cache"
    fashion = cache / "vae-lab" / "fashion-mnist"
    fashion.mkdir(parents=True)
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
        (fashion / name).write_bytes(gzip.compress(b"no data set"))
    shutil.copytree(ROOT / "data" / "fashion-mnist", cache / "vae-lab" / "mnist")
    (home / ".streamlit").mkdir()
    (home / ".streamlit" / "config.toml").write_text(STREAMLIT, encoding="utf-8")
    make_run(home / "runs" / "sound")
    change_json(make_run(home / "runs" / "of-tomorrow") / "config.json", version=99, what="is not known yet")
    claims = {
        "XDG_CACHE_HOME": cache,
        "VAE_LAB_RUNS": home / "runs",
        "VAE_LAB_UPLOADS": home / "uploads",
        "VAE_LAB_DATA": home / "no such folder",
        "VAE_LAB_LESSONS": home / "no such folder",
        "VAE_LAB_SERVING": home / "no such file",
        "VAE_LAB_JOBS": "elsewhere",
        "VAE_LAB_GRACE": "for ever",
        "STREAMLIT_SERVER_PORT": "1",
        "STREAMLIT_SERVER_BASE_URL_PATH": "elsewhere",
        "OMP_NUM_THREADS": "7",
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "LANG": "C",
        "TZ": "Pacific/Kiritimati",
    }
    ahead = datetime.datetime(YEAR, 7, 1) - datetime.datetime.now()
    claims |= {"PYTHONPATH": CLOCK, "VAE_LAB_TEST_CLOCK": round(ahead.total_seconds())}
    kept = {name: os.environ[name] for name in ("PATH", "CHROMIUM") if name in os.environ}
    return kept | {"HOME": str(home)} | {name: str(value) for name, value in claims.items()}


def results(home: Path) -> dict[str, str]:
    """How each test of the smoke part ended in a poisoned home, with what it said where it did not pass."""
    home.mkdir()
    report = home.with_suffix(".xml")
    chosen = ["-m", "not slow and not promise", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    chosen += ["-W", "ignore:Module already imported"]  # the clock's library, which is a plugin of pytest as well
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *chosen, *SMOKE], cwd=ROOT, env=poisoned(home), capture_output=True
    )
    assert report.is_file(), (done.stdout + done.stderr).decode(errors="replace")[-3000:]
    ended = {}
    for case in ElementTree.parse(report).iter("testcase"):
        bad = [part for part in case if part.tag in ("failure", "error", "skipped")]
        ended[f"{case.get('classname')}::{case.get('name')}"] = bad[0].get("message", "")[:500] if bad else "passed"
    return ended


def test_the_home_the_clock_and_the_language_change_no_result(tmp_path: Path) -> None:
    ended = results(tmp_path / "home")
    assert {name: said for name, said in ended.items() if said != "passed"} == {}
    assert len(ended) > 200
