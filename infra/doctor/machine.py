"""This machine: data folder, pages' port, zone data, Java and Maven."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.doctor.finding import Finding, fault, ok, warning
from infra.embedded.folder import DataFolder
from infra.kafka.local.jars import java_version, kafka_version, missing
from infra.settings import Settings

_LITTLE: Final = 2 * 1024**3  # bytes; a store of some weeks
_TOO_LITTLE: Final = 200 * 1024**2
_HOLDER_SECONDS: Final = 3.0


def folder(settings: Settings) -> Iterator[Finding]:
    """Look whether the data folder can be written, has room, and who holds it."""
    path = Path(settings.data).absolute()
    there = path
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield fault("data folder", f"{path} cannot be written: {error.strerror}", f"chown or chmod {there}, or --data")
        return
    held = DataFolder(path)
    words = f"{path} can be written" if path.exists() else f"{path} will be made"
    if path.exists() and held.is_held_elsewhere():
        who = _holder(held)
        if who is None:
            yield warning(
                "data folder", f"{path} is held by a process that does not answer (yet)",
                "wait if it starts or ends; otherwise end it: only it can be the holder of the file `lock`",
            )  # fmt: skip
        else:
            yield ok("data folder", f"{path} is held by the process that answers at 127.0.0.1:{who}")
    else:
        yield ok("data folder", f"{words}; nobody holds it")
    free = shutil.disk_usage(there).free
    room = f"{free / 1024**3:.1f} GiB free"
    if free < _TOO_LITTLE:
        yield fault("disk", room, f"make room on the disk of {there}: the store cannot write")
    elif free < _LITTLE:
        yield warning("disk", room, f"make room on the disk of {there} before long")
    else:
        yield ok("disk", room)


def _holder(held: DataFolder) -> int | None:
    door = held.door()
    if door is None:
        return None
    try:
        socket.create_connection(("127.0.0.1", int(door["port"])), _HOLDER_SECONDS).close()
    except (OSError, KeyError, ValueError):
        return None
    return int(door["port"])


def pages(settings: Settings) -> Iterator[Finding]:
    """Look whether the pages' port is free, or taken by a `run` of this folder."""
    site = settings.site
    if not site.enabled:
        yield ok("pages", "switched off")
        return
    if (error := _taken(site.host, site.port)) is not None:
        if DataFolder(Path(settings.data)).is_held_elsewhere():
            yield ok("pages", f"{site.host}:{site.port} is in use, as the folder is: probably by `bellwether run`")
        else:
            yield fault("pages", f"{site.host}:{site.port}: {error}", "set site.port to another one, or 0")
        return
    if site.on_loopback or site.password.get_secret_value():
        yield ok("pages", f"{site.host}:{site.port} is free")
    else:
        yield warning("pages", f"{site.host}:{site.port} asks nobody for a password", "set site.password, or 127.0.0.1")


def metrics(settings: Settings) -> Iterator[Finding]:
    """Look where metrics are offered, and whether that port is free, or taken by a `run` of this folder."""
    given = settings.metrics
    if not given.enabled:
        yield ok("metrics", "switched off")
        return
    if not given.port:
        where = "at /metrics of the pages" if settings.site.enabled else "nowhere: no pages, and metrics.port is 0"
        yield ok("metrics", where)
        return
    where = f"{given.host}:{given.port}"
    if settings.site.enabled and given.port == settings.site.port:
        yield fault("metrics", f"{where} is the pages' port", "set metrics.port to another one, or 0: they have them")
    elif (error := _taken(given.host, given.port)) is not None:
        if DataFolder(Path(settings.data)).is_held_elsewhere():
            yield ok("metrics", f"{where} is in use, as the folder is: probably by `bellwether run`")
        else:
            yield fault("metrics", f"{where}: {error}", "set metrics.port or metrics.host to another one, or port 0")
    elif given.on_loopback or given.token.get_secret_value():
        yield ok("metrics", f"{where} is free")
    else:
        yield warning("metrics", f"{where} asks nobody for a token", "set metrics.token, or metrics.host 127.0.0.1")


def _taken(host: str, port: int) -> str | None:
    """Return why an address cannot be listened on, None if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host.strip("[]"), port))
    except OSError as error:
        return error.strerror or str(error)
    return None


def zones(settings: Settings) -> Iterator[Finding]:
    """Look whether the reader's zone is known here."""
    zone = settings.reader.zone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield fault("time zones", f"no data for {zone}", "install tzdata (a system or Python package)")
    else:
        yield ok("time zones", f"reader.zone {zone} is known")


def java(settings: Settings) -> Iterator[Finding]:
    """Look whether `bellwether kafka up` could run here; nobody needs to."""
    if lacking := missing():
        yield warning("local Kafka", lacking, "needed for `bellwether kafka up` alone: install Java 17 and Maven")
    else:
        yield ok("local Kafka", f"Java {java_version()} can run Kafka {kafka_version()}")
