"""The site that `make site` builds: whole, small, at home on a phone, and open to everybody."""

import functools
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from course_lib.exercises import files

ROOT = Path(__file__).parents[2]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

# One element of each look is enough: on a page of code a few colours repeat a thousand times.
MARK_LOOKS = """() => {
  const looks = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const texts = [...element.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
    if (!texts.length || !element.checkVisibility()) continue;
    let ground = element;
    while (ground.parentElement && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)")
      ground = ground.parentElement;
    const {color, fontSize, fontWeight} = getComputedStyle(element);
    const look = [color, getComputedStyle(ground).backgroundColor, fontSize, fontWeight].join();
    if (!looks.has(look)) element.setAttribute("data-look", "");
    looks.add(look);
  }
}"""
# The other words of code are then text of their block: a tenth of the elements remains.
JOIN_WORDS = """() => {
  for (const word of document.querySelectorAll("pre span:not([data-look])"))
    if (!word.querySelector("[data-look]")) word.replaceWith(...word.childNodes);
}"""
STRUCTURE = """axe.run(document, {
  rules: {"color-contrast": {enabled: false}}, resultTypes: ["violations"]
})"""
CONTRAST = """axe.run({include: [["[data-look]"]]}, {
  runOnly: ["color-contrast"], resultTypes: ["violations"]
})"""
BEYOND = """Math.max(...[document.documentElement, document.querySelector(".content")]
  .map(part => part.scrollWidth - part.clientWidth))"""
OPEN_FOLDS = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Path:
    """Built by `make site`, in which each warning is an error."""
    made = ["--old-file=.venv/.ready", "--old-file=.venv/.site"]  # set up by `make browser-test`
    build = subprocess.run(["make", *made, "site"], cwd=ROOT, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout + build.stderr
    return ROOT / "build" / "site"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    handler = functools.partial(Quiet, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    """The pages by their addresses on the site."""
    found = sorted(site.rglob("*.html"))
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in found
    }


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on the desk; addresses are those of the site."""
    context = browser.new_context(base_url=address, viewport=DESK)
    yield context.new_page()
    context.close()


def linked(page: BeautifulSoup, tags: str) -> Iterator[str]:
    """What a page links within the site."""
    for tag in page.select(tags):
        link = str(tag.get("href") or tag.get("src") or tag.get("srcset") or "")
        if link and not re.match(r"[a-z]+:", link):
            yield unquote(link)


def barriers(page: Page) -> Iterator[str]:
    """What axe finds serious or critical on a page, with its colours by day and by night."""
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(MARK_LOOKS)
    page.evaluate(JOIN_WORDS)
    page.evaluate(Axe().axe_script)
    found = page.evaluate(STRUCTURE)["violations"]
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found += page.evaluate(CONTRAST)["violations"]
    for fault in found:
        if fault["impact"] in ("serious", "critical"):
            yield f"{fault['id']}: {[node['html'][:200] for node in fault['nodes'][:3]]}"


def notebooks(folder: str) -> list[str]:
    return [f"{folder}/{files.notebook('notebooks', n).stem}" for n in files.lessons()]


def test_every_notebook_has_a_page_with_buttons_that_open_it(
    pages: dict[str, BeautifulSoup],
) -> None:
    for name in notebooks("notebooks") + notebooks("exercise_files"):
        buttons = pages[f"{name}.html"].select(".open-in a")
        targets = {button.text: str(button["href"]) for button in buttons}
        assert sorted(targets) == ["Open in Colab", "Open in Kaggle"]
        assert all(target.endswith(f"/{name}.ipynb") for target in targets.values())


def test_every_exercise_has_its_solution_behind_a_click(pages: dict[str, BeautifulSoup]) -> None:
    for lesson, name in zip(files.lessons(), notebooks("exercise_files"), strict=True):
        folds = pages[f"{name}.html"].select("details.fold")
        assert not [fold for fold in folds if fold.has_attr("open")]
        solved = {fold.summary.text for fold in folds if fold.summary and "✓" in fold.text}
        assert solved >= {f"Solution {id}" for id in files.titles(lesson)}
        assert "BEGIN SOLUTION" not in pages[f"{name}.html"].text


def test_every_link_on_the_site_leads_somewhere(
    site: Path, pages: dict[str, BeautifulSoup]
) -> None:
    anchors = {name: {tag["id"] for tag in page.select("[id]")} for name, page in pages.items()}
    broken = []
    for name, page in pages.items():
        for link in linked(page, "[href], [src], [srcset]"):
            file, anchor = urldefrag(link)
            file = file.partition("?")[0]
            target = ((site / name).parent / file).resolve() if file else site / name
            known = anchors.get(target.relative_to(site).as_posix(), set())
            if not target.is_file() or (anchor and anchor not in known):
                broken.append(f"{name}: {link}")
    assert not broken


def test_every_page_is_below_one_megabyte(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        parts = set(linked(page, "img, script, link[rel=stylesheet], link[rel=icon]"))
        loaded = [(site / name).parent / part.partition("?")[0] for part in parts]
        size = sum(path.stat().st_size for path in (site / name, *loaded))
        assert size < 1_000_000, f"{name} and what it loads have {size:,} bytes"


def test_every_picture_says_what_it_shows(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        for image in page.select("img"):
            assert len(str(image.get("alt", ""))) > 15, f"{name}: {image}"
            assert not re.search(r"\.(png|svg)$", str(image["alt"])), f"{name}: {image}"


def test_pages_open_without_a_fault_on_phone_and_desk_in_light_and_dark(
    browser: Browser, address: str, pages: dict[str, BeautifulSoup]
) -> None:
    context = browser.new_context(base_url=address)
    page, faults = context.new_page(), []
    page.on("console", lambda message: faults.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("request", lambda sent: faults.extend([sent.url] * (not sent.url.startswith(address))))
    for name in pages:
        page.set_viewport_size(PHONE)
        page.goto(name)
        if beyond := page.evaluate(BEYOND):
            faults.append(f"{name}: {beyond} pixels too wide for a phone")
        page.set_viewport_size(DESK)
        page.evaluate(OPEN_FOLDS)
        faults += [f"{name}: {fault}" for fault in barriers(page)]
    context.close()
    assert not faults, "\n".join(faults)


def test_search_finds_lessons_and_classes(page: Page) -> None:
    page.goto("index.html")
    for words, found in (
        ("checkpoint", "03_callbacks.html"),
        ("LogPredictionsCallback", "callbacks.html"),
    ):
        box = page.get_by_role("textbox", name="Search").first
        box.fill(words)
        box.press("Enter")
        expect(page.locator(f".search li a[href*='{found}']").first).to_be_visible()


def test_keyboard_reaches_text_and_solutions(page: Page) -> None:
    page.goto(f"{notebooks('exercise_files')[0]}.html")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    fold = page.locator("details.fold", has_text="Solution 1.1")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").startswith("Solution"):
            break
    expect(fold.locator("pre").first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(fold.locator("pre").first).to_be_visible()
