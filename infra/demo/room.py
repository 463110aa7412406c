"""The state of the demo's newsroom: the simulated moment, what each publisher shows then, and the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from infra.demo.articles import Library, Publisher, load_library
from infra.demo.desk import Desk
from infra.demo.edition import Printed, day_number, moment, newest, print_article
from infra.demo.feeds import feed_path


class Room:
    """Only articles published up to `now` are visible; live ones always are. `start` is day 1.

    `clock` dates live articles and alerts; by default that is the simulated `now`.
    """

    def __init__(
        self, start: date, clock: Callable[[], datetime] | None = None, library: Library | None = None
    ) -> None:
        self.start = start
        self.library = library or load_library()
        self.desk = Desk(clock or (lambda: self.now))
        self.now = self.opening
        self.url = "http://127.0.0.1"  # where links point; no slash at the end

    def set_now(self, now: datetime) -> None:
        """Move the simulated time; `now` must know its time zone."""
        if now.tzinfo is None:
            raise ValueError("the newsroom's time needs a time zone")
        self.now = now.astimezone(UTC)

    @property
    def day(self) -> int:
        """The day of the demo, 1 being `start`."""
        return day_number(self.start, self.now)

    @property
    def opening(self) -> datetime:
        """The first moment of day 1."""
        return moment(self.start, 1, "00:00")

    def feed_urls(self) -> dict[str, str]:
        """Publisher key → address of its feed."""
        return {key: self.url + feed_path(publisher) for key, publisher in self.library.publishers.items()}

    def shelf(self, publisher: Publisher) -> list[Printed]:
        """Everything that this publisher shows now, newest first."""
        printed = (
            print_article(article, publisher, self.start, self.now)
            for article in self.library.articles()
            if article.publisher == publisher.key
        )
        visible = [item for item in printed if item is not None]
        return newest(visible + [item for item in self.desk.live() if item.publisher.key == publisher.key])

    def publish(self, publisher_key: str, title: str, body: str) -> Printed:
        """Print a live article; KeyError for an unknown publisher, NotPublishable for an unfit text."""
        return self.desk.publish(self.library.publishers[publisher_key], title, body)
