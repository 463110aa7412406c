"""Whether a new schema version may follow an old one: full compatibility, both directions.

Rules of Avro's schema resolution (https://avro.apache.org/docs/1.12.0/specification/#schema-resolution): a
reader must find every field it knows either written or with a default, and a written type must be the read
type or promote to it. "Full" asks this of new code reading old data and of old code reading new data.
"""

from __future__ import annotations

from typing import Any

_PROMOTIONS = {("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"),
               ("float", "double"), ("string", "bytes"), ("bytes", "string")}  # fmt: skip


def incompatibilities(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return in words what would break, in either direction; empty when `new` may follow `old`."""
    return [f"new code cannot read old data: {p}" for p in _cannot_read(new, old)] + [
        f"old code cannot read new data: {p}" for p in _cannot_read(old, new)
    ]


def _cannot_read(reader: dict[str, Any], writer: dict[str, Any]) -> list[str]:
    return list(_differences(reader, writer, reader["name"], _names(reader), _names(writer)))


def _names(schema: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(schema, dict):
        if schema.get("type") == "record":
            found[f"{schema.get('namespace', '')}.{schema['name']}".lstrip(".")] = schema
            for field in schema["fields"]:
                found |= _names(field["type"])
        else:
            for part in ("items", "values"):
                found |= _names(schema.get(part))
    elif isinstance(schema, list):
        for branch in schema:
            found |= _names(branch)
    return found


def _differences(reader: Any, writer: Any, path: str, r_names: Any, w_names: Any) -> list[str]:
    if isinstance(reader, str) and isinstance(writer, str) and reader == writer and reader in r_names:
        return []  # a reference; its definition is compared where it stands
    reader = r_names.get(reader, reader) if isinstance(reader, str) else reader
    writer = w_names.get(writer, writer) if isinstance(writer, str) else writer
    if isinstance(reader, list) or isinstance(writer, list):
        return _unions(reader, writer, path, r_names, w_names)
    r_type = reader["type"] if isinstance(reader, dict) else reader
    w_type = writer["type"] if isinstance(writer, dict) else writer
    if r_type != w_type:
        return [] if (w_type, r_type) in _PROMOTIONS else [f"{path}: {w_type} written, {r_type} expected"]
    if r_type == "record" and reader["name"] != writer["name"]:
        return [f"{path}: {writer['name']} written, {reader['name']} expected"]
    if r_type == "record":
        return _fields(reader, writer, path, r_names, w_names)
    for part in ("items", "values"):
        if isinstance(reader, dict) and part in reader:
            return _differences(reader[part], writer[part], f"{path}[]", r_names, w_names)
    if _logical(reader) != _logical(writer):
        return [f"{path}: logical type changed"]
    return []


def _logical(schema: Any) -> Any:
    return schema.get("logicalType") if isinstance(schema, dict) else None


def _unions(reader: Any, writer: Any, path: str, r_names: Any, w_names: Any) -> list[str]:
    readers = reader if isinstance(reader, list) else [reader]
    writers = writer if isinstance(writer, list) else [writer]
    return [
        f"{path}: written branch {branch if isinstance(branch, str) else branch.get('name', branch)} unknown"
        for branch in writers
        if all(_differences(r, branch, path, r_names, w_names) for r in readers)
    ]


def _fields(reader: Any, writer: Any, path: str, r_names: Any, w_names: Any) -> list[str]:
    written = {f["name"]: f for f in writer["fields"]}
    problems: list[str] = []
    for field in reader["fields"]:
        name = f"{path}.{field['name']}"
        if field["name"] in written:
            problems += _differences(field["type"], written[field["name"]]["type"], name, r_names, w_names)
        elif "default" not in field:
            problems.append(f"{name} is missing and has no default")
    return problems
