"""An issuer of OIDC tokens on loopback, for servers whose STS verifies them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from pipe import base64url, claims

KEY_ID = "test"


class Issuer:
    """Has one key, and signs what a step of Bitbucket would have."""

    def __init__(self):
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        documents = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Documents)
        self._http.documents = documents
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self.keys_url = f"{self.url}/keys"
        documents["/keys"] = {
            "keys": [
                {
                    "kty": "RSA",
                    "alg": "RS256",
                    "use": "sig",
                    "kid": KEY_ID,
                    "n": number(numbers.n),
                    "e": number(numbers.e),
                }
            ]
        }
        documents["/.well-known/openid-configuration"] = {
            "issuer": self.url,
            "jwks_uri": self.keys_url,
        }
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def token(self) -> str:
        header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
        body = {**claims(int(time.time()) + 3600), "iss": self.url}
        parts = [base64url(json.dumps(part).encode()) for part in (header, body)]
        signed = ".".join(parts)
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"


class Documents(BaseHTTPRequestHandler):
    def do_GET(self):
        document = self.server.documents.get(self.path)
        body = json.dumps(document).encode()
        self.send_response(200 if document else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
