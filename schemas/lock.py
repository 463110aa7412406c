"""`python -m schemas.lock [--check]`: lock the schemas of today, or say what is not locked.

Appends a version for every record whose schema changed compatibly; refuses an incompatible change and changes
nothing then. Locked versions are never rewritten.
"""

from __future__ import annotations

import json
import sys

from schemas.compatibility import incompatibilities
from schemas.registry import LOCK, Version, current, locked, records, schema_fingerprint


def pending() -> tuple[list[type], list[str]]:
    """Return the records whose schema of today is not locked yet, and in words why any of them may not be."""
    known = locked() if LOCK.exists() else ()
    changed: list[type] = []
    problems: list[str] = []
    for record in records():
        versions = [v for v in known if v.record == record.__name__]
        newest = max(versions, key=lambda v: v.version, default=None)
        schema = current(record)
        if newest is None:
            changed.append(record)
        elif newest.schema() != schema:
            changed.append(record)
            for version in versions:  # with each of them: records of all versions are kept
                named = f"{record.__name__} v{version.version}: "
                problems += [named + problem for problem in incompatibilities(version.schema(), schema)]
    return changed, problems


def lock() -> list[Version]:
    """Append what is pending and return it. Raises SystemExit when a change is incompatible."""
    changed, problems = pending()
    if problems:
        raise SystemExit("incompatible schema change; give new fields a default:\n  " + "\n  ".join(problems))
    versions = list(locked()) if LOCK.exists() else []
    added = []
    for record in changed:
        earlier = [v.version for v in versions if v.record == record.__name__]
        version = Version(
            id=max((v.id for v in versions), default=0) + 1,
            record=record.__name__,
            version=max(earlier, default=0) + 1,
            fingerprint=schema_fingerprint(current(record)),
        )
        version.path.write_text(json.dumps(current(record), indent=1) + "\n", "utf-8")
        versions.append(version)
        added.append(version)
    rows = ",\n".join(
        "  " + json.dumps({"id": v.id, "record": v.record, "version": v.version, "fingerprint": v.fingerprint})
        for v in versions
    )
    LOCK.write_text('{"schemas": [\n' + rows + "\n]}\n", "utf-8")
    locked.cache_clear()
    return added


def main(arguments: list[str]) -> int:
    """Lock, or with --check only report; return the exit status."""
    if "--check" in arguments:
        changed, problems = pending()
        for line in [f"{record.__name__} is not locked" for record in changed] + problems:
            print(line)
        return 1 if changed or problems else 0
    for version in lock():
        print(f"locked {version.record} v{version.version} as id {version.id}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
