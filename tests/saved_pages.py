"""Pages of an older system as a browser saves them, invented here: a StatedSignal written as text and as HTML."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import escape
from zoneinfo import ZoneInfo

from schemas.copying import replace
from schemas.stated import (
    LegacyPart,
    LegacyReasoning,
    StatedActor,
    StatedSignal,
    StatedSource,
    import_id,
)

LOCALE, ZONE = "en-US", "America/New_York"
AT = datetime(2026, 3, 9, 17, 4, 5, tzinfo=UTC)
FOUND = "The works at Ostrava Bay now recover nine tenths of the neodymium in each scrapped turbine"
REASON = "The article reads one plant as a sign: once recovery is cheaper than ore, 'mines set no price any more'."


def us_day(day: date) -> str:
    """Return "4/5/2026"."""
    return f"{day.month}/{day.day}/{day.year}"


def us_time(at: datetime) -> str:
    """Return "5/6/2026, 7:06:34 PM" in `ZONE`, as browsers write it today: with a narrow space."""
    local = at.astimezone(ZoneInfo(ZONE))
    half = "AM" if local.hour < 12 else "PM"
    return f"{us_day(local.date())}, {local.hour % 12 or 12}:{local.minute:02}:{local.second:02}\u202f{half}"


def stated(**given: object) -> StatedSignal:
    """Return a page with every state in it."""
    made = StatedSignal(
        import_id="",
        title="Recycled magnets as a floor under rare-earth prices, and now under wind power—scrap before ore",
        strength=6.5,
        times_extracted=4,
        first_day=date(2026, 2, 27),
        last_reinforced=date(2026, 3, 11),
        articles=5,
        kind="structural",
        lens="investment",
        sectors=("metals", "energy", "Alchemy"),
        geographies=("CZ", "EU"),
        analysis=("Scrap yields what mines withhold.", "Two plants do it (1) at scale and (2) without subsidy."),
        actors=(StatedActor("Ostrava Bay Works"), StatedActor("Ministry [of] Mines", 3)),
        sources=(
            StatedSource("A fair in Brno draws crowds", "none"),
            StatedSource("Turbines go to the breakers", "empty", recorded_at=AT),
            StatedSource("A plant that lives on scrap", "quote", FOUND, "nine tenths of the neodymium", recorded_at=AT),
            StatedSource(
                "“Nobody digs any more”, says a miner", "quote", 'he said "dig" [sic] and "stop [now]"', '"dig" [sic]'
            ),
            StatedSource(
                "Scrap sets the price", "reasoned", "Prices follow scrap, traders say", "scrap", None, (REASON,)
            ),
        ),
        stated_sources=5,
        legacy=(
            LegacyReasoning(
                date(2026, 2, 27),
                (
                    LegacyPart(None, "Said before anything was dated."),
                    LegacyPart(date(2026, 3, 1), "Scrap is a mine above ground [see below]."),
                    LegacyPart(date(2026, 3, 2), "And it is nearer."),
                ),
            ),
        ),
        stated_legacy=1,
        site="The Kestrel",
        tagline="What rose, in one page.",
        footer="Kestrel · 2026 Ada",
        locale=LOCALE,
        zone=ZONE,
    )
    made = replace(made, **given)  # type: ignore[arg-type]
    return replace(made, import_id=import_id(made.title, us_day(made.first_day)))


def shown(page: StatedSignal) -> list[tuple[str, str]]:
    """Return the lines that the page shows, each with the HTML element that holds it."""
    lines = [("p", page.site), ("p", page.tagline), ("a", "← all signals"), ("h1", page.title)]
    lines.append(
        (
            "div",
            f"str {page.strength:g} extracted {page.times_extracted}× {us_day(page.first_day)} · last reinforced "
            f"{us_day(page.last_reinforced)} · {page.articles} articles",
        )
    )
    lines.append(("div", " · ".join((page.kind, page.lens, ", ".join(page.sectors), ", ".join(page.geographies)))))
    lines.append(("h2", "Analysis"))
    lines += [("p", paragraph) for paragraph in page.analysis]
    lines.append(("h2", "Key actors"))
    lines += [("li", actor.name if actor.count is None else f"{actor.name} ({actor.count})") for actor in page.actors]
    count = "" if page.stated_sources is None else f" ({page.stated_sources})"
    lines.append(("h2", f"Source articles{count}"))
    for source in page.sources:
        lines.append(("h3", source.title))
        lines.append(("p", "(no evidence)" if source.state == "none" else f'"{source.quote}" [{source.anchor}]'))
        if source.recorded_at is not None:
            lines.append(("small", us_time(source.recorded_at)))
        if source.reasoning:
            lines.append(("summary", "Reasoning from this article"))
            lines += [("p", paragraph) for paragraph in source.reasoning]
    if page.stated_legacy is not None:
        lines.append(("summary", f"Reasoning (legacy, not anchored to an article) — {page.stated_legacy}"))
    for reasoning in page.legacy:
        if reasoning.day is not None:
            lines.append(("small", us_day(reasoning.day)))
        parts = (f"[{part.day}] {part.text}" if part.day else part.text for part in reasoning.parts)
        lines.append(("p", " ".join(part.strip() for part in parts)))
    lines.append(("footer", page.footer))
    return lines


def as_text(page: StatedSignal) -> str:
    """Return the page as "save as text" gives it: headings and paragraphs are set apart by blank lines."""
    out: list[str] = []
    for element, line in shown(page):
        out.append(f"{line}\n" if element in ("p", "summary", "h1") and not line.startswith(('"', "(")) else line)
    return "\n".join(out) + "\n"


def as_html(page: StatedSignal) -> str:
    """Return the page as "save as HTML" gives it."""
    body = []
    for element, line in shown(page):
        text = escape(line)
        if element == "div":  # figures and tags are spans
            body.append(f"<div>{' · '.join(f'<span>{part}</span>' for part in text.split(' · '))}</div>")
        elif element == "small":
            body.append(f"<div><time>{text}</time></div>")
        elif element == "a":
            body.append(f'<nav><a href="https://kestrel.example/signals">{text}</a></nav>')
        else:
            body.append(f"<{element}>{text}</{element}>")
    return (
        "<!DOCTYPE html>\n<!-- saved from url=(0031)https://kestrel.example/signals/7 -->\n<html><head>"
        '<meta charset="utf-8"><title>Kestrel</title><style>p { color: red }</style>'
        '<script>var str = "str 1 extracted 1× 1/1/2026";</script></head>\n<body><!-- top -->'
        f"<main>{''.join(body)}<div hidden>hidden words</div></main></body></html>\n"
    )
