"""`bellwether kafka up|down|status`: a real Kafka on this machine, without Docker; `kafka acls`: rights on any."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.kafka import acls as rights
from infra.kafka.acls import ACL_ROLES, SUBSCRIBER
from infra.kafka.local.jars import kafka_version, missing
from infra.kafka.local.node import CONTROLLER, PORT, KafkaNode
from infra.kafka.topics import create_topics
from schemas.errors import BadInput, BadSetting

Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Of the node; by default `kafka` in the data folder.")
]
group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Apache Kafka from Maven, one node on loopback (needs Java 17); what roles must be allowed on any.",
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (up, down, status, topics, acls):
        group.command()(command)
    app.add_typer(group, name="kafka")


def up(
    folder: Folder = None,
    data: Data = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help=f"0 for any free one; {PORT} at first.")] = None,
    controller_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"0 for any free one; {CONTROLLER} at first.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Start the node, or find it running. It stays until `bellwether kafka down`, and keeps its data."""
    node = _node(folder, data)
    if not node.runs() and (lacking := missing()):
        raise BadInput(f"kafka: {lacking}; install Java 17 or newer and Maven, or use docker compose (`make up`)")
    if not node.runs():
        say("starting Kafka; the first time Maven fetches it")
    started = node.start(port, controller_port)
    if json:
        print_json({"started": started, **_state(node)})
        return
    print(f"Kafka {kafka_version()} {'is up' if started else 'was up already'} at {node.bootstrap} (pid {node.pid})")
    print(f"data and log: {node.folder}")
    print("use it with BELLWETHER_KAFKA__BOOTSTRAP, or in bellwether.toml:")
    print(f'\n[kafka]\nbootstrap = "{node.bootstrap}"')


def down(
    folder: Folder = None,
    data: Data = None,
    erase: Annotated[bool, typer.Option("--erase", help="Delete what it holds, too.")] = False,
    json: AsJson = False,
) -> None:
    """Stop the node. Its data stays unless --erase is given."""
    node = _node(folder, data)
    stopped = node.stop()
    if erase:
        node.erase()
    if json:
        print_json({"stopped": stopped, "erased": erase})
    else:
        print(("stopped" if stopped else "no node was running") + (f"; {node.folder} is erased" if erase else ""))


def status(folder: Folder = None, data: Data = None, json: AsJson = False) -> None:
    """Whether the node runs, and where. Exit status 1 when it does not."""
    node = _node(folder, data)
    found = _state(node)
    if json:
        print_json(found)
    elif found["running"]:
        print(f"Kafka runs at {found['bootstrap']} (pid {found['pid']}); data and log: {node.folder}")
    else:
        print(f"no node runs in {node.folder}; `bellwether kafka up` starts one")
    if not found["running"]:
        raise typer.Exit(1)


def topics(data: Data = None, json: AsJson = False) -> None:
    """Make the missing topics on the configured Kafka (`kafka.bootstrap`), as each role does at its start if it may."""
    kafka = settings_for(data).settings.kafka
    if not kafka.bootstrap:
        raise BadSetting("kafka.bootstrap: names no Kafka; the embedded broker makes its topics by itself")
    made = create_topics(kafka.connection)
    if json:
        print_json({"made": made})
    else:
        print(f"made {', '.join(made)}" if made else "every topic is there")


def acls(
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="One role, or several; all without it.")
    ] = None,
    principal: Annotated[
        str, typer.Option("--principal", metavar="USER", help="Kafka's principal; {role} stands for the role's name.")
    ] = "User:{role}",
    consumer_group: Annotated[
        str, typer.Option("--group", metavar="NAME", help="Under which a subscriber follows; the name it passes.")
    ] = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Print what each role must be allowed on a Kafka with ACLs, as lines for kafka-acls.sh. Nothing is changed."""
    wanted = role or [name for name in ACL_ROLES if name != SUBSCRIBER or consumer_group]
    found = {name: rights.acls(name, consumer_group) for name in wanted}
    if json:
        print_json(
            [
                {
                    "role": name,
                    "principal": principal.replace("{role}", name),
                    "resource": acl.resource,
                    "name": acl.name,
                    "pattern": "prefixed" if acl.prefixed else "literal",
                    "operations": list(acl.operations),
                }
                for name, given in found.items()
                for acl in given
            ]
        )
        return
    bootstrap = settings_for(data).settings.kafka.bootstrap or "localhost:9092"
    for name, given in found.items():
        print(f"# {name}")
        print("\n".join(rights.commands(principal.replace("{role}", name), given, bootstrap)))


def _node(folder: Path | None, data: str | None) -> KafkaNode:
    return KafkaNode(folder or Path(settings_for(data).settings.data) / "kafka")


def _state(node: KafkaNode) -> dict[str, str | int | bool]:
    pid = node.pid
    bootstrap = node.bootstrap if node.ports() is not None else ""
    return {"running": bool(pid), "bootstrap": bootstrap, "pid": pid, "folder": str(node.folder)}
