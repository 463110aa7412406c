"""Commands for moving in from an older system: import-page, imported."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from infra.asking import asking, door_of
from infra.clock import wall_clock
from infra.commands import imported_report
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.control import to_json
from infra.desk import Desk
from infra.embedded.folder import DataFolder
from infra.host import opened_host, opened_store
from infra.policy import policy_from
from infra.settings import Loaded
from producers.signal_page.dates import Dates
from producers.signal_page.read import read_page
from producers.signal_page.shown_lines import MOST_BYTES
from schemas.errors import BadInput
from schemas.stated import StatedSignal

Row = dict[str, Any]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("import-page")(import_page)
    app.command()(imported)


def import_page(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Saved pages: text or HTML. Folders: all in them.")
    ],
    locale: Annotated[
        str, typer.Option(metavar="TAG", help="Of the browser that showed them: en-US reads 4/15/2026.")
    ] = "",
    zone: Annotated[str, typer.Option(metavar="NAME", help="The time zone of that browser.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report; keep nothing.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Move signals in from saved pages of an older system; what they state is kept apart and weighs nothing."""
    loaded = settings_for(data)
    reader = loaded.settings.reader
    dates = Dates(locale or reader.locale, zone or reader.zone)
    today = wall_clock().astimezone(ZoneInfo(dates.zone)).date()
    results: list[Row] = []
    pages: list[tuple[StatedSignal, Row]] = []
    for path in _listed(files):
        result: Row = {"file": str(path)}
        results.append(result)
        try:
            page = read_page(_content(path), locale=dates.locale, zone=dates.zone, today=today)
        except BadInput as error:
            result["error"] = str(error)
            continue
        result |= imported_report.summary(page)
        if not locale and imported_report.could_be_swapped(page):
            result["warnings"].append(f"its dates could be two days each; read as in {dates.locale}: name --locale")
        pages.append((page, result))
    if pages and not dry_run:
        _take_all(loaded, pages)
    failed = [result for result in results if "error" in result]
    if json:
        print_json(results)
    else:
        for result in results:
            if "error" not in result:
                imported_report.result(result)
        if len(results) > 1:
            imported_report.total(results)
    if len(results) > 1:
        for result in failed:
            say(f"{result['file']}: {result['error']}")
    if failed:
        what = f"{failed[0]['file']}: {failed[0]['error']}"
        raise BadInput(what if len(results) == 1 else f"{len(failed)} of {len(results)} files were not imported")


def imported(
    import_id: Annotated[str, typer.Argument(metavar="[ID]", help="One page, with all it states.")] = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """What imported pages state, and which of their quotes articles hold."""
    loaded = settings_for(data)
    with asking(loaded) as asker:
        found = asker.ask("imported_page", import_id=import_id) if import_id else asker.ask("imported")
    if json:
        print_json(found)
    elif import_id:
        imported_report.page(found, loaded.settings.reader.profile().times)
    else:
        imported_report.pages(found)


def _listed(files: Sequence[Path]) -> Iterator[Path]:
    """Yield the files; those of a folder in order of name, hidden ones left out. Raises BadInput."""
    for path in files:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        if not inside:
            raise BadInput(f"{path}: there is no file in this folder")
        yield from inside


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}") from error


def _take_all(loaded: Loaded, pages: Sequence[tuple[StatedSignal, Row]]) -> None:
    """Hand every page in and add to its result what became of it.

    Through the process that holds the folder, or by holding it, with a stream of our own so that the articles which
    pages quote are read again at once. A real store takes the pages; the role `feeds` does the rest.
    """
    folder = DataFolder(Path(loaded.settings.data))
    door = door_of(folder)
    dsn = loaded.settings.store.dsn.get_secret_value()
    if door is not None:
        for page, result in pages:
            result.update(door.ask("import_page", _asked(page, result)))
    elif dsn and not dsn.startswith("chdb:"):
        with opened_store(loaded) as (_, store):
            desk = Desk(store, loaded, policy_from(loaded.settings.policy))
            for page, result in pages:
                result.update(desk.import_page(**_asked(page, result)))
    else:
        asyncio.run(_by_ourselves(loaded, pages))


async def _by_ourselves(loaded: Loaded, pages: Sequence[tuple[StatedSignal, Row]]) -> None:
    async with opened_host(loaded) as host:
        for page, result in pages:
            result.update(await asyncio.to_thread(host.desk.answer, "import_page", _asked(page, result)))
        await host.stream.settle()
        await host.stream.narrated()


def _asked(page: StatedSignal, result: Row) -> Row:
    """Return the arguments of the question `import_page`, as plain JSON data."""
    return {"page": msgspec.json.decode(to_json(page)), "file": Path(result["file"]).name}
