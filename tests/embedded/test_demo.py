"""The demo as a stranger runs it, without a terminal, and what it must have shown."""

from __future__ import annotations

from pathlib import Path

from tests.embedded.commands import answers, bellwether
from tests.embedded.conftest import Demo


def test_the_demo(demo: Demo) -> None:
    folder, shown = demo.folder, demo.shown
    assert shown.count("\n") > 42
    assert "nothing worth saying" in shown
    assert "\x1b" not in shown, "no colours without a terminal"
    for name in ("brief.html", "brief.md"):
        assert (folder / name).stat().st_size > 500
    status, listed, every, articles, evidence = answers(
        folder, ["status"], ["signals"], ["signals", "--all"], ["export", "articles"], ["export", "evidence"]
    )
    assert status["without_outcome"] == 0
    assert status["dead_letters"] == 0
    assert status["articles"] >= 80
    signals = {row["title"]: row for row in listed}
    main = next(row for title, row in signals.items() if "export controls" in title)
    assert main["strength"] > 5
    assert len(main["families"]) >= 3
    echo = next(row for row in every if "Marlowe" in row["title"])
    assert echo["state"] != "published"
    assert echo["strength"] < 3
    # What a majority contradicts falls: it was published once and carries nothing now.
    contradicted = next(row for title, row in signals.items() if "Voltara" in title)
    assert contradicted["strength"] < 1
    ports = [row for row in every if "Kotka" in row["title"] or "San Antonio" in row["title"]]
    assert len(ports) == 2, "two strikes in two countries stay two"
    assert len(signals) < 15, "singletons are not listed"
    texts = {row["article_id"]: row["text"] for row in articles}
    for row in evidence:
        assert texts[row["article_id"]][row["quote_start"] : row["quote_end"]] == row["quote"]
    copies = [row for row in evidence if row["is_copy"]]
    assert len(copies) >= 3
    assert all(row["micro"] == 0 for row in copies)


def test_the_demo_empties_no_foreign_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("do not delete", "utf-8")
    done = bellwether("demo", "--data", str(tmp_path), check=False)
    assert done.returncode == 2
    assert (tmp_path / "thesis.txt").exists()
