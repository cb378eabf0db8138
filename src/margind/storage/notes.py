"""What the exchanges of a data folder were made of: one small file beside each journal."""

import os
from collections.abc import Iterator
from pathlib import Path

_SUFFIX = ".exchange.json"


def write_note(folder: Path, name: str, note: bytes) -> None:
    """Keep what an exchange is made of; when this returns it survives the end of the machine, too."""
    path = _path(folder, name)
    draft = path.with_name(path.name + ".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_notes(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The notes of a folder, in the order of the exchanges' names."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        yield path, path.read_bytes()


def remove_note(folder: Path, name: str) -> None:
    """Forget what an exchange was made of."""
    _path(folder, name).unlink(missing_ok=True)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}{_SUFFIX}"
