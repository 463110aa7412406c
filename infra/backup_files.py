"""What a backup consists of: a manifest and the files that it vouches for, in a folder or in one .tar file.

manifest.json           versions, counts, and the SHA-256 of every other file
tables/NAME.native.gz   a table's rows in ClickHouse's format Native
books.sqlite            the language model's answers and accounts, if there are any
alerts.sqlite           the book of alerts: what fired, what arrived where, how far events were read
settings.json           the settings in force, secrets masked: to look at, never read back
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from schemas.errors import BadInput

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
BOOKS: Final = "books.sqlite"
ALERTS: Final = "alerts.sqlite"
SETTINGS: Final = "settings.json"
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table of a backup: its columns in the order of its file, and how many rows it had."""

    name: str
    columns: tuple[str, ...]
    rows: int
    file: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `made_at` is ISO 8601 in UTC; `migrations` are (version, name, checksum)."""

    bellwether: str
    made_at: str
    last_commit: int  # of the live generation
    migrations: tuple[tuple[int, str, str], ...]
    tables: tuple[TableFile, ...]
    sums: dict[str, str] = field(default_factory=dict)  # file to SHA-256
    format: int = FORMAT


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a gzip file readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with gzip.open(path, "wb", compresslevel=1) as out:
        for piece in pieces:
            out.write(piece)


def read_pieces(path: Path) -> Iterator[bytes]:
    """Yield what `write_pieces` was given."""
    with gzip.open(path, "rb") as source:
        while piece := source.read(_PIECE):
            yield piece


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, which makes the folder a backup: the last thing that is written."""
    sums = {str(path.relative_to(folder)): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    (folder / MANIFEST).write_text(json.dumps(manifest | {"sums": sums, "format": FORMAT}, indent=1), "utf-8")
    (folder / MANIFEST).chmod(0o600)


def unsealed(folder: Path) -> Manifest:
    """Return the manifest once every file is what it says. Raises BadInput otherwise."""
    try:
        said = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder}: holds no whole backup ({MANIFEST}: {error})") from error
    if said.get("format") != FORMAT:
        raise BadInput(
            f"{folder}: is a backup of format {said.get('format')}, this version reads {FORMAT}: use a newer Bellwether"
        )
    tables = tuple(TableFile(**table | {"columns": tuple(table["columns"])}) for table in said.pop("tables"))
    migrations = tuple((version, name, checksum) for version, name, checksum in said.pop("migrations"))
    manifest = Manifest(**said, tables=tables, migrations=migrations)
    for file, digest in manifest.sums.items():
        path = folder / file
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file() or _digest(path) != digest:
            raise BadInput(f"{folder}: {file} is missing or damaged; take another backup")
    for table in manifest.tables:
        if table.file not in manifest.sums:
            raise BadInput(f"{folder}: the manifest does not vouch for {table.file}; take another backup")
    return manifest


def manifest_of(bellwether: str, made_at: str, last_commit: int, **parts: Any) -> dict[str, Any]:
    """Return a manifest's content without the sums."""
    return {"bellwether": bellwether, "made_at": made_at, "last_commit": last_commit} | {
        name: [asdict(part) if isinstance(part, TableFile) else part for part in value] for name, value in parts.items()
    }


@contextmanager
def packing(target: Path) -> Iterator[Path]:
    """Give a folder to fill, beside `target`, which then becomes it, or a .tar of it; whole or not at all.

    Raises BadInput when there is something already, or the place cannot be written.
    """
    if target.exists():
        raise BadInput(f"{target}: is there already; name a new file or folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))  # mode 700
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror}") from error
    try:
        yield partial
        if target.suffix == ".tar":
            packed = partial.with_name(f"{partial.name}.tar")
            try:
                packed.touch(mode=0o600)
                with tarfile.open(packed, "w") as archive:
                    for path in sorted(partial.rglob("*")):
                        if path.is_file():
                            archive.add(path, str(path.relative_to(partial)))
                packed.replace(target)
            finally:
                packed.unlink(missing_ok=True)
        else:
            partial.replace(target)
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def unpacked(source: Path, beside: Path) -> Iterator[Path]:
    """Give the folder of a backup; a .tar file is unpacked in `beside` for the time. Raises BadInput."""
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise BadInput(f"{source}: there is no such file or folder")
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore.", dir=beside) as name:
        try:
            with tarfile.open(source, "r:") as archive:
                archive.extractall(name, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise BadInput(f"{source}: is no backup that can be read: {error}") from error
        yield Path(name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
