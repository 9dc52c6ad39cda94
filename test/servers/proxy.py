"""A proxy on loopback that logs what passes and changes nothing, signatures included."""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

from request import Request

# Headers of one connection, and not of the request.
OF_CONNECTION = {"connection", "expect", "keep-alive", "transfer-encoding"}


class LoggingProxy:
    """Stands before the server at 127.0.0.1:`port`."""

    def __init__(self, port: int):
        self.requests: list[Request] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.upstream_port = port
        self._http.requests = self.requests
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @contextmanager
    def log(self):
        """The requests that arrive inside the `with` block; complete after it."""
        requests: list[Request] = []
        begin = len(self.requests)
        yield requests
        requests.extend(self.requests[begin:])


class Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one of its own to the server."""

    protocol_version = "HTTP/1.1"
    # Small answers are not to wait for more of them.
    disable_nagle_algorithm = True
    upstream = None

    def forward(self):
        raw_path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.requests.append(
            Request(
                method=self.command,
                path=unquote(raw_path),
                query=parse_qs(query, keep_blank_values=True),
                headers={name.lower(): value for name, value in self.headers.items()},
            )
        )
        answer = self.asked(body)
        content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_CONNECTION | {"content-length"}:
                self.send_header(name, value)
        told = answer.getheader("Content-Length") if self.command == "HEAD" else None
        if answer.status not in (204, 304):
            self.send_header("Content-Length", told or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

    def asked(self, body: bytes) -> http.client.HTTPResponse:
        if self.upstream is None:
            port = self.server.upstream_port
            self.upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.upstream.putrequest(
            self.command, self.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in self.headers.items():
            if name.lower() not in OF_CONNECTION:
                self.upstream.putheader(name, value)
        self.upstream.endheaders(body or None)
        return self.upstream.getresponse()

    def finish(self):
        super().finish()
        if self.upstream is not None:
            self.upstream.close()

    def log_message(self, *_arguments):
        pass
