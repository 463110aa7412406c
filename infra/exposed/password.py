"""The password of the readers of an exposed store."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from schemas.errors import BadSetting

FILE: Final = "reader-password"


def reader_password(folder: Path, configured: str) -> tuple[str, Path | None]:
    """Return the password and the file it lies in, readable by its user alone; made when it is neither given nor there.

    A configured one is in no file of ours. Raises BadSetting when the file cannot be used.
    """
    if configured:
        return configured, None
    path = folder / FILE
    try:
        if not path.exists() or not path.read_text("utf-8").strip():
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
            fresh.replace(path)
        path.chmod(0o600)
        return path.read_text("utf-8").strip(), path
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"expose.password: {path} cannot be used ({error}); set a password, or mend the file"
        ) from error
