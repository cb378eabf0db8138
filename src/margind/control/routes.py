"""The table of the control API: one row per call; routing and the reference page are read from it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

import msgspec

from margind.control.call import Call
from margind.errors.impossible import Impossible

Handler: TypeAlias = Callable[[Call], Awaitable[object]]


class Route(msgspec.Struct, frozen=True):
    """One call."""

    method: str
    path: str
    """With a name in braces for each part that varies."""
    handler: Handler
    summary: str
    body: type | None = None
    """The document it takes."""


class WrongMethod(Impossible):
    """The path is known, but not with this method."""

    def __init__(self, method: str, path: str, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__("wrong_method", f"{path} takes {self.allowed}, not {method}", 405)


class Router:
    """Finds the row of a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._rows: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.path.split("/")
            self._rows.setdefault(len(parts), []).append((parts, route))

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The row, and the names in the path; `Impossible` when there is none."""
        parts = path.split("/")
        fitting = {}
        for pattern, route in self._rows.get(len(parts), ()):
            names = _names(pattern, parts)
            if names is not None:
                fitting[route.method] = (route, names)
        if not fitting:
            raise Impossible("unknown_path", f"there is no {method} {path} in the control API", 404)
        if method not in fitting:
            raise WrongMethod(method, path, fitting)
        return fitting[method]


def _names(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    names = {}
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{") and part:
            names[expected[1:-1]] = part
        elif expected != part:
            return None
    return names
