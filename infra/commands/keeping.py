"""Commands that keep what there is, and one that takes away for good: backup, restore, migrate, takedown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from infra.asking import asking
from infra.commands import analyst
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.restore import restore as run_restore
from infra.settings import Loaded
from infra.takedown import Asked
from infra.takedown import takedown as run_takedown
from schemas.errors import BadInput

_SIGNAL: Final = re.compile(r"sg-[0-9a-f]+")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(takedown)
    app.command()(migrate)


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE.tar|DIR", help="A new file, or a new folder.")],
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Copy everything that the data folder knows, also while `run` works with it."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("backup", target=str(target.absolute()))
    if json:
        print_json(found)
    else:
        rows = sum(found["tables"].values())
        print(f"{found['file']}: {len(found['tables'])} tables, {rows} rows, up to commit {found['last_commit']}")


def restore(
    source: Annotated[str, typer.Argument(metavar="FILE.tar|DIR|ID", help="What `backup` wrote; or a signal.")],
    data: Data = None,
    force: Annotated[bool, typer.Option("--force", help="Put aside what the folder holds; it is renamed.")] = False,
    reason: analyst.Reason = "",
    by: analyst.By = "",
    key: analyst.Key = "",
    json: AsJson = False,
) -> None:
    """Fill an empty data folder from a backup; the next start goes on from there. Or bring a dismissed signal back."""
    if _SIGNAL.fullmatch(source) and not Path(source).exists():
        analyst.restore(source, reason, by, key, data, json)
        return
    if reason or by or key:
        raise BadInput(f"restore {source}: --reason, --by and --key go with a signal's id (sg-…)")
    found = run_restore(settings_for(data), Path(source), force=force)
    if json:
        print_json(found)
        return
    print(f"{found['data']}: as of {found['made_at']}, commit {found['last_commit']}")
    for path in found["put_aside"]:
        print(f"what was there is {path} now")


def takedown(
    article: Annotated[str, typer.Option("--article", metavar="ID|URL", help="One article.")] = "",
    publisher: Annotated[str, typer.Option("--publisher", metavar="NAME", help="All of a publisher, for good.")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Is kept, and shown with the events.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who asks.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    without_books: Annotated[
        bool, typer.Option("--without-books", help="On real services: there are no answers of a model and no alerts.")
    ] = False,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Withdraw the evidence of an article, or a publisher, erase its words everywhere, and never read it again."""
    loaded = settings_for(data)
    asked = Asked(article=article, publisher=publisher, by=analyst.who(loaded, by), reason=reason)
    found = _taken_down(loaded, asked, dry_run=dry_run, without_books=without_books)
    if json:
        print_json(found)
        return
    would = "would be " if dry_run else ""
    signals = len(found["signals"])
    print(f"{len(found['articles'])} articles {would}taken down: {found['evidence']} evidence of {signals} signals")
    if copies := found["copies_that_stay"]:
        say(f"{len(copies)} syndicated copies by others stay: {', '.join(copies[:10])}")
    if found.get("to_do"):
        say(f"withdrawn, but not erased yet: {found['to_do']}")


def _taken_down(loaded: Loaded, asked: Asked, *, dry_run: bool, without_books: bool) -> dict[str, Any]:
    if not loaded.settings.kafka.bootstrap:
        return run_takedown(loaded, asked, dry_run=dry_run)
    from infra.kafka.takedown import takedown_beside, takedown_there

    if loaded.settings.on_server:
        return takedown_there(loaded, asked, dry_run=dry_run, without_books=without_books)
    return takedown_beside(loaded, asked, dry_run=dry_run)


def migrate(
    to_kafka: Annotated[str, typer.Option("--to-kafka", metavar="HOST:PORT", help="The cluster's bootstrap address.")],
    to_store: Annotated[
        str,
        typer.Option(
            "--to-store", metavar="DSN", envvar="BELLWETHER_TO_STORE",
            help="clickhouse://user:password@host:8123/db, empty so far; left out: store.dsn, as it is.",
        ),
    ] = "",
    data: Data = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Move a data folder to Kafka and ClickHouse without losing a signal; given again it goes on where it stopped."""
    from infra.kafka.migrating import in_words, move

    found = move(settings_for(data, secret=to_store), to_kafka, to_store)
    if json:
        print_json(found)
        return
    print(in_words(found))
    if found["store"] != "moved before":
        print(f"{found['waiting']} articles wait for an extractor; start the roles (docs/operations.md)")
