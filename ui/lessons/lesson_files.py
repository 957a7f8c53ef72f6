"""Every lesson here: the shipped ones in lessons/, and a teacher's own in the folder $VAE_LAB_LESSONS."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ui.lessons.lesson import Lesson
from ui.lessons.parse import read_file
from ui.runs.catalogue import recent_catalogue
from vae_core.config import ModelConfig

SHIPPED = Path(__file__).resolve().parents[2] / "lessons"
FOLDER_VARIABLE = "VAE_LAB_LESSONS"
TEMPLATE = "TEMPLATE.toml"


@dataclass(frozen=True)
class LessonCatalogue:
    """Lessons by name, in the order of their files, the shipped ones first; one sentence for each file left out."""

    lessons: dict[str, Lesson]
    problems: tuple[str, ...]


def lesson_catalogue() -> LessonCatalogue:
    """The lessons as they are now; files are read again only when one of them, or a model here, has changed."""
    models = tuple((run.id, run.count, run.run.config.model) for run in recent_catalogue().runs.values())
    return _read(tuple((path, _changed(path)) for path in files()), models)


def files() -> list[Path]:
    """The files of all lessons, in teaching order."""
    own = os.environ.get(FOLDER_VARIABLE)
    folders = [SHIPPED, *([Path(own).expanduser()] if own else [])]
    found = (path for folder in folders for path in sorted(folder.glob("*.toml")))
    return [path for path in found if path.name != TEMPLATE and not path.name.startswith(".")]


def _changed(path: Path) -> int:
    """When a file was last changed, in nanoseconds; 0 for one that has just gone, which is then told as unreadable."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _read(stamped: tuple[tuple[Path, int], ...], models: tuple[tuple[str, int, ModelConfig], ...]) -> LessonCatalogue:
    lessons: dict[str, Lesson] = {}
    left_out: list[str] = []
    for path, _ in stamped:
        lesson, mistakes = read_file(path)
        if lesson is None:
            more = f" And {len(mistakes) - 1} more." if len(mistakes) > 1 else ""
            left_out.append(f"The lesson {path.name} is left out. {mistakes[0]}{more}")
        elif lesson.name in lessons:
            left_out.append(f"The lesson {path.name} is left out: another one has its name.")
        else:
            lessons[lesson.name] = lesson
    return LessonCatalogue(lessons, tuple(left_out))
