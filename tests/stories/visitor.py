"""A person at a browser. Whatever no page may do is noted while they go about their work."""

import re
from collections.abc import Callable
from typing import Any, Self

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    Route,
)

PASSWORD = "vong-tay-demo"
PHONE, DESK = 390, 1_440  # widths in pixels
_STATUS = re.compile(r"status of (\d{3})")
_OFFLINE = re.compile("ERR_INTERNET_DISCONNECTED|htmx:error: Failed to fetch")

# Said by the page itself, since nobody looks at each page a test passes through.
_SAY_WHEN_TOO_WIDE = """
addEventListener("load", () => requestAnimationFrame(() => {
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth)
    console.error(`${location.pathname} is ${page.scrollWidth} wide on ${page.clientWidth}`);
}));
"""


class Visitor:
    """`complaints` gathers console errors (violations of the content policy are among them), errors
    of scripts, requests to other hosts and pages that scroll sideways. The fixture asserts that
    there are none; a refusal that belongs to the story is named in `expected`."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.complaints: list[str] = []
        self.left_for: list[str] = []  # other hosts' addresses that were asked for
        self.expected: set[int] = set()  # statuses of refusals
        self.may_leave = self.may_be_offline = False
        self.on_page: Callable[[Page], None] | None = None  # looks at each page that is reached
        context.add_init_script(_SAY_WHEN_TOO_WIDE)
        context.on("request", self._request)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = _STATUS.search(message.text)
        if status and int(status[1]) in self.expected:
            return
        if self.may_be_offline and _OFFLINE.search(message.text):
            return
        self.complaints.append(f"{message.type}: {message.text} at {message.location['url']}")

    def _request(self, request: Request) -> None:
        """Looked at, not routed: a browser whose requests are routed keeps no file in its cache."""
        if request.url.startswith(f"{self.url}/"):
            return
        self.left_for.append(request.url)
        if not self.may_leave:
            self.complaints.append(f"a request to {request.url}")

    def let_leave(self) -> None:
        """This story ends at another host, which no browser of the tests reaches: any page of it
        is a title."""
        self.may_leave = True
        self.context.route(lambda address: not address.startswith(self.url), self._elsewhere)

    @staticmethod
    def _elsewhere(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>elsewhere</title>")

    @property
    def width(self) -> int:
        size = self.page.viewport_size
        assert size is not None
        return size["width"]

    def resize(self, width: int) -> Self:
        if width != self.width:
            self.page.set_viewport_size({"width": width, "height": 844})
        return self

    # --- going about

    def go(self, path: str, expect: int = 200) -> Self:
        self.expected |= {expect}
        response = self.page.goto(self.url + path)
        assert response is not None and response.status == expect, response
        return self._arrived()

    def _arrived(self) -> Self:
        if self.on_page:
            self.on_page(self.page)
        return self

    def sign_in(self, username: str, password: str = PASSWORD) -> Self:
        if not self.page.url.startswith(f"{self.url}/auth/sign-in"):
            self.go("/auth/sign-in")
        self.fill(username=username, password=password)
        return self.press("Đăng nhập")

    def sign_out(self) -> Self:
        self.page.locator("details.menu summary").click()
        return self.press("Đăng xuất")

    def fill(self, **values: str) -> Self:
        """Type into the inputs of these names; folded groups are opened first."""
        for name, value in values.items():
            self._reach(f"main [name='{name}']").fill(value)
        return self

    def choose(self, **values: str) -> Self:
        """Choose by value: an entry of a drop-down, a radio button, a checkbox."""
        for name, value in values.items():
            found = self._reach(f"main [name='{name}']")
            if found.evaluate("e => e.localName") == "select":
                found.select_option(value)
            else:
                self._reach(f"main [name='{name}'][value='{value}']").check()
        return self

    def slow(self, *, milliseconds: int) -> Self:
        """From now on each answer of the server is that late."""
        line = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        network = self.page.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", {**line, "latency": milliseconds})
        return self

    def press(self, label: str, *, within: str = "body") -> Self:
        """Press the one visible button or link of this label, and see the page it leads to."""
        place = self.page.locator(within)
        found = place.get_by_role("button", name=label, exact=True).or_(
            place.get_by_role("link", name=label, exact=True)
        )
        with self.page.expect_navigation():
            found.locator("visible=true").first.click()
        return self._arrived()

    def send(self, form: str, *, expect: int = 200) -> Response:
        """Press the button that sends this form, its first one if none stands out; returns
        what was shown in the end: another page, or where the form is swapped in place, what took
        its place."""
        self.expected |= {expect}
        first = self.page.locator(f"{form} button:is(.btn-primary, .btn-danger)")
        button = (first if first.count() else self.page.locator(f"{form} button:visible")).first
        swapped = self.page.locator(f"{form}[hx-post]")
        if swapped.count() and expect >= 400:
            return self._swapped(button, str(swapped.first.get_attribute("hx-post")), expect)
        with self.page.expect_navigation() as shown:
            button.click()
        assert shown.value.status == expect, shown.value.status
        self._arrived()
        return shown.value

    def _swapped(self, button: Locator, path: str, expect: int) -> Response:
        """The answer to a form that stays on its page; it stands there once its button is back.
        What else the page sends meanwhile (a preview, a draft) is not it."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.url == self.url + path
        ) as answered:
            button.click()
        assert answered.value.status == expect, answered.value.status
        self.page.locator(":is(.error-summary, .conflict, #notices > *)").first.wait_for()
        self._arrived()
        return answered.value

    def _reach(self, selector: str) -> Locator:
        found = self.page.locator(selector).first
        fold = found.locator("xpath=ancestor::details[not(@open)]")
        if fold.count():
            fold.first.locator("summary").click()
        return found

    # --- looking

    @property
    def text(self) -> str:
        return self.page.inner_text("main")

    @property
    def heading(self) -> str:
        return self.page.inner_text("h1")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    def value(self, name: str) -> str:
        return self.page.locator(f"main [name='{name}']").first.input_value()

    def download(self, path: str) -> bytes:
        """What a link to a file gives this signed-in browser."""
        answer: Any = self.context.request.get(self.url + path)
        assert answer.status == 200, answer.status
        return bytes(answer.body())
