"""A browser may send anything for any input of any page: what was not offered is not taken, not read and not told of.

Each place is opened, by a visitor who may only look unless it says otherwise. Then each input in it, of Streamlit and
of the components, is given values of somebody else's making in the form in which a browser sends them. A decoy lies
where no data were offered.
"""

import json
import logging
import math
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from google.protobuf.json_format import MessageToJson
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.training_runs import make_training
from tests.malicious_uploads import model
from tests.measured_figures import figure, full
from tests.promise_cases import few
from tests.sample_uploads import noise, npz
from ui.pages.train import runs
from ui.server import deployment
from vae_core.jobs import queue
from vae_core.runs.run import FOLDER_VARIABLE

ROOT = str(Path(__file__).parents[2])
FRAME = Path(ROOT) / "ui" / "server" / "frame.py"
RUN = "somebody-elses"

# Where there are inputs: the page, its link, and the keys of what must be pressed before all of them are there.
PLACES = {
    "map": ("latent_map", {}, ()),
    "map, export": ("latent_map", {}, ("map_export",)),
    "map, link for a class": ("latent_map", {}, ("class_link",)),
    "line": ("anything_from_a_normal", {}, ()),
    "families": ("other_families", {"families_steps": "3"}, ()),
    "lesson": ("anything_from_a_normal", {"normal_map": "ring", "lesson": "the-ring", "lesson_step": "3"}, ()),
    "race": ("where_p_is_large", {}, ()),
    "race of ten dimensions": ("where_p_is_large", {"large_model": "fashion-10d"}, ()),
    "darts": ("where_p_is_large", {"large_chapter": "darts", "large_darts_prior": "10"}, ()),
    "dimension": ("where_p_is_large", {"large_chapter": "dimension"}, ()),
    "mending": ("where_p_is_large", {"large_chapter": "mending"}, ()),
    "aggregate": ("where_p_is_large", {"large_chapter": "aggregate"}, ()),
    "paths": ("paths", {}, ()),
    "train": ("train", {}, ("train_more",)),
    "train, a run": ("train", {"run": RUN}, ()),
    "library": ("library", {}, ()),
    "train, who may": ("train", {}, ("train_more",)),
    "library, who may": ("library", {}, ()),
    "library, pictures chosen, who may": ("library", {}, ()),
    "library, a table chosen, who may": ("library", {}, ()),
    "library, a model chosen, who may": ("library", {}, ()),
    "lessons": ("lessons", {}, ()),
}


TABLE = "id,a,b,kind\n" + "".join(f"{n},{n * n},{n % 7},k{n % 3}\n" for n in range(40))
FILES = {  # what lies in the chooser of these places
    "library, pictures chosen, who may": ("faces.npz", npz(images=noise(40, 8, 8), labels=np.arange(40) % 3)),
    "library, a table chosen, who may": ("table.csv", TABLE.encode()),
    "library, a model chosen, who may": ("model.zip", model()),
}


def wrong_values(decoy: str) -> list[WidgetState]:
    """What a browser might send for an input that expects something else."""
    deep = json.dumps(dict.fromkeys(("act", "run", "model", "view", "z", "x", "value", "compare"), decoy))
    fields = [
        {"string_value": decoy},
        {"string_value": "\x00\u202e" + "9" * 5000},
        {"string_value": ""},
        {"int_value": -(2**40)},
        {"double_value": math.nan},
        {"bool_value": True},
        {"trigger_value": True},
        {"string_trigger_value": {"data": decoy}},
        {"json_value": deep},
        {"json_value": f'{{"view": [[[["{decoy}"]]]], "act": {{"act": ["{decoy}"], "run": 1e999}}}}'},
        {"json_value": "[1e999, null]"},
        {"json_trigger_value": json.dumps([{"event": event, "value": decoy} for event in ("view", "act", "play")])},
    ]
    states = [WidgetState(**field) for field in fields]
    for values in ([decoy], [decoy, decoy], []):
        states.append(WidgetState())
        states[-1].string_array_value.data.extend(values)
        states[-1].string_array_value.SetInParent()
    for numbers in ([math.inf], [-1e300, 1e300, math.nan]):
        states.append(WidgetState())
        states[-1].double_array_value.data.extend(numbers)
    return states


def inputs(test: AppTest) -> list[str]:
    """The ids of all that a browser could send a value for."""

    def within(message: object) -> Iterator[str]:
        if isinstance(message, dict):
            for name, value in message.items():
                if name == "id" and isinstance(value, str) and value.startswith("$$ID"):
                    yield value
                yield from within(value)
        elif isinstance(message, list):
            for value in message:
                yield from within(value)

    protos = [node.proto for node in test._tree if getattr(node, "proto", None) is not None]
    return list(dict.fromkeys(found for proto in protos for found in within(json.loads(MessageToJson(proto)))))


def stumbles(records: Iterable[logging.LogRecord]) -> Iterator[str]:
    """Errors of the app itself: where Streamlit cannot read a value, it shows its sender a red box and runs nothing."""
    for record in records:
        if record.exc_info and record.exc_info[2]:
            frames = traceback.extract_tb(record.exc_info[2])
            last = next(f for f in reversed(frames) if "/streamlit/" in f.filename or f.filename.startswith(ROOT))
            if "/streamlit/" not in last.filename:
                yield f"{Path(last.filename).name}:{last.lineno} {record.exc_info[1]!r}"


def told(test: AppTest) -> str:
    """All that the page shows, but what is typed into its own fields."""
    protos = [node.proto for node in test._tree if getattr(node, "proto", None) is not None]
    shown = [MessageToJson(proto) for proto in protos if proto.DESCRIPTOR.name not in ("TextInput", "TextArea")]
    return "\n".join(shown)


@pytest.fixture
def decoy(tmp_path: Path) -> Path:
    """A folder with an array of pictures, of which no page knows."""
    folder = tmp_path / "decoy"
    folder.mkdir()
    pictures = np.random.default_rng(0).integers(0, 256, (40, 6, 6), dtype=np.uint8)
    (folder / "pictures.npz").write_bytes(npz(images=pictures))
    return folder


_watched: list[str] = []  # folders whose opening is written down; a hook cannot be taken away again
_opened: list[str] = []


def _hook(event: str, arguments: tuple) -> None:
    if event in ("open", "os.listdir", "os.scandir") and _watched and str(arguments[0]).startswith(_watched[0]):
        _opened.append(f"{event} {arguments[0]}")


sys.addaudithook(_hook)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    """Opens a place of a server that has a training of somebody else's."""
    (tmp_path / "secret").write_text("a-secret-that-only-the-proxy-and-the-replicas-know\n")
    (tmp_path / "serving.toml").write_text('[proxy]\nsecret_file = "secret"\n[roles]\nteacher = ["staff"]\n')
    monkeypatch.setenv(deployment.FILE_VARIABLE, str(tmp_path / "serving.toml"))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setattr(queue, "schedule", lambda root: None)
    make_training(tmp_path / "runs" / RUN, "done", at=100, snapshots=(0, 50, 100), title="Somebody else's")
    runs.forget()

    def open_place(place: str) -> AppTest:
        name, link, pressed = PLACES[place]
        if place.endswith("who may"):
            monkeypatch.delenv(deployment.FILE_VARIABLE)
        test = AppTest.from_file(str(FRAME), default_timeout=120).run()
        opened(test.switch_page(f"../../pages/{name}.py"), link)
        if place in FILES:
            if "model" in place:
                test.session_state["lib_as"] = "model"
                test.run()
            file, content = FILES[place]
            test.file_uploader[0].set_value((file, content, "application/octet-stream")).run()
            assert not test.error
        for key in pressed:
            (test.toggle(key=key).set_value(True) if key == "train_more" else test.button(key=key).click()).run()
        assert not test.exception
        return test

    return open_place


SLOW = {"race", "race of ten dimensions", "dimension", "mending", "lessons"}  # that compute for seconds with each value


@pytest.mark.slow
@pytest.mark.parametrize("place", few(PLACES, PLACES.keys() - SLOW))
def test_what_was_not_offered_is_not_taken(
    place: str, page: Callable[[str], AppTest], decoy: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    test, path = page(place), str(decoy / "pictures.npz")
    everywhere = set() if place == "map" else set(inputs(page("map")))
    names = [name for name in inputs(test) if name not in everywhere]
    assert names
    before = sorted(p.name for p in tmp_path.rglob("*"))
    _watched[:], _opened[:] = [str(decoy)], []
    faults = []
    for n, name in enumerate(names):
        sound = {state.id: state for state in test._tree.get_widget_states().widgets}
        values = wrong_values(path)
        if not full():  # one of those that have the form of what the input takes
            kind = sound[name].WhichOneof("value") if name in sound else None
            fitting = [value for value in values if value.WhichOneof("value") == kind] or values
            values = fitting[n % len(fitting) :][:1]
        for value in values:
            caplog.clear()
            value.id = name
            test = test._run(WidgetStates(widgets=[*(s for i, s in sound.items() if i != name), value]))
            said = [*stumbles(caplog.records), *(["told of the decoy"] if "decoy" in told(test) else []), *_opened]
            faults += [f"{name.rpartition('-')[2]} = {str(value)[:80]}: {words}" for words in said]
            _opened.clear()
    _watched.clear()
    assert faults == []
    if not place.endswith("who may"):
        assert sorted(p.name for p in tmp_path.rglob("*")) == before
    figure("forged.let-through", len(faults), "==", 0)
