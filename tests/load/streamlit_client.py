"""A client that speaks Streamlit's own protocol over a raw WebSocket: a browser without the browser."""

import json
import ssl
import time
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_PAD = "vae_lab_latent_map"


class Client:
    """One visitor of the app at `address` (host:port). Use as an async context manager.

    `cookie` is the value of that header; `tls` is needed where the server speaks TLS.
    """

    def __init__(self, address: str, query: str = "", cookie: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.address, self.query, self.cookie, self.tls = address, query, cookie, tls
        self.pad_id = self.fragment_id = ""
        self.errors: list[str] = []
        self._socket: ClientConnection

    async def __aenter__(self) -> Self:
        url = f"{'wss' if self.tls else 'ws'}://{self.address}/_stcore/stream"
        headers = {"Cookie": self.cookie} if self.cookie else None
        options = {"subprotocols": ["streamlit"], "max_size": None, "proxy": None, "open_timeout": 60}
        self._socket = await connect(url, additional_headers=headers, ssl=self.tls, **options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    def drop(self) -> None:
        """Lose the connection, as a browser does whose network is gone: nothing is said."""
        self._socket.transport.abort()

    async def gone(self) -> None:
        """Wait until the server has gone."""
        await self._socket.wait_closed()

    async def open_page(self) -> float:
        """Ask for the page and wait until it has run; gives the seconds that took."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        return await self._ask(message)

    async def settle(self, view: dict[str, Any]) -> float:
        """Report that the pad has settled on `view`, as it does when a drag ends; gives the seconds until done."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = self.fragment_id
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.json_value = self.pad_id, json.dumps({"view": view})
        return await self._ask(message)

    async def clear_cache(self) -> None:
        """Send the message with which any visitor can empty the caches of all."""
        message = BackMsg()
        message.clear_cache = True
        await self._socket.send(message.SerializeToString())

    async def _ask(self, message: BackMsg) -> float:
        begun = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await self._socket.recv())
            match answer.WhichOneof("type"):
                case "delta":
                    self._remember(answer)
                case "page_info_changed":
                    self.query = answer.page_info_changed.query_string
                case "script_finished":
                    return time.perf_counter() - begun

    def _remember(self, answer: ForwardMsg) -> None:
        element = answer.delta.new_element
        if element.WhichOneof("type") == "exception":
            self.errors.append(element.exception.message)
        if element.bidi_component.component_name == _PAD:
            self.pad_id, self.fragment_id = element.bidi_component.id, answer.delta.fragment_id
