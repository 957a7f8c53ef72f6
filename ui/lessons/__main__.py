"""`python -m ui.lessons check FILE ...`: every mistake in lesson files, and what their checks find now."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from ui.lessons.lesson import Lesson
from ui.lessons.page_links import link_of
from ui.lessons.parse import read_file
from ui.lessons.registry import CHECKS, run_check


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well, 1 when a file has a mistake."""
    parser = argparse.ArgumentParser(prog="python -m ui.lessons", description="Look at lessons before a class does.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="say every mistake in a file, and what its checks find now")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    commands.add_parser("list", help="say which checks there are and what each fills in")
    given = parser.parse_args(arguments)
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it warns that no page is being drawn
    if given.command == "list":
        _list()
        return 0
    return max([_check(path) for path in given.files])


def _list() -> None:
    for name, known in CHECKS.items():
        needs = [f"{key} ({kind.__name__})" for key, kind in known.needs.items()]
        may = [f"{key} ({kind.__name__}, optional)" for key, kind in known.may.items()]
        print(f"{name}: {known.value}")
        print(f"    page: {known.page or 'any'}; settings: {', '.join(needs + may) or 'none'}")
        print(f"    fills: {', '.join('{' + each + '}' for each in known.fills)}")


def _check(path: Path) -> int:
    lesson, mistakes = read_file(path)
    if lesson is not None:
        mistakes = _asked(path, lesson)
    for sentence in mistakes:
        print(f"{path}: {sentence}", file=sys.stderr)
    if not mistakes:
        print(f"{path}: sound, {len(lesson.steps)} step{'s' * (len(lesson.steps) > 1)}.")
    return 1 if mistakes else 0


def _asked(path: Path, lesson: Lesson) -> list[str]:
    """Ask every check on the view that its step opens with; a sentence for each that cannot be answered."""
    view, mistakes = {}, []
    for number, step in enumerate(lesson.steps, 1):
        view = view if step.view is None else link_of(step.view)
        for part in (step.ask, step.task):
            if part is None:
                continue
            try:
                found = run_check(part.check, view, dict(part.settings))
            except ValueError as error:
                mistakes.append(f"Step {number} asks the check {part.check!r}, which has no answer here: {error}.")
            else:
                print(f"{path}: step {number}, {part.check} = {found.value:.6g}")
    return mistakes


if __name__ == "__main__":
    sys.exit(main())
