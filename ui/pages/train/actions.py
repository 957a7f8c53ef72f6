"""What the buttons of the live view and the form's Train ask of the jobs."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ui.pages.train import form, own_runs, runs
from ui.pages.train.page_state import COMPONENT, PageState, current, show
from ui.pages.train.scheduler import schedule
from ui.pages.train.url import View
from ui.runs import catalogue
from ui.server import permissions, user_cookie
from ui.server.deployment import Act
from vae_core.config import RunConfig
from vae_core.data import uploaded
from vae_core.io import disk_space
from vae_core.jobs import queue


def asked() -> None:
    """A button of the live view was pressed; what is not possible becomes a sentence for the next run of the page."""
    visit, request = current(), st.session_state[COMPONENT].get("act")
    if not isinstance(request, dict):
        return
    act, name = request.get("act"), request.get("run")
    visit.refusal = ""
    try:
        if not isinstance(act, str) or act not in _ACTS or not isinstance(name, str):
            raise ValueError("this page does not know that button: reload it")
        if name == runs.SHIPPED:
            raise ValueError("this training comes with the app: it can only be looked at")
        if needs := NEEDS.get(act):
            permissions.require(needs)
            _require_own(name, needs)
        _ACTS[act](visit, name)
    except (ValueError, OSError) as error:
        visit.refusal = _sentence(error)
    runs.forget()


def _sentence(error: ValueError | OSError) -> str:
    words = disk_space.reason(error)
    return f"{words[:1].upper()}{words[1:]}."


def train(config: RunConfig, title: str, preset: str) -> None:
    """Queue a run of these settings and show it."""
    visit = current()
    parent = st.session_state.get(form.PARENT)
    try:
        start = _folder(parent) if parent and st.session_state.get(form.START) else None
        data = Path(config.data.name.removeprefix(uploaded.PREFIX)).stem
        name = submit(config, title, f"{data}-{config.model.latent_dim}d-{preset}", parent, start)
    except (ValueError, OSError) as error:
        visit.refusal = _sentence(error)
        return
    visit.refusal = ""
    st.session_state.pop(form.PARENT, None)
    _show(visit, name)


def submit(config: RunConfig, title: str, wish: str, parent: str | None = None, start: Path | None = None) -> str:
    """Queue a run of this visitor under a name like `wish`; gives its name.

    Raises ValueError when the visitor may not train or has as many runs as are kept for one, and as `jobs.submit` does.
    """
    permissions.require("train")
    require_room()
    name = new_run_name(wish)
    queue.submit(
        runs.runs_root(), name, config, title=title, parent=parent, owner=user_cookie.current_user(), start=start
    )
    _start()
    runs.forget()
    return name


def _start() -> None:
    """Start what this visitor has put into the queue, and let every page say when it has ended."""
    schedule()
    own_runs.count_submission()


def require_room() -> None:
    """Raises ValueError when this visitor has as many runs, or as many bytes of them, as are kept for one."""
    if (count := runs.count_of(user_cookie.current_user())) >= runs.MOST_OF_ONE:
        raise ValueError(f"you have {count} models and trainings, which is as many as fit: delete one in the Library")
    if (held := runs.bytes_of(user_cookie.current_user())) >= runs.MOST_BYTES_OF_ONE:
        raise ValueError(
            f"your models and trainings take {held / 1e9:.1f} GB, as much as fits: delete one in the Library"
        )


def _show(visit: PageState, name: str | None, compare: tuple[str, ...] = ()) -> None:
    """Show the newest snapshot of a run, beside the runs that it is compared with."""
    show(visit, View(run=name, compare=compare, by=visit.view.by, preset=visit.view.preset))


def _folder(name: str) -> Path:
    run = runs.find_run(name)
    if run is None:
        raise ValueError(f"there is no run {name[:80]!r} any more")
    return run


def _require_own(name: str, act: Act) -> None:
    """Raises ValueError if this run is not the visitor's, unless they may change what is another's.

    Without a sign-in whoever has the link may steer a training, from another device too, but not delete it.
    """
    run = runs.find_run(name)
    owner = None if run is None else queue.describe_job(run).get("owner")
    if run is None or owner == user_cookie.current_user():
        return
    permissions.require("moderate")
    if act == "delete" and owner is not None and not permissions.moderates():
        raise ValueError("this training is another visitor's: only its owner may delete it")


def _pause(visit: PageState, name: str) -> None:
    queue.send_control(_folder(name), "pause")


def _run(visit: PageState, name: str) -> None:
    queue.send_control(_folder(name), "run")
    _start()


def _step(visit: PageState, name: str) -> None:
    run = _folder(name)
    queue.send_control(run, "pause", until=queue.read_status(run).step + 1)
    _start()


def _stop(visit: PageState, name: str) -> None:
    queue.send_control(_folder(name), "stop")


def _resume(visit: PageState, name: str) -> None:
    queue.resume(_folder(name))
    _start()


def _rewind(visit: PageState, name: str) -> None:
    require_room()
    new = new_run_name(re.sub(r"-again(-\d+)?$", "", name) + "-again")
    queue.rewind(_folder(name), runs.runs_root(), new, user_cookie.current_user())
    _start()
    _show(visit, new)


def _delete(visit: PageState, name: str) -> None:
    run = _folder(name)
    title = queue.describe_job(run).get("title") or name
    place = queue.remove(run)
    visit.removed = (place, title) if place.exists() else None  # on a disk that is nearly full it is gone for good
    kept = tuple(other for other in visit.view.compare if other != name)
    _show(visit, None if visit.view.run == name else visit.view.run, kept)


def _undo(visit: PageState, name: str) -> None:
    if visit.removed is None:
        raise ValueError("nothing was deleted from here")
    run = queue.restore(visit.removed[0])
    visit.removed = None
    _show(visit, run.name)


def _again(visit: PageState, name: str) -> None:
    form.fill_from(runs.config_of(_folder(name)), name)
    st.session_state[form.REFRESH] = True


_ACTS: dict[Any, Callable[[PageState, str], None]] = {
    "pause": _pause,
    "run": _run,
    "step": _step,
    "stop": _stop,
    "resume": _resume,
    "rewind": _rewind,
    "delete": _delete,
    "undo": _undo,
    "again": _again,
}
NEEDS: dict[str, Act] = {
    **dict.fromkeys(("pause", "run", "step", "stop", "resume", "rewind"), "train"),
    **dict.fromkeys(("delete", "undo"), "delete"),
}


def new_run_name(wish: str) -> str:
    """A folder's name like the wish that no run has yet."""
    stem = re.sub(r"[^a-z0-9.-]+", "-", wish.lower()).strip("-.")[:60] or "run"
    folders = (runs.runs_root(), catalogue.ROOT / "models", runs.shipped_run().parent)
    for number in range(1, 10_000):
        name = stem if number == 1 else f"{stem}-{number}"
        if not any((folder / name).exists() for folder in folders):
            return name
    return f"{stem}-{time.time_ns():x}"
