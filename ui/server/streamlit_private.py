"""The private parts of Streamlit that the app uses. No other module of ui/, pages/ or app.py touches one.

The rule: public are the functions and classes of `streamlit` itself, `streamlit.testing`, `streamlit.components.v2` and
the exceptions of `streamlit.errors` that its documentation lists. All else is private: every other submodule, also one
that can be reached as an attribute (`st.runtime`), the messages between server and browser, and the addresses under
/_stcore. A release of Streamlit may change a private part without notice, so each is used only in this module, behind a
function of the app, and tests/app/test_streamlit_probe.py checks that it exists and does what the app expects.
"""

from collections.abc import Sequence
from pathlib import Path

from streamlit import config, file_util, runtime
from streamlit.delta_generator import DeltaGenerator
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

__all__ = ["DeltaGenerator", "is_host_allowed"]  # as Streamlit has them: the type of a place on a page; a check

HOSTS = "server.allowedHosts"
STREAM = "/_stcore/stream"  # the WebSocket of a page
UPLOADS = "/_stcore/upload_file"  # followed by the session and the file
FOR_OPERATORS = ("/_stcore/metrics", "/_stcore/script-health-check")


def allowed_hosts() -> list[str]:
    """Return the names of this server; an empty list lets any name pass."""
    return list(config.get_option(HOSTS) or ())


def is_configured() -> bool:
    """Return whether a configuration says what a page may show of an error, as this project's own does."""
    return config.get_where_defined("client.showErrorDetails") != "<default>"


def set_allowed_hosts(names: Sequence[str]) -> None:
    """Replace the names of this server. `st.set_option` refuses options of the server once it runs."""
    config.set_option(HOSTS, list(names))


def static_folder() -> Path:
    """Return the folder with Streamlit's own index.html, scripts and styles."""
    return Path(file_util.get_static_dir())


def asks_for_rerun(message: bytes) -> bool:
    """Return whether a message from the browser asks for a run of the script; False for bytes that are no message."""
    asked = BackMsg()
    try:
        asked.ParseFromString(message)
    except Exception:  # not of the protocol: Streamlit closes the page
        return False
    return asked.WhichOneof("type") == "rerun_script"


def ends_run(message: bytes) -> bool:
    """Return whether a message to the browser says that a run of the script has ended."""
    answer = ForwardMsg()
    answer.ParseFromString(message)
    return answer.WhichOneof("type") == "script_finished"


def toast_message(sentence: str) -> bytes:
    """Encode a note in a corner of the page, shown without a run of the script until the visitor closes it."""
    note = ForwardMsg()
    note.metadata.delta_path[:] = [RootContainer.EVENT, 0]  # the first place is always there
    note.delta.new_element.toast.body = sentence
    note.delta.new_element.toast.duration = 0  # until it is closed
    return note.SerializeToString()


def current_session() -> str | None:
    """Return the id of the session whose script runs in this thread, None outside of a run."""
    context = get_script_run_ctx()
    return None if context is None else context.session_id


def remove_uploaded_file(file: str) -> None:
    """Free the memory of a file that the current session has uploaded. Needs a run of the script."""
    context = get_script_run_ctx()
    context.uploaded_file_mgr.remove_file(context.session_id, file)


def is_deleted_file(value: object) -> bool:
    """Return whether the value of a file chooser is a file that the browser shows but the server no longer has."""
    return isinstance(value, DeletedFile)


def has_ended(session: str) -> bool:
    """Return whether a session has ended, so that its uploads are freed; False without a runtime."""
    return runtime.exists() and not runtime.get_instance().is_active_session(session)
