"""What the Library's buttons do: keep, train, delete, bring back."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from ui.pages.train import actions as training
from ui.pages.train import runs
from ui.server import permissions, user_cookie
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data import uploaded
from vae_core.io import disk_space
from vae_core.jobs import queue
from vae_core.readers.schema import Preview
from vae_core.uploads import import_model, store

_PAGES = Path(__file__).resolve().parents[3] / "pages"
MAP_PAGE, TRAIN_PAGE = (_PAGES / name for name in ("latent_map.py", "train.py"))
_SAID, _PROBLEM, _REMOVED, _TURN = "lib_said", "lib_problem", "lib_removed", "lib_turn"
LATENTS = (2, 5, 10, 16)  # sizes to choose from
_PASSES = 100  # over the training pictures
_FEWEST, _MOST = 1000, 4000  # steps
_UNDO_SECONDS = 600.0  # in which a page that was loaded anew still offers it

Done = TypeVar("Done")


def keep(draft: store.Draft, title: str, source: str) -> None:
    """Keep what was looked at as a data set."""
    mine = _kept(draft, title, source)
    if mine:
        st.session_state[_SAID] = f"{mine.title} is kept: it is among the data sets below and on the page Train."


def keep_and_train(draft: store.Draft, title: str, source: str, latent_dim: int) -> None:
    """Keep what was looked at, queue a training on it and go to the page that shows it."""
    mine = _kept(draft, title, source)
    if mine:
        train(mine, latent_dim)
    else:
        st.rerun()


def turn() -> int:
    """Return a number that grows when something is kept: a chooser with another key is empty."""
    return st.session_state.setdefault(_TURN, 0)


def _kept(draft: store.Draft, title: str, source: str) -> uploaded.UploadedSet | None:
    def act() -> uploaded.UploadedSet:
        permissions.require("upload")
        return store.save(draft, title, source, user_cookie.current_user())

    mine = _or_problem(act)
    if mine:
        st.session_state[_TURN] = turn() + 1
    return mine


def train(mine: uploaded.UploadedSet, latent_dim: int = 2) -> None:
    """Queue a training on a data set with sensible settings and go to the page that shows it."""
    config = default_config(mine.preview, mine.name, latent_dim)
    title = f"{mine.title}, {latent_dim} latents"
    name = _or_problem(
        lambda: training.submit(config, title, f"{mine.name.removeprefix(uploaded.PREFIX)[:40]}-{latent_dim}d")
    )
    if name:
        st.switch_page(TRAIN_PAGE, query_params={"run": name})
    st.rerun()


def default_config(preview: Preview, name: str, latent_dim: int) -> RunConfig:
    """Choose settings for data that nobody has trained on before.

    A perceptron of a size that suits the data, σ as large as what is left over, about a hundred passes.
    """
    pixels, count = preview.shape[0] * preview.shape[1] * preview.shape[2], uploaded.training_count(preview)
    width = 300 if pixels >= 100 else 100
    batch = 100 if count >= 2000 else 50 if count >= 300 else 20
    steps = min(_MOST, max(_FEWEST, round(_PASSES * count / batch, -2)))
    model = ModelConfig(preview.shape, latent_dim, hidden=(width, width), sigma="optimal")
    train = TrainConfig(steps=int(steps), batch_size=batch, warmup=int(steps) // 5)
    return RunConfig(model, DataConfig(name), train)


def take_in(draft: import_model.ModelDraft) -> None:
    """Add a model that was brought to the runs and show it on the latent map."""
    wish = training.new_run_name(draft.title)

    def act() -> str:
        permissions.require("upload")
        training.require_room()
        import_model.import_model(draft, runs.runs_root() / wish)
        return wish

    name = _or_problem(act)
    runs.forget()
    if name:
        st.session_state[_TURN] = turn() + 1
        st.switch_page(MAP_PAGE, query_params={"map_model": name})
    st.rerun()


def remove_set(name: str, title: str) -> None:
    """Move a data set to the trash, one of one's own or anyone's for who moderates."""

    def move() -> tuple[Path, str]:
        owner = uploaded.describe(name).owner
        _require_mine(owner, title)
        return store.remove(name, owner), owner

    if moved := _or_problem(move):
        st.session_state[_REMOVED] = ("set", moved[0], title, moved[1])


def remove_run(name: str, title: str) -> None:
    """Move a run to the trash, one of one's own, one that is nobody's, or anyone's for who moderates."""

    def move() -> Path:
        run = runs.find_run(name)
        if run is None:
            raise ValueError(f"there is no run {name[:80]!r} any more")
        _require_mine(queue.describe_job(run).get("owner"), title)
        return queue.remove(run)

    place = _or_problem(move)
    runs.forget()
    if place and place.exists():
        st.session_state[_REMOVED] = ("run", place, title, "")
    elif place:
        st.session_state[_SAID] = f"{title} is deleted for good, since the disk of this server is nearly full."


def may_delete(owner: str | None) -> bool:
    """Whether this visitor may delete what is that owner's; what is nobody's is left to those who moderate."""
    theirs = (
        owner == user_cookie.current_user()
        or permissions.moderates()
        or (owner is None and permissions.may("moderate"))
    )
    return theirs and permissions.may("delete")


def _require_mine(owner: str | None, title: str) -> None:
    permissions.require("delete")
    if not may_delete(owner):
        raise ValueError(f"{title} is another visitor's: only its owner may delete it")


def undo() -> None:
    """Bring back what was deleted last."""
    if _REMOVED not in st.session_state:  # it was pressed twice
        return
    kind, place, title, owner = st.session_state[_REMOVED]
    back = _or_problem(lambda: store.restore(place, owner) if kind == "set" else queue.restore(place))
    runs.forget()
    if back or not place.exists():
        del st.session_state[_REMOVED]
    if back:
        st.session_state[_SAID] = f"{title} is back."


def removed() -> str | None:
    """Return the title of what was deleted last and can be brought back, by a page that was loaded since too."""
    held = st.session_state.get(_REMOVED) or _in_the_trash()
    if held:
        st.session_state[_REMOVED] = held
    return held[2] if held else None


def has_removed(name: str) -> bool:
    """Whether it was this visit that has deleted the set or run of that name last."""
    held = st.session_state.get(_REMOVED)
    return held is not None and held[1].name.rpartition(".")[0] == name.removeprefix(uploaded.PREFIX)


def _in_the_trash() -> tuple[str, Path, str, str] | None:
    """Find what this visitor has deleted in the last minutes."""
    me = user_cookie.current_user()
    places = [("set", place) for place in store.list_removed(me, _UNDO_SECONDS)]
    places += [("run", place) for place in queue.list_removed(runs.runs_root(), me, _UNDO_SECONDS)]
    for kind, place in sorted(places, key=lambda each: each[1].name.rpartition(".")[2], reverse=True):
        with contextlib.suppress(ValueError):
            title = uploaded.read_description(place).title if kind == "set" else queue.describe_job(place)["title"]
            return kind, place, title or place.name.rpartition(".")[0], me
    return None


def said() -> tuple[str, str]:
    """Return, once, the message of the last button and the sentence on why it failed."""
    return st.session_state.pop(_SAID, ""), st.session_state.pop(_PROBLEM, "")


def _or_problem(act: Callable[[], Done]) -> Done | None:
    """Return what the act gives; None, and a sentence for the page, when it cannot be done."""
    try:
        return act()
    except (ValueError, OSError) as error:
        words = disk_space.reason(error)
        st.session_state[_PROBLEM] = f"{words[:1].upper()}{words[1:]}."
        return None
