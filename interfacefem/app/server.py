# SPDX-License-Identifier: BSD-3-Clause
"""The door of the page: this machine only, this session only.

On a login node other users' servers run beside this one and cookies are shared between the ports of
a host; so there is no cookie, but a session id that is signed and stands in the address.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interfacefem.errors import InputError

if TYPE_CHECKING:
    from bokeh.document import Document

ADDRESS = "127.0.0.1"
FIRST_PORT, PORTS_TRIED = 5117, 20
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Bokeh's scripts come from this server; what they make of callbacks needs unsafe-eval
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}


def require_bokeh() -> None:
    """Refuse, in one line, to go on without Bokeh.

    Raises:
        InputError: It is not installed.
    """
    try:
        import bokeh  # noqa: F401
    except ImportError:
        raise InputError(
            "Bokeh is missing",
            found="no module bokeh",
            expected="./ifem app, which installs it, or: pip install 'bokeh>=3.10'",
        ) from None


def free_port(asked: int | None) -> int:
    """The port that was asked for, or the first free one from 5117 on.

    Raises:
        InputError: It is taken.
    """
    tried = [asked] if asked is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)
    for port in tried:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise InputError("is taken", field="port", found=str(tried[0]), expected="a free port")


class PageServer:
    """A server of one document that only this machine and its own address reach.

    Args:
        make: Fills a new document.
        port: Free one of this machine.
    """

    def __init__(self, make: Callable[[Document], object], port: int) -> None:
        # it would replace the list of origins; scripts come from here, not from outside
        os.environ.pop("BOKEH_ALLOW_WS_ORIGIN", None)
        os.environ["BOKEH_RESOURCES"] = "server"
        from bokeh.application import Application
        from bokeh.application.handlers.function import FunctionHandler
        from bokeh.server.server import BaseServer
        from bokeh.server.tornado import BokehTornado
        from bokeh.util.token import generate_session_id
        from tornado.httpserver import HTTPServer
        from tornado.ioloop import IOLoop
        from tornado.netutil import bind_sockets
        from tornado.web import HTTPError, OutputTransform, RequestHandler

        hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        headers = {name: value.format(port=port) for name, value in _HEADERS.items()}

        class _Refused(RequestHandler):
            """A page of another name that points here: the browser would let it read us."""

            def prepare(self) -> None:
                raise HTTPError(403, "foreign Host header")

        class _Headers(OutputTransform):
            def transform_first_chunk(
                self, status_code: int, headers_: Any, chunk: bytes, finishing: bool
            ) -> tuple[int, Any, bytes]:
                for name, value in headers.items():
                    headers_[name] = value
                return status_code, headers_, chunk

        class _Guarded(BokehTornado):
            def find_handler(self, request: Any, **kwargs: Any) -> Any:
                if request.headers.get("Host", "").lower() not in hosts:
                    return self.get_handler_delegate(request, _Refused)
                return super().find_handler(request, **kwargs)

        self.port = port
        self._key = secrets.token_hex(32).encode()
        self.loop = IOLoop.current()
        tornado = _Guarded(
            {"/": Application(FunctionHandler(make))},
            extra_websocket_origins=sorted(hosts),
            secret_key=self._key,
            sign_sessions=True,
            generate_session_ids=False,
            check_unused_sessions_milliseconds=5000,
            unused_session_lifetime_milliseconds=60_000,
        )
        tornado.add_transform(_Headers)
        http = HTTPServer(tornado)
        http.add_sockets(bind_sockets(port, address=ADDRESS))
        self._server = BaseServer(self.loop, tornado, http)
        self.session = generate_session_id(secret_key=self._key, signed=True)

    @property
    def url(self) -> str:
        """The address, its secret included."""
        return f"http://{ADDRESS}:{self.port}/?bokeh-session-id={self.session}"

    def run(self) -> None:
        """Serve until the process is interrupted."""
        self._server.start()
        self.loop.start()

    def start(self) -> None:
        """Serve while somebody else runs the loop."""
        self._server.start()

    def stop(self) -> None:
        """End."""
        self._server.stop()
