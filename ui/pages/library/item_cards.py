"""The cards of the Library: data sets, models and trainings, each with its size, its owner and what can be done."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui.export.dialog import export
from ui.pages.library import actions, formatting
from ui.pages.library.map_picture import map_picture
from ui.pages.train import datasets, runs
from ui.runs import assets, model_card
from ui.runs.card_text import likelihood, nats
from ui.runs.catalogue import Catalogue, Entry
from ui.server import permissions, user_cookie
from vae_core.data.uploaded import UploadedSet
from vae_core.uploads import store

_CARD = 336  # pixels: fits a phone
_MAP = 112  # pixels
_FIRST = 24  # cards that are shown at once
_STATES = {"queued": "waiting", "running": "training", "done": "done", "interrupted": "interrupted"}


def data_sets() -> None:
    """What was brought, and what is always there."""
    me = user_cookie.current_user()
    quota = store.measure_quota(me)
    if quota.sets:
        share = min(1.0, quota.bytes / quota.most_bytes)
        text = f"You use {formatting.size(quota.bytes)} of {formatting.size(quota.most_bytes)}"
        st.progress(share, f"{text}, and {quota.sets} of at most {quota.most_sets} data sets.")
    every = store.list_sets()
    mine = _mine_or_all([(kept, kept.owner) for kept in every], "data sets", "lib_sets")
    _say_what_is_gone("lib_sets_before", {kept.name: kept.title for kept in mine}, {kept.name for kept in every})
    if not mine:
        st.info("There is no imported data set yet." + (" Drop a file above." if permissions.may("upload") else ""))
    with st.container(horizontal=True):
        for kept in mine:
            _data_card(kept, me)
    formatting.small(
        "Always there, on the page Train: " + ", ".join(datasets.title(name) for name in datasets.named()) + "."
    )


def _data_card(kept: UploadedSet, me: str) -> None:
    with _card(f"lib_set_{kept.name[4:]}"):
        try:
            st.image(store.read_contact_sheet(kept.name), width="stretch", alt=f"Some of {kept.title}")
        except OSError:
            formatting.small("Its pictures are gone.")
        facts = f"{formatting.amount(kept.preview)}. {formatting.size(kept.bytes)}, {formatting.whose(kept.owner, me)}"
        _facts(kept.title, f"{facts}, {formatting.age(kept.made)}, from {kept.source}.")
        row = st.container(horizontal=True)
        if row.button("Train", key=f"lib_train_{kept.name}", disabled=not permissions.may("train")):
            actions.train(kept)
        if actions.may_delete(kept.owner):
            _delete(row, f"lib_delete_{kept.name}", actions.remove_set, (kept.name, kept.title))


def models(found: Catalogue) -> None:
    """What the pages can show: shipped, trained here, or brought."""
    me = user_cookie.current_user()
    if count := runs.count_of(me):
        held, most = formatting.size(runs.bytes_of(me)), formatting.size(runs.MOST_BYTES_OF_ONE)
        formatting.small(
            f"Yours are {count} of at most {runs.MOST_OF_ONE} models and trainings, and hold {held} of {most}."
        )
    known = found.runs.values()
    chosen = _mine_or_all([(entry, entry.owner) for entry in known if not entry.shipped], "models", "lib_models")
    _say_what_is_gone("lib_models_before", {entry.id: entry.title for entry in chosen}, set(found.runs))
    if not chosen:
        hint = " Import data above and press Train now." if permissions.may("upload") else ""
        st.info(f"No model has been trained or imported here yet.{hint}")
    with st.container(horizontal=True):
        for entry in chosen:
            _model_card(entry, me)
    st.header("Shipped", anchor=False)
    with st.container(horizontal=True):
        for entry in (entry for entry in known if entry.shipped):
            _model_card(entry, me)


def _model_card(entry: Entry, me: str) -> None:
    run = runs.find_run(entry.id)
    with _card(f"lib_model_{_key(entry.id)}"):
        model, test = entry.run.config.model, entry.run.card["test"]
        size = formatting.size(_bytes(entry.run.path, entry.digest))
        whose = "shipped" if entry.shipped else formatting.whose(entry.owner, me)
        elbo = nats(test, "elbo", "stderr")
        facts = [assets.data_title(entry), f"{model.latent_dim} latents", likelihood(entry)]
        head = st.container(horizontal=True)
        if picture := map_picture(entry):
            head.image(picture, width=_MAP, alt=f"The latent map of {entry.title}")
        with head.container(width="stretch"):
            _facts(entry.title, f"{', '.join(facts)}. Test ELBO {elbo or 'not known'}. {size}, {whose}.")
        row = st.container(horizontal=True, vertical_alignment="center")
        row.page_link(actions.MAP_PAGE, label="Open", icon=":material/map:", query_params={"map_model": entry.id})
        if row.button("Export", key=f"lib_export_{_key(entry.id)}", icon=":material/download:", type="tertiary"):
            export(entry)
        if run is not None and not entry.shipped:
            if (run / "metrics.jsonl").is_file():
                row.page_link(
                    actions.TRAIN_PAGE, label="Curves", icon=":material/show_chart:", query_params={"run": run.name}
                )
            if actions.may_delete(entry.owner):
                _delete(row, f"lib_remove_{entry.id}", actions.remove_run, (run.name, entry.title))


def trainings() -> None:
    """Runs that are not finished: waiting, training, stopped, failed."""
    me = user_cookie.current_user()
    unfinished = [run for run in runs.listed() if run.state != "done"]
    chosen = _mine_or_all([(run, run.owner) for run in unfinished], "trainings", "lib_runs")
    if not chosen:
        st.info("Nothing is waiting or training. What is done is among the models.")
    with st.container(horizontal=True):
        for run in chosen:
            with _card(f"lib_run_{_key(run.id)}"):
                state = _STATES.get(run.state, run.state)
                share = min(1.0, run.step / max(1, run.steps))
                _facts(run.title, f"{state}, step {run.step:,} of {run.steps:,}, {formatting.whose(run.owner, me)}.")
                st.progress(share)
                row = st.container(horizontal=True)
                row.page_link(
                    actions.TRAIN_PAGE, label="Watch", icon=":material/show_chart:", query_params={"run": run.id}
                )
                if run.state not in ("running", "starting", "queued") and actions.may_delete(run.owner):
                    _delete(row, f"lib_remove_{run.id}", actions.remove_run, (run.id, run.title))


def _say_what_is_gone(key: str, now: dict[str, str], there: set[str]) -> None:
    """Name what was among these cards when the page last ran and was deleted elsewhere since: a click on it is lost."""
    before, st.session_state[key] = st.session_state.get(key, {}), now
    gone = [title for name, title in before.items() if name not in there and not actions.has_removed(name)]
    if gone:
        st.warning(model_card.plain(f"Deleted in another tab, or by the owner: {', '.join(gone)}."))


def _mine_or_all(things: Sequence[tuple[Any, str | None]], what: str, key: str) -> list[Any]:
    """The things to show: the visitor's own first, or everyone's, as many as were asked for."""
    me = user_cookie.current_user()
    own = [thing for thing, owner in things if owner == me]
    everyone = own
    if len(own) < len(things):
        others = len(things) - len(own)
        if not own or st.toggle(f"Also others' {what} ({others})", key=f"{key}_all"):
            everyone = [*own, *(thing for thing, owner in things if owner != me)]
    if len(everyone) <= _FIRST or st.toggle(f"All {len(everyone)}", key=f"{key}_more"):
        return everyone
    return everyone[:_FIRST]


def _card(key: str) -> Any:
    return st.container(border=True, width=_CARD, key=key)


def _facts(title: str, facts: str) -> None:
    st.markdown(f"**{model_card.plain(title)}**")
    formatting.small(facts[:1].upper() + facts[1:])


def _delete(row: Any, key: str, act: Any, args: tuple[str, str]) -> None:
    row.button("Delete", key=key, icon=":material/delete:", type="tertiary", on_click=act, args=args)


def _key(name: str) -> str:
    """A name that may stand in a class of CSS."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name)[:80]


@lru_cache(maxsize=1024)
def _bytes(folder: Path, digest: str) -> int:
    """Add up the bytes of a run on disk, with its snapshots and checkpoints."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
