"""What is reached by HTTP or SMTP: language model, mail server, Grafana; and how many feeds there are."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from infra.doctor.clickhouse import clock_finding
from infra.doctor.finding import Finding, fault, ok, warning
from infra.reading import sources_from
from infra.settings import Loaded, Settings
from schemas.errors import BadInput

_SECONDS: Final = 10.0
_OPENAI: Final = "https://api.openai.com/v1"


def model(settings: Settings) -> Iterator[Finding]:
    """Look whether the language model's server knows the key and the models. Only its list is asked for."""
    if not settings.uses_llm:
        yield ok("language model", "none: the offline analyst reads")
        return
    llm = settings.llm
    base, key = llm.base_url or _OPENAI, llm.api_key.get_secret_value()
    try:
        answer = httpx2.get(
            f"{base}/models", headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=_SECONDS
        )
    except httpx2.HTTPError as error:
        yield fault(
            "language model", f"{base} does not answer ({type(error).__name__})", "mend llm.base_url, or start it"
        )
        return
    yield from _skew("the language model's server", answer)
    if answer.status_code in (401, 403):
        yield fault("language model", f"{base} refuses the key", "set llm.api_key (or OPENAI_API_KEY) to a valid one")
        return
    listed = _listed(answer)
    if listed is None:
        yield warning("language model", f"{base} gives no list of models (status {answer.status_code})",
                      "nothing, if it is known to answer requests; otherwise mend llm.base_url")  # fmt: skip
        return
    lacking = sorted({name for name in llm.models().values() if name not in listed and f"{name}:latest" not in listed})
    if lacking:
        yield fault("language model", f"{base} has no {', '.join(lacking)}", "set llm.model to one that it lists")
    else:
        yield ok("language model", f"{base} has {', '.join(sorted(set(llm.models().values())))}")


def _listed(answer: httpx2.Response) -> set[str] | None:
    try:
        return {str(row["id"]) for row in answer.json()["data"]} if answer.status_code == 200 else None
    except (ValueError, KeyError, TypeError):
        return None


def _skew(whose: str, answer: httpx2.Response) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return
    yield clock_finding(whose, theirs - time.time())


def mail(settings: Settings) -> Iterator[Finding]:
    """Look whether the mail server greets and offers what is configured. Nobody signs in, nothing is sent."""
    given = settings.brief.mail
    if not given.host:
        yield ok("mail", "off (brief.mail.host is empty)")
        return
    where = f"{given.host}:{given.port}"
    seconds = min(given.timeout, _SECONDS)
    context = ssl.create_default_context()
    try:
        tls = given.security == "tls"
        server = (
            smtplib.SMTP_SSL(given.host, given.port, timeout=seconds, context=context)
            if tls
            else smtplib.SMTP(given.host, given.port, timeout=seconds)
        )
        with server:
            server.ehlo()
            if given.security == "starttls":
                if not server.has_extn("starttls"):
                    yield fault(
                        "mail", f"{where} offers no STARTTLS", 'set brief.mail.security to "tls", or another port'
                    )
                    return
                server.starttls(context=context)
                server.ehlo()
            if given.username and not server.has_extn("auth"):
                yield fault("mail", f"{where} lets nobody sign in", "remove brief.mail.username, or use another port")
                return
    except (OSError, smtplib.SMTPException) as error:
        yield fault("mail", f"{where}: {error}", "mend brief.mail.host, port and security, or start the server")
        return
    yield ok("mail", f"{where} answers ({given.security}); signing in is not tried")


def feeds(loaded: Loaded) -> Iterator[Finding]:
    """Count the configured feeds; none is fetched."""
    settings = loaded.settings.feeds
    if not settings.urls and not settings.opml:
        yield warning("feeds", "none in the settings", "name some in feeds.urls or feeds.opml, or with --feeds")
        return
    try:
        count = len(sources_from(loaded, []))
    except BadInput as error:
        yield fault("feeds", str(error), "mend feeds.urls or feeds.opml")
        return
    yield ok("feeds", f"{count} configured; `bellwether feeds` says how each is")


def grafana(loaded: Loaded) -> Iterator[Finding]:
    """Look whether Grafana answers, when it is configured at all."""
    section: Any = getattr(loaded.settings, "grafana", None)
    if section is None or not any(name.startswith("grafana.") for name in loaded.origins):
        yield ok("Grafana", "not configured")
        return
    url = str(section.url).rstrip("/")
    try:
        answer = httpx2.get(f"{url}/api/health", timeout=_SECONDS)
    except httpx2.HTTPError as error:
        yield fault("Grafana", f"{url} does not answer ({type(error).__name__})", "start it, or mend grafana.url")
        return
    if answer.status_code != 200:
        yield fault("Grafana", f"{url} answers with status {answer.status_code}", "mend grafana.url; is that Grafana?")
    else:
        yield ok("Grafana", f"{url} answers")
