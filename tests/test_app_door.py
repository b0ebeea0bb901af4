# SPDX-License-Identifier: BSD-3-Clause
# ruff: noqa: E402
"""Who is let in to the page: this machine, by its own name, with the secret of this session."""

from __future__ import annotations

import functools
import http.client
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# the launcher keeps Bokeh in a folder of its own
for _folder in Path(os.environ.get("XDG_CACHE_HOME", "/nowhere")).parent.glob("page-*/"):
    sys.path.append(str(_folder))
pytest.importorskip("bokeh", reason="Bokeh is not installed (./ifem app installs it)")

from guided_images import write_image

from interfacefem.app.page import Page
from interfacefem.app.server import PageServer, free_port
from interfacefem.app.session import Session
from interfacefem.errors import InputError
from interfacefem.images.guide import guide_beside
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling

pytestmark = pytest.mark.filterwarnings("ignore")  # of Bokeh's own


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """A page that is served by a thread, on an image that has no pixel size."""
    image = write_image(tmp_path_factory.mktemp("door"))
    patch = pytest.MonkeyPatch()
    patch.setenv("BOKEH_ALLOW_WS_ORIGIN", "*")
    ready, found = threading.Event(), []

    def serve() -> None:
        import asyncio

        asyncio.set_event_loop(asyncio.new_event_loop())
        with Session([image], Sampling(), Cell()) as session:
            server = PageServer(functools.partial(Page, session), free_port(None))
            found.append(server)
            server.loop.add_callback(ready.set)
            server.run()
            server.stop()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(20)
    yield found[0]
    found[0].loop.add_callback(found[0].loop.stop)
    thread.join(20)
    patch.undo()


def ask(door: PageServer, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    return response


def page(door: PageServer) -> str:
    return f"/?bokeh-session-id={door.session}"


def test_the_secret_opens_and_every_answer_has_its_headers(door: PageServer) -> None:
    for path, status in ((page(door), 200), ("/none", 404), ("/static/js/bokeh.min.js", 200)):
        response = ask(door, path)
        assert response.status == status
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers.get("Set-Cookie") is None


@pytest.mark.parametrize(
    "path",
    [
        lambda secret: "/",
        lambda secret: "/?bokeh-session-id=",
        lambda secret: "/?bokeh-session-id=forged",
        lambda secret: f"/?bokeh-session-id={secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}",
        lambda secret: f"/?bokeh-session-id=x{secret}",
    ],
)
def test_without_the_secret_there_is_nothing(door: PageServer, path: Callable[[str], str]) -> None:
    assert ask(door, path(door.session)).status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "[::1]:80"])
def test_another_name_for_this_machine_is_refused(door: PageServer, host: str) -> None:
    assert ask(door, page(door), Host=host.format(port=door.port)).status == 403
    assert ask(door, "/static/js/bokeh.min.js", Host=host.format(port=door.port)).status == 403


def upgrade(door: PageServer, token: str, **headers: str) -> int:
    """Status of the answer to the request for a websocket."""
    return ask(
        door, "/ws", Connection="Upgrade", Upgrade="websocket",
        **{"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
           "Sec-WebSocket-Protocol": f"bokeh, {token}", **headers},
    ).status  # fmt: skip


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:1", "http://localhost.evil:{port}", "null"]
)
def test_pages_of_others_get_no_websocket(door: PageServer, origin: str) -> None:
    # although the environment allowed all of them
    assert upgrade(door, "any", Origin=origin.format(port=door.port)) == 403


def test_a_forged_token_gets_no_session(door: PageServer) -> None:
    own = f"http://127.0.0.1:{door.port}"
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as stream:
        stream.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{door.port}\r\nOrigin: {own}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: bokeh, Zm9yZ2Vk.Zm9yZ2Vk\r\n\r\n".encode()
        )
        said = b""
        while chunk := stream.recv(4096):
            said += chunk
    # refused, or closed at once: never a message of a document
    assert b"PULL-DOC-REPLY" not in said
    assert b"ACK" not in said.split(b"\r\n\r\n", 1)[-1]


def test_it_listens_on_this_machine_alone(door: PageServer) -> None:
    assert door.url.startswith(f"http://127.0.0.1:{door.port}/")
    outside = [
        entry[4][0]
        for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        if not entry[4][0].startswith("127.")
    ]
    for address in outside:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((address, door.port), timeout=5).close()


def test_a_port_that_is_taken_is_refused(door: PageServer) -> None:
    with pytest.raises(InputError, match="port: is taken"):
        free_port(door.port)
    assert free_port(None) != door.port


def test_looking_writes_nothing(door: PageServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = next(tmp_path_factory.getbasetemp().glob("door*"))
    assert [one.name for one in folder.iterdir()] == ["wave.png"]
    assert not guide_beside(folder / "wave.png").exists()
