"""Put one fault at a time into a copy of the tree, run the tests that should find it, and say whether they did.

    python -m tests.mutants [NAME ...] [--list] [--area AREA] [--tree FOLDER] [--from FILE] [--json FILE]

A mutant is killed when tests fail and SURVIVED when they pass. It is BROKEN, an error of the list and not counted as
killed, when its text is not in the file just once, when pytest cannot run its tests, or when they fail without it.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.measured_figures import FILE_VARIABLE, FULL_VARIABLE, figure
from tests.mutants.mutant_list import LIST, Mutant, read_list

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900  # for the tests of one mutant
LAST_SECONDS = 30  # for pytest to end by itself when it is asked to
FAILED, PASSED = 1, 0  # of the exit codes of pytest; every other one says that tests could not be run
LEAST = 72  # mutants of the whole list that are killed: as many as before the tests were made fast
_STAMP = 1_500_000_000  # seconds: no file of a checkout is so old, so no bytecode of another text has this time


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: "killed", "SURVIVED" or "BROKEN", with the first test that failed or what is wrong."""

    mutant: Mutant
    result: str
    why: str
    seconds: float


@dataclass(frozen=True)
class Ran:
    """One run of pytest: its exit code, None when it took too long, and its last lines."""

    code: int | None
    words: str


def main() -> int:
    options = _options()
    mutants = [
        mutant
        for mutant in read_list(options.source)
        if not options.names or mutant.name in options.names
        if options.area in (None, mutant.area)
    ]
    if unknown := set(options.names) - {mutant.name for mutant in mutants}:
        print(f"There is no mutant {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    if options.list:
        for mutant in mutants:
            print(f"{mutant.name:42} {mutant.area:14} {mutant.file:50} {mutant.tests}")
        return 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        outcomes = run_all(mutants, copied(options.tree.resolve(), Path(folder) / "tree"))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=1) + "\n", encoding="utf-8")
    return judge(outcomes, whole=not options.names and options.area is None)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants; all without a name")
    parser.add_argument("--list", action="store_true", help="print the list and run nothing")
    parser.add_argument("--area", help="only those of one area")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout to work on")
    parser.add_argument("--from", dest="source", type=Path, default=LIST, help="another list")
    parser.add_argument("--json", type=Path, help="where the outcomes are written")
    return parser.parse_args()


def copied(tree: Path, place: Path) -> Path:
    """The files of a checkout that git knows, as they are now, in a new folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=tree, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (tree / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree / name, place / name)
    return place


def run_all(mutants: Iterable[Mutant], tree: Path) -> list[Outcome]:
    """Each mutant in turn; the tests of each selection are first run once without a fault."""
    green: dict[tuple[str, ...], Ran] = {}
    outcomes = []
    for number, mutant in enumerate(mutants):
        start = time.monotonic()
        result, why = _tried(mutant, tree, green, number)
        outcomes.append(Outcome(mutant, result, why, round(time.monotonic() - start, 1)))
        print(f"{result:8} {outcomes[-1].seconds:6.1f} s  {mutant.name:42} {why}", flush=True)
    return outcomes


def _tried(mutant: Mutant, tree: Path, green: dict[tuple[str, ...], Ran], number: int) -> tuple[str, str]:
    try:
        path = mutant.place(tree)
    except ValueError as error:
        return "BROKEN", str(error)
    if mutant.selection not in green:
        green[mutant.selection] = run_tests(mutant.selection, tree)
    if green[mutant.selection].code != PASSED:
        return "BROKEN", f"without it the tests end with {green[mutant.selection].code}: {_first(green, mutant)}"
    text = path.read_bytes()
    try:
        path.write_bytes(text.decode().replace(mutant.old, mutant.new).encode())
        os.utime(path, (_STAMP + number, _STAMP + number))
        ran = run_tests(mutant.selection, tree)
    finally:
        path.write_bytes(text)
    if ran.code is None:
        return "killed", f"its tests took longer than {SECONDS} s"
    if ran.code == FAILED:
        return "killed", first_failure(ran.words)
    return ("SURVIVED", "") if ran.code == PASSED else ("BROKEN", f"pytest ends with {ran.code}: {ran.words[-200:]!r}")


def _first(green: dict[tuple[str, ...], Ran], mutant: Mutant) -> str:
    return first_failure(green[mutant.selection].words)


def run_tests(selection: tuple[str, ...], tree: Path) -> Ran:
    """Run pytest in the copy until the first failure; no bytecode is read that another text has left."""
    for folder in tree.rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *selection]
    around = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    for name in (FILE_VARIABLE, FULL_VARIABLE):  # of a product with a fault nothing is written down
        around.pop(name, None)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=tree, env=around, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        said.seek(0)
        return Ran(code, said.read().decode(errors="replace")[-20_000:])


def _end(process: subprocess.Popen) -> None:
    """Ask pytest to end, which ends what its fixtures have started, and kill what is left after a while."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(LAST_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def first_failure(words: str) -> str:
    """The test that failed first, from what pytest prints at its end."""
    lines = (line for line in words.splitlines() if line.startswith(("FAILED ", "ERROR ")))
    return next(lines, "no test is named").partition(" - ")[0]


def judge(outcomes: list[Outcome], whole: bool) -> int:
    """Print how many were killed, and of the whole list the figure; 0 when all were run and enough were killed."""
    killed = sum(outcome.result == "killed" for outcome in outcomes)
    for outcome in outcomes:
        if outcome.result != "killed":
            print(f"{outcome.result}: {outcome.mutant.name} ({outcome.mutant.area}, {outcome.mutant.file})")
    print(f"{killed} of {len(outcomes)} killed")
    try:
        if whole:
            figure("mutants.killed", killed, ">=", LEAST)
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    return int(any(outcome.result == "BROKEN" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
