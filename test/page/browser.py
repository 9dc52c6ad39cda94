"""Chromium without a window, spoken to through its debugging pipe: no port, and no driver.

https://chromedevtools.github.io/devtools-protocol/
"""

import fcntl
import json
import os
import select
import subprocess
import time
from pathlib import Path

# Where Chromium reads commands and writes answers: fixed by `--remote-debugging-pipe`.
READS, WRITES = 3, 4
ANSWER_SECONDS_MAX = 60


class Browser:
    """A running browser."""

    def __init__(self, profile: Path):
        reads, self._commands = self._pipe()
        self._answers, writes = self._pipe()
        self._buffer = b""
        self._id = 0
        self._events = []

        def hand_over():
            os.dup2(reads, READS)
            os.dup2(writes, WRITES)

        self._process = subprocess.Popen(
            [
                os.environ["CHROMIUM"],
                "--headless",
                "--remote-debugging-pipe",
                f"--user-data-dir={profile}",
                # What it opens is written by this test; containers have no user for a sandbox.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
            ],
            preexec_fn=hand_over,
            pass_fds=(READS, WRITES),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)

    @staticmethod
    def _pipe() -> tuple[int, int]:
        """A pipe whose ends do not stand where the browser's are to stand."""
        ends = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
        for end in ends:
            os.close(end)
        return high[0], high[1]

    def stop(self):
        self.send("Browser.close")
        self._process.wait(timeout=ANSWER_SECONDS_MAX)
        os.close(self._commands)
        os.close(self._answers)

    def send(self, method: str, session: str | None = None, **parameters) -> dict:
        """The result of a command; events that arrive meanwhile are kept."""
        self._id += 1
        command = {"id": self._id, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data) :]
        while True:
            message = self._next()
            if message.get("id") == self._id:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self._events.append(message)

    def wait_for(self, method: str):
        """Returns once an event of this name has come."""
        while not any(event.get("method") == method for event in self._events):
            self._events.append(self._next())

    def take_events(self) -> list[dict]:
        events, self._events = self._events, []
        return events

    def _next(self) -> dict:
        until = time.monotonic() + ANSWER_SECONDS_MAX
        while b"\0" not in self._buffer:
            left = until - time.monotonic()
            ready, _, _ = select.select([self._answers], [], [], max(left, 0))
            assert ready, "the browser does not answer"
            piece = os.read(self._answers, 65536)
            assert piece, "the browser has ended"
            self._buffer += piece
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


class View:
    """A file in a tab of a phone's width, with scripts off as well as any can be turned off."""

    def __init__(self, browser: Browser, file: Path, scheme: str = "light", width=360):
        self._browser = browser
        target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self._target = target
        attached = browser.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self._send(f"{domain}.enable")
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=True,
        )
        scheme = {"name": "prefers-color-scheme", "value": scheme}
        self._send("Emulation.setEmulatedMedia", features=[scheme])
        self._send("Emulation.setScriptExecutionDisabled", value=True)
        browser.take_events()
        self._send("Page.navigate", url=file.as_uri())
        browser.wait_for("Page.loadEventFired")
        # What a page begins after it has loaded would have begun by the second frame.
        self._send("Page.captureScreenshot", format="jpeg", quality=1)
        self.events = browser.take_events()

    def _send(self, method: str, **parameters) -> dict:
        return self._browser.send(method, session=self._session, **parameters)

    def close(self):
        self._browser.send("Target.closeTarget", targetId=self._target)

    def tell(self, expression: str):
        """The value of an expression of JavaScript, which looks at the page from outside."""
        answer = self._send(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        """What a person reads, as it is laid out."""
        return self.tell("document.body.innerText")

    @property
    def complaints(self) -> list[str]:
        """Errors, warnings and everything else on the console."""
        methods = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"]
        return [str(event) for event in self.events if event["method"] in methods]

    @property
    def requests(self) -> list[str]:
        """URLs that were asked for beside the file itself."""
        sent = [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in sent[1:] if not url.startswith("data:")]
