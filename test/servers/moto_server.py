"""moto as a server on a free loopback port, with a log of the requests it got.

The log is an account of what the binary sent that does not depend on its own report.
"""

import re
import threading
import urllib.request
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from client import client
from request import Request


class Moto:
    """A running moto. It looks at no token, so that it has none to give."""

    token = None
    has_sts = True
    tells_parts = True
    mangles = ""
    cannot: dict[str, str] = {}

    def __init__(self):
        self._requests: list[Request] = []
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._http = make_server(
            "127.0.0.1",
            0,
            self._logged,
            threaded=True,
            request_handler=QuietHandler,
        )
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def client(self, service: str, access_key_id="setup", secret_access_key="setup"):
        """A boto3 client of this server."""
        return client(self.url, service, access_key_id, secret_access_key)

    @contextmanager
    def log(self):
        """The requests that arrive inside the `with` block; complete after it."""
        requests: list[Request] = []
        begin = len(self._requests)
        yield requests
        requests.extend(self._requests[begin:])

    @contextmanager
    def verifying(self, after: int):
        """Inside the `with` block moto verifies every signature and every policy.

        The first `after` requests are excepted: AssumeRoleWithWebIdentity has no
        signature, and moto, unlike AWS, would want one.
        """
        self._verify_after(str(after))
        try:
            yield
        finally:
            self._verify_after("inf")

    def _verify_after(self, count: str):
        # Python would call it a form, which moto parses away.
        request = urllib.request.Request(
            f"{self.url}/moto-api/reset-auth",
            data=count.encode(),
            headers={"Content-Type": "text/plain"},
        )
        urllib.request.urlopen(request).close()

    def _logged(self, environ, start_response):
        request = logged_request(environ)
        self._requests.append(request)
        return self._moto(environ, start_response)


class QuietHandler(MotoRequestHandler):
    """Writes no access log."""

    def log(self, *_arguments):
        pass


def logged_request(environ) -> Request:
    """The request in `environ`, whose raw path is decoded exactly once."""
    raw_path, _, query = environ["RAW_URI"].partition("?")
    headers = {
        re.sub("^http_", "", name.lower()).replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    return Request(
        method=environ["REQUEST_METHOD"],
        path=unquote(raw_path),
        query=parse_qs(query, keep_blank_values=True),
        headers=headers,
    )
