"""The data folder belongs to one process at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.embedded.folder import DataFolder
from schemas.errors import BadSetting, FolderBusy

HOLDER = """
import sys
from pathlib import Path
from infra.embedded.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
folder.hold()
if len(sys.argv) > 2:
    folder.announce({"port": 1, "token": "t"})
print("held", flush=True)
sys.stdin.read()
"""


def holder(path: Path, *extra: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), *extra], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    other = holder(tmp_path, "announce")
    try:
        mine = DataFolder(tmp_path)
        assert mine.is_held_elsewhere()
        assert mine.door() == {"port": 1, "token": "t"}
        assert (tmp_path / "control.json").stat().st_mode & 0o077 == 0
        with pytest.raises(FolderBusy, match="another process works"):
            mine.hold()
    finally:
        other.kill()
        other.wait()
    # A killed holder leaves its door behind; the next one sweeps it away.
    assert not mine.is_held_elsewhere()
    mine.hold()
    assert mine.door() is None
    mine.release()


def test_a_short_visitor_is_waited_for(tmp_path: Path) -> None:
    other = holder(tmp_path)
    mine = DataFolder(tmp_path)
    with pytest.raises(FolderBusy, match="does not answer"):
        mine.hold(patience=0.3)
    assert other.stdin is not None
    other.stdin.close()
    mine.hold(patience=10)
    mine.release()
    other.wait()


def test_an_unusable_folder_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(BadSetting, match=r"^data: "):
        DataFolder(tmp_path / "file" / "data").hold()
