"""A street light is reported with the keys alone, and where one is can always be seen."""

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Phone, Running

MOST_STEPS = 90

FOCUS = """() => {
  const on = document.activeElement;
  if (!on || on === document.body) return null;
  const drawn = on.closest(".choice") ?? on;
  const style = getComputedStyle(drawn), box = drawn.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const named = on.labels?.[0] ?? on;
  return { words: (named.getAttribute("aria-label") ?? named.innerText ?? "").trim(), id: on.id,
           seen: outlined && box.width > 0 && inView, html: on.outerHTML.slice(0, 120) };
}"""


class Keys:
    """Tab, Enter and typing; fails where the focus is lost or can't be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, words: str) -> None:
        """Tab to what carries these words (or this id)."""
        passed: list[str] = []
        for _step in range(MOST_STEPS):
            self.page.keyboard.press("Tab")
            now = self.page.evaluate(FOCUS)
            if now is None:
                passed.append("(the browser's own bar)")
                continue
            assert now["seen"], f"the focus can't be seen on {now['html']}"
            if words in now["words"] or words == now["id"]:
                return
            passed.append(now["words"] or now["html"])
        raise AssertionError(f"never came to {words!r}, but to {passed}")

    def enter(self, words: str) -> None:
        """Tab there and press Enter."""
        self.to(words)
        self.page.keyboard.press("Enter")


def test_the_skip_link_leads_past_the_ways_around(phone: Phone, running: Running) -> None:
    keys = Keys(phone.page)
    phone.page.goto(running.url)
    keys.to("Skip to the main part")
    box = phone.page.locator(".skip").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    phone.page.keyboard.press("Enter")
    assert phone.page.evaluate("document.activeElement.id") == "main"
    keys.to("")
    assert phone.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_street_light_by_keyboard(phone: Phone, running: Running) -> None:
    page = phone.page
    keys = Keys(page)
    page.goto(running.url)
    keys.enter("Report a problem")
    page.wait_for_url("**/report")
    keys.enter("Go on without a photo")
    page.wait_for_url("**/place")
    keys.to("Type an address")
    page.keyboard.type("Woodstock")
    expect(page.locator("#hits button").first).to_be_visible()
    keys.enter("Woodstock")
    page.wait_for_url("**/kind")
    keys.to("Say it in your own words")
    page.keyboard.type("street light is out")
    expect(page.locator("#kinds button[value=street-light-out]")).to_be_visible()
    keys.enter("Street light")
    page.wait_for_url("**/check")
    keys.to("Street and number")
    page.keyboard.type("12 Albert Road, outside the school. ")
    keys.enter("Send the report")
    expect(page.get_by_role("heading", name="We have your report")).to_be_visible()
    keys.enter("See the page of your report")
    page.wait_for_url("**/i/*")
    keys.enter("Follow by e-mail")
    keys.to("email")
