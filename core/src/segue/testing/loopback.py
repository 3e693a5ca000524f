"""Serve a vendor model over HTTP on loopback, for tests and benchmarks that need sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from segue.flow import Reply
from segue.testing.hush_vendor import Request, VendorModel


@contextmanager
def served(model: VendorModel, *, hosts: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve `model` on a free port of 127.0.0.1 while the block runs; yields its address.

    `hosts` are the vendor's other hosts, each by the path that stands for it here, such as
    `{"/other/files.acme.example": "https://files.acme.example"}`: their addresses in responses are
    rewritten to this server's, in JSON, in text and in `location`. Where that is not enough,
    `headers["host"]` of a request is this server's own host and port.
    """
    server = _Server(("127.0.0.1", 0), _handler(model, hosts or {}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a killed client drops its connection."""


def _rewritten(reply: Reply, hosts: Mapping[str, str], here: str) -> Reply:
    """The reply with the addresses of other hosts rewritten to this server's."""
    body, headers = reply.body or b"", dict(reply.headers)
    for path, host in hosts.items():
        ours, theirs = f"{here}{path}", host.rstrip("/")
        if reply.content_type.startswith(("application/json", "text/")):
            body = body.replace(theirs.encode(), ours.encode())
        if "location" in headers:
            headers["location"] = headers["location"].replace(theirs, ours)
    return msgspec.structs.replace(reply, headers=headers, body=body)


def _handler(model: VendorModel, hosts: Mapping[str, str]) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(method=self.command, path=self.path, headers=headers, body=body)
            with lock:
                reply = model.handle(request, time.monotonic())
            if hosts:
                reply = _rewritten(reply, hosts, f"http://{headers.get('host', '')}")
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body or b"")))
            self.end_headers()
            self.wfile.write(reply.body or b"")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Log nothing."""

    return Handler
