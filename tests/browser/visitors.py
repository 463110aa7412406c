"""Opens the pages of one origin, watched."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.browser.watch import Watch

PHONE = (390, 844)
DESKTOP = (1280, 900)


class Visitors:
    """Everyone who visits one origin during a test. `watch` sees them all."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser = browser
        self.origin = origin
        self.watch = Watch(origin)
        self._contexts: list[BrowserContext] = []

    def page(self, *, dark: bool = False, size: tuple[int, int] = DESKTOP, script: bool = True) -> Page:
        """Return an empty page in a context of its own; its addresses may be paths."""
        context = self._browser.new_context(
            base_url=self.origin,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
            service_workers="block",
            viewport={"width": size[0], "height": size[1]},
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        self.watch.attach(context)
        return context.new_page()

    def leave(self) -> None:
        """Let what is under way be seen, then close every page."""
        for context in self._contexts:
            for page in context.pages:
                try:
                    page.evaluate("1")
                except Error:
                    continue  # it was just leaving
            context.close()
        self._contexts.clear()
