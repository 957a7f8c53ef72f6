"""`make promises`: run the tests behind every promise at full length and print one table of what they measured.

`python -m tests.promises [--short] [--write]`: the exit code is 0 only when every promise is kept. --short takes the
lengths of the ordinary tests; --write puts the table into docs/promises.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.measured_figures import FILE_VARIABLE, FULL_VARIABLE, SHORT

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = "mutants.killed"
TABLE = ROOT / "docs" / "promises.md"


@dataclass(frozen=True)
class Row:
    """One line of the table: what is promised, and what measures it.

    `measure` is the name of a figure, or file::test, of which every case has to pass.
    """

    promise: str
    what: str
    measure: str


ROWS = [
    Row("holds a class", "30 users act every 2 s, a training beside them: p95", "class.30-users.p95"),
    Row("", "errors", "class.30-users.errors"),
    Row("", "200 connected, 8 reruns a second, a training beside them: p95", "class.200-users.p95"),
    Row("", "errors", "class.200-users.errors"),
    Row("", "200 follow a teacher who drags, on one server and on two: p95 until a move is seen", "room.p95"),
    Row("", "pages that were run for it", "room.reruns"),
    Row("", "memory of the server for each session", "class.memory-per-session"),
    Row("", "memory while 30 work, rise", "soak.memory-slope"),
    Row(
        "training outlives the web server", "server killed: steps that the job made since", "server-killed.steps-since"
    ),
    Row("", "steps that a new server does not show", "server-killed.steps-not-shown"),
    Row("", "job killed: taken up again by itself", "job-killed.taken-up-again"),
    Row(
        "",
        "one process starts trainings, whoever dies",
        "tests/core/test_leader.py::test_of_several_processes_one_owns_the_folder_and_the_next_takes_over",
    ),
    Row("a checkpoint is never torn", "kill -9 during saving", "saving.kills"),
    Row("", "unreadable afterwards", "saving.unreadable"),
    Row("", "checkpoints lost that were reported as saved", "saving.lost"),
    Row("exact resume", "records that differ from an uninterrupted run's in any bit", "resume.records-that-differ"),
    Row("", "killed before each change of the disk from the first file on", "resume.phases"),
    Row("", "of these, ended otherwise than an uninterrupted run", "resume.phases-that-differ"),
    Row("a bad upload gives one sentence and harms nothing", "crafted files", "uploads.crafted"),
    Row("", "slowest, processor time", "uploads.slowest"),
    Row("", "JPEGs of many scans, processor time", "uploads.scans"),
    Row("", "a model among thousands of files, processor time", "uploads.members"),
    Row("", "25 MB of numbers in doubt, processor time", "uploads.doubtful-numbers"),
    Row("", "most memory", "uploads.largest"),
    Row(
        "",
        "one sentence, nothing executed, the server unharmed",
        "tests/faults/test_uploads.py::test_a_crafted_upload_gives_a_sentence_and_does_no_harm",
    ),
    Row("", "what a reader of uploads cannot do", "tests/faults/test_sandbox.py::test_a_reader_cannot_make"),
    Row(
        "",
        "bytes changed at random in every kind of upload",
        "tests/core/test_upload_fuzz.py::test_changed_bytes_give_whole_data_or_one_sentence",
    ),
    Row(
        "",
        "bytes changed at random in models",
        "tests/core/test_upload_fuzz.py::test_changed_bytes_of_a_model_give_a_model_or_one_sentence",
    ),
    Row(
        "a disconnect loses nothing durable",
        "200 dropped at once: views that are not back",
        "dropped.200-at-once.views-lost",
    ),
    Row("", "until the last is back", "dropped.200-at-once.all-back"),
    Row("", "a visitor clears the caches of all: views lost", "cache-cleared.views-lost"),
    Row(
        "",
        "one of two replicas killed under 50 clients: not back in the same state",
        "replica-killed.not-back-in-the-same-state",
    ),
    Row("", "until the last is back", "replica-killed.last-back"),
    Row("", "clients of the other replica that noticed", "replica-killed.others-disturbed"),
    Row("only the class gets in", "a stranger at every address through nginx: let in", "stranger.let-in"),
    Row(
        "",
        "beside nginx, straight to a replica",
        "tests/serving/test_replicas.py::test_a_stranger_beside_nginx_is_refused_by_the_replica",
    ),
    Row("", "roles come from the proxy alone", "tests/app/test_permissions.py::test_a_role_comes_from_the_proxy_alone"),
    Row(
        "a browser may send anything",
        "values that were not offered, sent for each input: let through",
        "forged.let-through",
    ),
    Row(
        "",
        "places of the app where they were",
        "tests/app/test_forged_values.py::test_what_was_not_offered_is_not_taken",
    ),
    Row(
        "nobody takes what is for all",
        "of 8 and 3 that wait each owner is trained in turn",
        "tests/core/test_queue.py::test_one_owner_may_not_fill_the_queue_and_waits_for_the_others",
    ),
    Row(
        "",
        "readers of uploads: one for an owner, the others in turn",
        "tests/core/test_fair_slots.py::test_one_owner_holds_one_place_and_the_others_come_in_turn",
    ),
    Row(
        "nobody fills the disk or the memory",
        "bytes of a visitor's runs",
        "tests/app/test_library_page.py::test_one_visitor_keeps_so_many_bytes_of_runs_and_no_more",
    ),
    Row(
        "",
        "bytes of uploads, of one visitor and of all",
        "tests/app/test_user_cookie.py::test_a_visitors_pages_and_all_visitors_together_have_a_budget_too",
    ),
    Row(
        "",
        "bytes of snapshots of a run",
        "tests/core/test_snapshots.py::test_of_a_large_model_fewer_are_kept_but_always_six",
    ),
    Row(
        "",
        "bytes of weights and pictures in memory",
        "tests/app/test_routes.py::test_packed_bytes_stay_within_their_budget",
    ),
    Row(
        "",
        "bytes of messages that do not end",
        "tests/app/test_message_limit.py::test_the_oldest_message_is_given_up_when_all_hold_too_much",
    ),
    Row(
        "",
        "each budget beside what is held, for the operator",
        "tests/app/test_access.py::test_the_operator_sees_the_bytes_of_each_budget",
    ),
    Row(
        "numeric faults stop the run with a reason",
        "NaN, Inf, unscaled, constant, 0 and 1 rows: caught before the first step",
        "tests/core/test_train.py::test_unusable_images_are_one_sentence_before_the_first_step",
    ),
    Row(
        "",
        "a gradient that is not finite stops it",
        "tests/core/test_train.py::test_a_gradient_that_is_not_finite_stops_the_run",
    ),
    Row("a stop is obeyed at once", "until the training has stopped", "stop.seconds"),
    Row("the site stands as it is written", "systemd", "tests/serving/test_deploy.py::test_systemd_takes_each_unit"),
    Row(
        "what is shown is what the core says",
        "on each shipped model: rate, distortion, ELBO",
        "tests/browser/test_panels.py::test_the_numbers_are_those_of_torch_and_a_drag_decodes",
    ),
    Row(
        "",
        "scores of disentanglement",
        "tests/app/test_paths_page.py::test_the_scores_are_those_of_the_core_and_have_errors",
    ),
    Row(
        "everyone can use it",
        "pages and states: read aloud, by keys, on a phone, in the dark",
        "tests/browser/test_every_page.py::test_a_page_of_the_app_is_for_everyone",
    ),
    Row("", "states of components", "tests/browser/test_every_page.py::test_what_a_component_shows_is_for_everyone"),
    Row(
        "",
        "pages that the last row can read",
        "tests/browser/test_presenter.py::test_every_panel_is_whole_and_as_large_as_the_window_allows",
    ),
    Row(
        "",
        "pages whose controls are hidden and locked as the link says",
        "tests/browser/test_class_links.py::test_each_control_is_where_the_list_says_and_is_hidden_or_disabled_as_the_link_says",
    ),
    Row(
        "",
        "places where a name that is HTML is only read",
        "tests/browser/test_html_escaping.py::test_a_name_is_shown_as_it_is_written",
    ),
    Row("the tests would notice", "mutants of the product that they kill", MUTANTS),
]
# Whole folders and files, so that a long test that has no line in the table is run as well.
FOLDERS = ["tests/faults", "tests/load", "tests/serving"]
ALSO = {  # repeated cases, without a line of their own
    "tests/app/test_every_model.py",
    "tests/browser/journeys/test_first_visit.py",
    "tests/browser/journeys/test_where_p_is_large.py",
    "tests/browser/paths/test_saved_files.py",
    "tests/browser/test_chapters.py",
    "tests/browser/test_families_engine.py",
    "tests/browser/test_normal_map.py",
    "tests/browser/test_other_families.py",
    "tests/browser/test_where_p_is_large.py",
    "tests/core/test_compare_families.py",
    "tests/core/test_disentanglement.py",
    "tests/core/test_families_boltzmann.py",
    "tests/core/test_mixture_proposal.py",
    "tests/core/test_projection.py",
    "tests/core/test_quadrature.py",
    "tests/core/test_running_estimate.py",
    "tests/core/test_train_family.py",
}
FILES = sorted(ALSO | {row.measure.partition("::")[0] for row in ROWS if "::" in row.measure})
PLACES = [*FOLDERS, *(file for file in FILES if not file.startswith(tuple(FOLDERS)))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.promises", description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="the lengths of the ordinary tests")
    parser.add_argument("--write", action="store_true", help="put the table into docs/promises.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures, cases, passed = run_tests(Path(folder), options.short)
    lines = list(judged(figures, cases))
    table = shown(lines)
    print(f"\n{table}")
    if options.write:
        TABLE.write_text(page(table, options.short), encoding="utf-8")
    kept = sum(line[-1] == "kept" for line in lines)
    print(f"\n{kept} of {len(lines)} kept." + ("" if passed else " Tests have failed."))
    return 0 if passed and kept == len(lines) else 1


def run_tests(folder: Path, short: bool) -> tuple[dict[str, dict[str, Any]], dict[str, list[bool]], bool]:
    """Run all tests of promises and the mutants; their figures, the tests' cases, and whether all have passed."""
    figures, report = folder / "figures.jsonl", folder / "report.xml"
    around = os.environ | {FILE_VARIABLE: str(figures), FULL_VARIABLE: SHORT if short else "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "promise or not promise"]
    done = subprocess.run([*command, f"--junitxml={report}", *PLACES], cwd=ROOT, env=around)
    subprocess.run([sys.executable, "-m", "tests.mutants"], cwd=ROOT, env=around)
    return read_figures(figures), read_cases(report), done.returncode == 0


def judged(figures: dict[str, dict[str, Any]], cases: dict[str, list[bool]]) -> Iterator[tuple[str, ...]]:
    """The cells of each row; what was not measured is not kept."""
    for row in ROWS:
        if "::" in row.measure:
            passed = cases.get(row.measure, [])
            value, bar = f"{sum(passed)} of {len(passed)} cases", "all"
            holds = bool(passed) and all(passed)
        else:
            found = figures.get(row.measure)
            unit = f" {found['unit']}" if found and found["unit"] else ""
            value = f"{found['value']:.3g}{unit}" if found else "not measured"
            bar = f"{found['relation']} {found['bar']:g}{unit}".replace("== ", "") if found else ""
            holds = bool(found and found["holds"])
        yield row.promise, row.what, value, bar, "kept" if holds else "NOT KEPT"


def read_figures(path: Path) -> dict[str, dict[str, Any]]:
    """The worst of each figure: one that does not hold before one that does, then the one furthest towards its bar."""
    found: dict[str, dict[str, Any]] = {}
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()):
        held = found.get(line["name"])
        if held is None or _badness(line) > _badness(held):
            found[line["name"]] = line
    return found


def _badness(line: dict[str, Any]) -> tuple[bool, float]:
    return not line["holds"], -line["value"] if line["relation"] == ">=" else line["value"]


def read_cases(path: Path) -> dict[str, list[bool]]:
    """Whether each case of a test has passed, by file::test; one that was skipped has not."""
    cases: dict[str, list[bool]] = {}
    for case in ElementTree.parse(path).iter("testcase") if path.is_file() else ():
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '').partition('[')[0]}"
        passed = all(case.find(tag) is None for tag in ("failure", "error", "skipped"))
        cases.setdefault(name, []).append(passed)
    return cases


def shown(lines: list[tuple[str, ...]]) -> str:
    """A table in Markdown that can be read as it is."""
    cells = [("promise", "what was measured", "figure", "promised", ""), *lines]
    widths = [max(len(line[n]) for line in cells) for n in range(5)]
    rows = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])


def page(table: str, short: bool) -> str:
    cores, load = os.cpu_count(), os.getloadavg()[2]
    length = "at the lengths of the ordinary tests" if short else "at full length"
    return (
        "# Promises\n\n"
        "Printed by `make promises`, which runs the tests behind each promise and fails when one is not kept.\n\n"
        f"Measured on {time.strftime('%d %B %Y', time.gmtime())} {length}, on {platform.system()} with {cores} cores, "
        f"which other work may share (load {load:.1f} over the last quarter of an hour), clients and server on the "
        "same machine, one training running beside the class. A window of the load tests that missed its bar is "
        "measured again, up to three times.\n\n"
        f"{table}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
