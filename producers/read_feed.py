"""One feed, read once: fetch, parse, choose, complete teasers from their pages. Nothing is admitted here."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from producers.draft import Draft
from producers.entries import Candidate, candidate, distinct, draft_of, outlet_of, with_page, with_trouble
from producers.families import Families
from producers.fetch import Fetched
from producers.fetch_failed import FetchFailed
from producers.languages import Detector, language_of
from producers.page import read_page
from producers.parse import parse_feed
from producers.parsed_feed import ParsedFeed
from producers.ports import Clock, FeedState, Intake
from producers.revisions import next_revision
from producers.schedule import after_failure
from producers.select import select
from producers.settings import ProducerSettings
from schemas.errors import BadInput

_log = logging.getLogger("bellwether.producers")
_PATIENCE = 5  # pages that may fail in a row before a poll gives up on the rest


class Fetches(Protocol):
    """What is needed of a fetcher; see producers.fetch.Fetcher."""

    async def feed(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched: ...
    async def page(self, url: str) -> Fetched: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a feed gave. `before` is its state as it was; `state` holds all but the schedule of a
    success, which depends on what is new.

    `drafts` are in order of time. `hint` is the wait in seconds that server or feed ask for. A reading that
    `failed` has its schedule and no drafts.
    """

    before: FeedState
    state: FeedState
    drafts: tuple[Draft, ...] = ()
    hint: float | None = None
    failed: bool = False
    moved_to: str = ""


class FeedReader:
    """Reads feeds. Blocking work (the intake, parsing, page extraction) runs in threads."""

    def __init__(
        self,
        fetcher: Fetches,
        intake: Intake,
        clock: Clock,
        settings: ProducerSettings,
        *,
        families: Families,
        detector: Detector,
    ) -> None:
        self._fetcher = fetcher
        self._intake = intake
        self._clock = clock
        self._settings = settings
        self._families = families
        self._detector = detector

    async def read(self, state: FeedState) -> Reading:
        """Read the feed that `state` describes. Never raises for what a feed or a server does."""
        try:
            fetched = await self._fetcher.feed(state.url, etag=state.etag, last_modified=state.last_modified)
            if fetched.not_modified:
                return Reading(state, self._well(state, fetched), hint=fetched.max_age, moved_to=fetched.moved_to)
            feed = await asyncio.to_thread(parse_feed, fetched.body, fetched.content_type, fetched.url)
        except FetchFailed as failed:
            return self._failed(state, failed.reason, failed.after)
        except BadInput as bad:
            return self._failed(state, str(bad), None)
        except Exception as error:  # hostile bytes find new ways; one feed must not stop the others
            return self._failed(state, f"reading it failed ({type(error).__name__}: {error})", None)
        # What the store raises is not the feed's fault and passes on: the caller leaves the cursor alone.
        return await self._choose(state, fetched, feed)

    async def _choose(self, state: FeedState, fetched: Fetched, feed: ParsedFeed) -> Reading:
        now = self._clock()
        found = distinct([candidate(entry, state.url, fetched.url, now) for entry in feed.entries])
        known = await asyncio.to_thread(self._intake.known, [each.article_id for each in found])
        selection = select(
            found,
            state,
            known.keys(),
            now,
            backlog_days=self._settings.backlog_days,
            backlog_items=self._settings.backlog_items,
        )
        changed = [
            each for each in selection.taken if next_revision(each.content_hash, known.get(each.article_id)) is not None
        ]
        drafts = await self._complete(changed, state, feed)
        hints = [hint for hint in (fetched.max_age, feed.ttl) if hint is not None]
        after = replace(
            self._well(state, fetched),
            title=feed.title[:1000] or state.title,
            publisher=state.publisher or outlet_of(feed, state.url),
            ok=not feed.warning,
            error=feed.warning,
            floor=selection.floor,
        )
        in_time = sorted(drafts, key=lambda draft: draft.published_at)
        return Reading(state, after, tuple(in_time), max(hints, default=None), moved_to=fetched.moved_to)

    async def _complete(self, changed: list[Candidate], state: FeedState, feed: ParsedFeed) -> list[Draft]:
        """Make drafts, newest first, and read the pages of teasers one after the other, so far as allowed."""
        drafts: list[Draft] = []
        pages = failures = 0  # failures: one after the other
        for each in changed:
            try:
                draft = await asyncio.to_thread(self._draft, each, state, feed)
            except (ValueError, TypeError, OverflowError, LookupError) as error:
                _log.warning("entry left out", extra={"feed": state.url, "entry": each.url, "error": str(error)})
                continue  # one bad entry never loses the feed
            if draft.text_origin == "teaser" and self._settings.full_text and draft.url:
                if pages >= self._settings.max_pages_per_poll:
                    draft = with_trouble(draft, "only the teaser: too many pages at once")
                elif failures >= _PATIENCE:
                    draft = with_trouble(draft, "only the teaser: the pages before this one failed")
                else:
                    pages += 1
                    draft, well = await self._with_full_text(draft, each)
                    failures = 0 if well else failures + 1
            drafts.append(draft)
        return drafts

    def _draft(self, each: Candidate, state: FeedState, feed: ParsedFeed) -> Draft:
        return draft_of(
            each,
            feed=feed,
            feed_url=state.url,
            remembered_publisher=state.publisher,
            fetched_at=self._clock(),
            family_of=self._families.family_of,
            language_of=lambda text, declared: language_of(text, declared, self._detector),
        )

    async def _with_full_text(self, draft: Draft, each: Candidate) -> tuple[Draft, bool]:
        """Return the draft completed, or with the reason why not; and whether the page answered."""
        try:
            fetched = await self._fetcher.page(draft.url)
        except FetchFailed as failed:
            return with_trouble(draft, f"only the teaser, the page failed: {failed.reason}"), False
        except Exception as error:  # whatever a server provokes, the teaser stands
            return with_trouble(draft, f"only the teaser, the page failed: {type(error).__name__}"), False
        extract = partial(read_page, title=each.entry.title, teaser=each.entry.text)
        page = await asyncio.to_thread(extract, fetched.body, fetched.content_type, fetched.url)
        if page is None:
            return with_trouble(draft, "only the teaser: the page holds nothing better"), True
        return with_page(draft, page), True

    def _well(self, state: FeedState, fetched: Fetched) -> FeedState:
        now = self._clock()
        return replace(
            state,
            etag=fetched.etag or (state.etag if fetched.not_modified else ""),
            last_modified=fetched.last_modified or (state.last_modified if fetched.not_modified else ""),
            ok=state.ok if fetched.not_modified and not state.failures else True,
            error=state.error if fetched.not_modified and not state.failures else "",
            last_attempt=now,
            last_success=now,
        )

    def _failed(self, state: FeedState, reason: str, asked: float | None) -> Reading:
        now = self._clock()
        failed = replace(
            state,
            ok=False,
            error=reason[:1000],
            failures=state.failures + 1,
            last_attempt=now,
            next_poll=after_failure(state, now, self._settings, asked=asked),
        )
        return Reading(state, failed, failed=True)
