"""Where files for download lie until they expire: in memory, or in a folder of the data folder."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from margind.downloads.download import Download

Content = bytes | Path
"""A finished file: all of it, or where it lies."""


class Shelf(Protocol):
    """What is kept of each download: a note of what was asked for, and the file once it is made."""

    def notes(self) -> Iterator[Download]:
        """What was asked for before this start."""

    def note(self, download: Download) -> None:
        """Remember a download, or that it is ready."""

    def put(self, download: Download, pieces: Iterable[bytes]) -> None:
        """Keep a whole file, or nothing of it."""

    def content(self, download: Download) -> Content:
        """The file of a download that is ready."""

    def remove(self, download: Download) -> None:
        """Forget a download and its file."""

    def clear(self) -> None:
        """Forget all."""


class MemoryShelf:
    """Keeps files as long as the process lives."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def notes(self) -> Iterator[Download]:
        """Nothing."""
        return iter(())

    def note(self, download: Download) -> None:
        """Nothing to do."""

    def put(self, download: Download, pieces: Iterable[bytes]) -> None:
        """Keep a whole file."""
        self._files[download.download_id] = b"".join(pieces)

    def content(self, download: Download) -> Content:
        """The whole file."""
        return self._files[download.download_id]

    def remove(self, download: Download) -> None:
        """Forget the file."""
        self._files.pop(download.download_id, None)

    def clear(self) -> None:
        """Forget all files."""
        self._files.clear()


class FolderShelf:
    """Keeps files, and the notes beside them, over restarts. The methods belong into a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def notes(self) -> Iterator[Download]:
        """The notes that can be read; all else in the folder is what a crash has left, and goes."""
        noted = set()
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, msgspec.DecodeError):
                yield msgspec.json.decode(path.read_bytes(), type=Download)
                noted.add(path.stem)
        for path in self._folder.glob("*"):
            if path.suffix == ".part" or path.stem not in noted:
                path.unlink(missing_ok=True)

    def note(self, download: Download) -> None:
        """Write the note."""
        self._write(self._path(download, "json"), (msgspec.json.encode(download),))

    def put(self, download: Download, pieces: Iterable[bytes]) -> None:
        """Write the file; it appears under its name complete or not at all."""
        self._write(self._path(download, "csv"), pieces)

    def content(self, download: Download) -> Content:
        """Where the file lies."""
        return self._path(download, "csv")

    def remove(self, download: Download) -> None:
        """Delete the note, then the file."""
        for ending in ("json", "csv"):
            self._path(download, ending).unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, download: Download, ending: str) -> Path:
        return self._folder / f"{download.download_id}.{ending}"

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".part")
        try:
            draft.touch(mode=0o600)  # for the owner alone
            with draft.open("wb") as file:
                file.writelines(pieces)
            draft.replace(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
