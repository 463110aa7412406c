"""`bellwether site`: the pages alone, of a data folder without its stream or of the store of a real deployment."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.desk import Desk
from infra.embedded.folder import DataFolder
from infra.host import opened_desk
from infra.http_server import HttpServer
from infra.kafka.roles import opened_server_desk
from infra.metrics.registry import METRICS
from infra.metrics.store_figures import store_figures
from infra.pages import pages
from infra.settings import Loaded
from schemas.errors import BadInput, BadSetting, FolderBusy

Say = Callable[[str], None]


async def show_pages(loaded: Loaded, say: Say) -> None:
    """Serve until SIGINT or SIGTERM. Raises FolderBusy, BadInput or BadSetting, each with the remedy."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = loaded.settings.site
    METRICS.built("site")
    with _desk(loaded) as desk, METRICS.asking("store", lambda: store_figures(desk.store)):
        try:
            server = HttpServer(pages(desk), settings.host, settings.port)
        except BadInput as error:
            raise BadSetting(f"site.port: {error}") from error
        server.start()
        say(f"pages at {server.url}; Ctrl-C ends it")
        await stop.wait()
        await asyncio.to_thread(server.stop)


@contextmanager
def _desk(loaded: Loaded) -> Iterator[Desk]:
    dsn = loaded.settings.store.dsn.get_secret_value()
    if dsn and not dsn.startswith("chdb:"):
        with opened_server_desk(loaded) as desk:
            yield desk
        return
    folder = DataFolder(Path(loaded.settings.data))
    if not folder.exists():
        raise BadInput(f"data: there is nothing in {folder.path} yet; `bellwether run` or `bellwether ingest` fill it")
    if folder.is_held_elsewhere():
        raise FolderBusy(f"another process works with {folder.path}; if that is `run`, it shows the pages itself")
    with opened_desk(loaded) as desk:
        yield desk
