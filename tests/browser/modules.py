"""Call the page's own modules in Chromium, one by one."""

from typing import Any

from playwright.sync_api import Page

RUN = """
async ([paths, source, argument]) => {
  const loaded = await Promise.all(paths.map((path) => import(path)));
  const names = Object.assign({}, ...loaded);
  return await (0, eval)(source)(names, argument);
}
"""


class Modules:
    """Run a function over the exports of some modules and return what it returns."""

    def __init__(self, page: Page, origin: str) -> None:
        self._page = page
        page.goto(f"{origin}/empty")

    def run(self, paths: str, source: str, argument: Any = None) -> Any:
        """Call `source`, a JavaScript function of (exports, argument); `paths` are words."""
        urls = [f"/static/js/{path}" for path in paths.split()]
        return self._page.evaluate(RUN, [urls, source, argument])
