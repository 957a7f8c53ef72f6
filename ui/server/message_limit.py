"""Limit the bytes of WebSocket messages that have not ended yet, of all connections together.

uvicorn holds such a message in memory, up to `server.maxMessageSize`, and the application sees only whole ones. So this
looks at uvicorn's own connections, which are not part of its public interface: tests/app/test_message_limit.py checks
that they are as this module expects.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol as Connection

from ui.server.connection_limit import TRY_LATER

MOST_BYTES = 64 << 20
SENTENCE = "Too many messages are on their way to this server just now. Try again in a minute."

_receive, _end = Connection.data_received, Connection.connection_lost
_held: dict[Connection, int] = {}  # bytes that came since the connection had last ended its messages, the oldest first


def limit_messages() -> None:
    """From now on, close the connection whose message has been unfinished for longest while all hold too much."""
    Connection.data_received = _data_received
    Connection.connection_lost = _connection_lost


def bytes_held() -> int:
    """Add up the bytes of the messages that have not ended yet."""
    return sum(list(_held.values()))


def _data_received(self: Connection, data: bytes) -> None:
    _receive(self, data)
    if not (self.frames or self.conn.reader.buffer):
        _held.pop(self, None)
        return
    _held[self] = _held.get(self, 0) + len(data)
    while bytes_held() > MOST_BYTES:
        _close(next(iter(_held)))


def _connection_lost(self: Connection, error: Exception | None) -> None:
    _held.pop(self, None)
    _end(self, error)


def _close(connection: Connection) -> None:
    """Close a connection with a code and a sentence, as uvicorn closes one that does not answer."""
    del _held[connection]
    connection.frames.clear()
    connection.conn.fail(TRY_LATER, SENTENCE)
    connection.transport.write(b"".join(connection.conn.data_to_send()))
    connection.close_sent = True
    connection.transport.close()
