"""What arrived at a server, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]

    @property
    def key(self) -> str:
        """The object's key in a path-style request."""
        return self.path.split("/", 2)[2]
