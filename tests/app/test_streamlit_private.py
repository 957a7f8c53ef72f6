"""Streamlit's private parts exist and behave as the app expects; only ui/server/streamlit_private.py has them."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette import starlette_routes, starlette_websocket

ROOT = Path(__file__).parents[2]
PROBE = ROOT / "ui" / "server" / "streamlit_private.py"
SOURCES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "ui").rglob("*.py"))]
PUBLIC_ERRORS = {"StreamlitAPIException"}  # that the documentation lists


def private_imports(path: Path) -> Iterator[str]:
    """The imports of a file that the rule of the probe calls private, and private attributes of `streamlit` itself."""
    names = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "streamlit":
                    names.add(alias.asname or alias.name)
                elif alias.name.startswith("streamlit.") and not is_public(alias.name):
                    yield f"line {node.lineno}: import {alias.name}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "streamlit":
            for alias in node.names:
                if not is_public(node.module, alias.name):
                    yield f"line {node.lineno}: from {node.module} import {alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            if node.attr != "components" and not is_public("streamlit", node.attr):
                yield f"line {node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            inner = node.value
            of_streamlit = isinstance(inner.value, ast.Name) and inner.value.id in names
            if of_streamlit and inner.attr == "components" and node.attr != "v2":
                yield f"line {node.lineno}: {inner.value.id}.components.{node.attr}"


def is_public(module: str, name: str = "") -> bool:
    if module == "streamlit":
        return not name.startswith("_") and not isinstance(getattr(st, name, None), ModuleType)
    if module == "streamlit.errors":
        return name in PUBLIC_ERRORS
    return module == "streamlit.components.v2" or f"{module}.".startswith("streamlit.testing.")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_touches_a_private_part(path: Path) -> None:
    found = [] if path == PROBE else list(private_imports(path))
    assert found == [], f"{path.relative_to(ROOT)} uses private parts of Streamlit, move them to {PROBE.name}: {found}"


@pytest.mark.parametrize(
    ("line", "private"),
    [
        ("import streamlit as st\nst.button", False),
        ("import streamlit as st\nst.components.v2.component", False),
        ("from streamlit.testing.v1 import AppTest", False),
        ("from streamlit.components.v2 import component", False),
        ("from streamlit.errors import StreamlitAPIException", False),
        ("from streamlit import config", True),
        ("from streamlit.runtime import Runtime", True),
        ("import streamlit.web.cli", True),
        ("import streamlit as st\nst.runtime.exists()", True),
        ("import streamlit as st\nst._main", True),
        ("import streamlit as st\nst.components.v1.html", True),
        ("from streamlit.errors import Error", True),
    ],
)
def test_the_rule_tells_private_from_public(line: str, private: bool, tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text(line)
    assert bool(list(private_imports(tmp_path / "some.py"))) is private


IMPORTED = [
    (node.module, alias.name)
    for node in ast.walk(ast.parse(PROBE.read_text(encoding="utf-8")))
    if isinstance(node, ast.ImportFrom) and node.module.startswith("streamlit")
    for alias in node.names
]


@pytest.mark.parametrize(("module", "name"), IMPORTED)
def test_each_private_name_is_there(module: str, name: str) -> None:
    found = importlib.import_module(module)
    assert hasattr(found, name), f"this Streamlit has no {module}.{name}: look where {PROBE.name} uses it"


@pytest.fixture(scope="module")
def probe() -> ModuleType:
    return importlib.import_module("ui.server.streamlit_private")


def test_what_others_use_of_the_probe_are_its_own_names(probe: ModuleType) -> None:
    values = {name: value for name, value in vars(probe).items() if not isinstance(value, ModuleType)}
    defined = {name for name, value in values.items() if getattr(value, "__module__", None) in (None, probe.__name__)}
    own = defined | set(probe.__all__)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert node.value.id != "streamlit_private" or node.attr in own, (path, node.attr)
            elif isinstance(node, ast.ImportFrom) and node.module == probe.__name__:
                assert {alias.name for alias in node.names} <= own, path


def test_the_addresses_are_those_of_the_server(probe: ModuleType) -> None:
    run_of = SimpleNamespace(stats_mgr=None)
    routes = [
        *starlette_routes.create_health_routes(run_of, ""),
        *starlette_routes.create_script_health_routes(run_of, ""),
        *starlette_routes.create_metrics_routes(run_of, ""),
        *starlette_routes.create_upload_routes(run_of, None, ""),
        *starlette_websocket.create_websocket_routes(run_of, ""),
    ]
    paths = {route.path for route in routes}
    assert {probe.STREAM, *probe.FOR_OPERATORS} <= paths
    assert f"{probe.UPLOADS}/{{session_id}}/{{file_id}}" in paths


def test_the_names_of_the_server_are_read_set_and_checked(probe: ModuleType) -> None:
    before = probe.allowed_hosts()
    try:
        probe.set_allowed_hosts(("lab.example.edu",))
        assert probe.allowed_hosts() == ["lab.example.edu"]
        assert probe.is_host_allowed("lab.example.edu:8501")
        assert not probe.is_host_allowed("evil.example")
        assert not probe.is_host_allowed(None)
        probe.set_allowed_hosts(())
        assert probe.allowed_hosts() == []
        assert probe.is_host_allowed("evil.example")
    finally:
        probe.set_allowed_hosts(before)


def test_the_static_folder_holds_the_page_and_its_scripts(probe: ModuleType) -> None:
    assert (probe.static_folder() / "index.html").is_file()
    assert any((probe.static_folder() / "static" / "js").glob("*.js"))


def test_a_message_that_asks_for_a_run_is_told_from_others(probe: ModuleType) -> None:
    asks, clears = BackMsg(), BackMsg()
    asks.rerun_script.query_string = "map_x=3"
    clears.clear_cache = True
    assert probe.asks_for_rerun(asks.SerializeToString())
    assert not probe.asks_for_rerun(clears.SerializeToString())
    assert not probe.asks_for_rerun(b"\xff\xff not of the protocol")


def test_a_message_that_ends_a_run_is_told_from_others(probe: ModuleType) -> None:
    ends, note = ForwardMsg(), probe.toast_message("The server is about to stop.")
    ends.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    assert probe.ends_run(ends.SerializeToString())
    assert not probe.ends_run(note)


def test_a_note_is_a_toast_in_the_first_place_of_its_container(probe: ModuleType) -> None:
    note = ForwardMsg()
    note.ParseFromString(probe.toast_message("The server is about to stop."))
    assert note.WhichOneof("type") == "delta"
    assert note.delta.new_element.WhichOneof("type") == "toast"
    assert note.delta.new_element.toast.body == "The server is about to stop."
    assert note.delta.new_element.toast.duration == 0
    assert list(note.metadata.delta_path) == list(toast_of_streamlit().metadata.delta_path)


def toast_of_streamlit() -> ForwardMsg:
    """The message of st.toast itself, as a script's run queues it."""
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    sent: list[ForwardMsg] = []
    with pytest.MonkeyPatch.context() as patch:
        add = ForwardMsgQueue.enqueue
        patch.setattr(ForwardMsgQueue, "enqueue", lambda queue, message: (sent.append(message), add(queue, message))[1])
        AppTest.from_string('import streamlit as st\nst.toast("A note")').run()
    return next(message for message in sent if message.delta.new_element.WhichOneof("type") == "toast")


def test_a_run_knows_its_session_its_places_and_its_uploads(probe: ModuleType) -> None:
    assert probe.current_session() is None

    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx
        from streamlit.runtime.uploaded_file_manager import UploadedFileRec

        from ui.server import streamlit_private

        context, session = get_script_run_ctx(), streamlit_private.current_session()
        files = context.uploaded_file_mgr
        for name in ("a", "b"):
            files.add_file(session, UploadedFileRec(name, f"{name}.png", "image/png", b"x"))
        streamlit_private.remove_uploaded_file("a")
        left = [file.file_id for file in files.get_files(session, ["a", "b"])]
        place = isinstance(st.container(), streamlit_private.DeltaGenerator)
        st.json({"same": session == context.session_id, "left": left, "place": place})

    test = AppTest.from_function(script).run()
    assert not test.exception
    assert test.json[0].value == '{"same": true, "left": ["b"], "place": true}'


def test_a_file_that_the_server_has_lost_is_told_from_one_that_it_holds(probe: ModuleType) -> None:
    assert probe.is_deleted_file(DeletedFile("1"))
    assert not probe.is_deleted_file(None)
    assert not isinstance(DeletedFile("1"), UploadedFile)


def test_a_session_has_ended_when_the_runtime_does_not_know_it(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runtime, "_instance", None)
    assert not probe.has_ended("some session")
    files = MemoryUploadedFileManager(probe.UPLOADS)
    running = Runtime(RuntimeConfig("app.py", MemoryMediaFileStorage("/media"), files))
    assert probe.has_ended("some session")
    monkeypatch.setattr(running._session_mgr, "is_active_session", lambda session: session == "some session")
    assert not probe.has_ended("some session")
    assert probe.has_ended("another session")
