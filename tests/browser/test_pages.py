"""The page of plots in a real browser without a network: every template, images, and what a reader can do with them.

Needs Debian's `chromium` and `chromium-driver` (`make tools` installs them).
"""

import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from dvc.insight.plots.templates import NAMES
from tests.world import World

MARKS = "return arguments[0].querySelectorAll('.chart .mark-line path, .chart .mark-symbol path, .chart .mark-rect path').length"
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    # The proxy is a port where nobody listens: whatever is not in the page cannot be had.
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--proxy-server=127.0.0.1:9"):
        options.add_argument(word)
    options.add_argument("--window-size=1366,900")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver") or "chromedriver"))
    yield driver
    driver.quit()


class Page:
    """A page of plots that is open, everything on it drawn."""

    def __init__(self, chrome: Chrome, path: Path) -> None:
        self.chrome = chrome
        chrome.get(path.as_uri())
        WebDriverWait(chrome, 60).until(self._drawn)

    def _drawn(self, chrome: Chrome) -> bool:
        """Plots are drawn as they come into sight."""
        return bool(
            chrome.execute_script(
                "const left = [...document.querySelectorAll('.chart:not([data-drawn])')]; left[0]?.scrollIntoView(); return !left.length"
            )
        )

    def marks(self, name: str) -> int:
        section = self.chrome.find_element(By.CSS_SELECTOR, f"section[data-name='{name}']")
        return int(self.chrome.execute_script(MARKS, section))

    def count(self, selector: str) -> int:
        return len(self.chrome.find_elements(By.CSS_SELECTOR, selector))

    def press(self, rev: str) -> None:
        self.chrome.execute_script("scrollTo(0, 0)")
        self.chrome.find_element(By.CSS_SELECTOR, f"button[data-rev='{rev}']").click()
        WebDriverWait(self.chrome, 60).until(self._drawn)

    @property
    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.chrome.get_log("browser") if entry["level"] in ("SEVERE", "ERROR")]


def png(shade: int) -> bytes:
    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes([shade]) * 8 for _ in range(8))
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
        + part(b"IDAT", zlib.compress(rows))
        + part(b"IEND", b"")
    )


def two_versions(world: World) -> None:
    """A plot of each template, and an image, at v1 and v2."""
    world.project()
    columns = {"confusion": ("is", "seen", "classes.csv"), "bar": ("weight", "name", "bars.csv")}
    plots = ["plots:"]
    for name in NAMES:
        x, y, file = columns.get(name.split("_")[0], ("step", "acc", "log.csv"))
        plots.append(f"- {name}: {{template: {name}, x: {x}, y: {{{file}: {y}}}}}")
    world.write("dvc.yaml", "\n".join([*plots, "- several: {x: step, y: {log.csv: [acc, loss]}}", "- shot.png"]))
    for version in (1, 2):
        world.write("log.csv", "step,acc,loss\n" + "".join(f"{n},{n * version / 10},{1 / (n + version)}\n" for n in range(10)))
        world.write("classes.csv", "is,seen\ncat,cat\ncat,dog\ndog,dog\ndog,dog\n")
        world.write("bars.csv", f"name,weight\nwide,{version}\nhigh,0.5\n")
        world.write("shot.png", png(60 * version))
        world.commit(f"version {version}")
        world.git(f"tag v{version}")


def opened(chrome: Chrome, world: World, words: str | list[str]) -> Page:
    written = world.dvc(words)
    assert written.ok, written.err
    return Page(chrome, world.path / "dvc_plots" / "index.html")


def test_every_template_and_an_image_of_two_versions(world: World, chrome: Chrome) -> None:
    two_versions(world)
    page = opened(chrome, world, "plots diff v1 v2")
    assert page.complaints == []
    assert page.count(".chart[data-drawn=yes]") == len(NAMES) + 1
    marks = {name: page.marks(name) for name in (*NAMES, "several")}
    # Two lines with their last points; raw and smoothed, of two revisions and, of `several`, two columns.
    assert marks["simple"] >= 2 + 20
    assert marks["linear"] >= 4 + 2
    assert marks["smooth"] >= 4 + 2
    assert marks["several"] >= 8 + 4
    assert marks["scatter"] >= 20
    assert marks["scatter_jitter"] >= 20
    assert marks["confusion"] >= 2 * 4  # each revision's grid is whole, with what never happened in it
    assert marks["confusion_normalized"] >= 2 * 4
    assert marks["bar_horizontal"] >= 4
    assert marks["bar_horizontal_sorted"] >= 4
    shots = chrome.find_elements(By.CSS_SELECTOR, "figure img")
    assert [chrome.execute_script("return arguments[0].naturalWidth", shot) for shot in shots] == [8, 8]


def test_charts_of_a_grid_stand_under_their_own_headings(world: World, chrome: Chrome) -> None:
    world.project()
    world.write("dvc.yaml", "plots:\n- both: {template: confusion, x: is, y: {seen.csv: [one, other]}}\n")
    for version, one, other in (("v1", 0, 2), ("v2", 1, 3)):  # so many of the six are `a`
        rows = (f"a,{'a' if n < one else 'b'},{'a' if n < other else 'b'}\n" for n in range(6))
        world.write("seen.csv", "is,one,other\n" + "".join(rows))
        world.commit(version)
        world.git(f"tag {version}")
    page = opened(chrome, world, "plots diff v1 v2")
    numbers = "return [...document.querySelectorAll('.chart .mark-text text')].map((t) => t.textContent).filter((t) => /^[0-9]$/.test(t))"
    counts = [int(text) for text in chrome.execute_script(numbers)]
    assert [sorted(counts[at : at + 2]) for at in range(0, 8, 2)] == [[0, 6], [1, 5], [2, 4], [3, 3]]
    assert page.complaints == []


def test_a_revision_is_hidden_and_shown_again_everywhere(world: World, chrome: Chrome) -> None:
    two_versions(world)
    page = opened(chrome, world, "plots diff v1 v2")
    before = page.marks("scatter")
    page.press("v1")
    assert page.marks("scatter") < before
    assert [figure.is_displayed() for figure in chrome.find_elements(By.CSS_SELECTOR, "figure")] == [False, True]
    page.press("v1")
    assert page.marks("scatter") == before
    assert page.complaints == []


def test_a_plot_is_found_by_its_name_and_an_image_looked_at_closely(world: World, chrome: Chrome) -> None:
    two_versions(world)
    page = opened(chrome, world, "plots diff v1 v2")
    chrome.execute_script("scrollTo(0, 0)")
    chrome.find_element(By.CSS_SELECTOR, "input[type=search]").send_keys("SHOT")
    assert [one.get_attribute("data-name") for one in chrome.find_elements(By.CSS_SELECTOR, "section") if one.is_displayed()] == [
        "shot.png"
    ]
    chrome.find_element(By.CSS_SELECTOR, "figure button").click()
    large = chrome.find_element(By.CSS_SELECTOR, "dialog img")
    assert large.is_displayed()
    large.click()
    assert large.get_attribute("class") == "actual"
    assert page.complaints == []


def test_it_fits_a_phone(world: World, chrome: Chrome) -> None:
    two_versions(world)
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", dict(PHONE))
    try:
        page = opened(chrome, world, "plots diff v1 v2")
        assert page.complaints == []
        assert chrome.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
        wide = "return [...document.querySelectorAll('section')].filter((s) => s.scrollWidth > s.clientWidth).map((s) => s.dataset.name)"
        assert set(chrome.execute_script(wide)) <= {"confusion", "confusion_normalized"}  # two grids, which scroll in their frame
    finally:
        chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_hostile_names_and_values_stay_text(world: World, chrome: Chrome) -> None:
    world.project()
    world.write("a<img src=x onerror=alert(1)>.csv", "step,</script><script>alert(2)</script>\n0,1\n1,nan\n2,inf\n3,<b>\n")
    world.write('<b>&".png', b"no image")
    page = opened(chrome, world, ["plots", "show", "a<img src=x onerror=alert(1)>.csv", '<b>&".png'])
    assert page.complaints == []
    assert page.count(".chart[data-drawn=yes]") == 1
    assert page.count("b, section img") == 0
    assert "no PNG image" in chrome.find_element(By.CSS_SELECTOR, ".notes").text


def test_a_page_of_ones_own_holds_the_same_plots(world: World, chrome: Chrome) -> None:
    two_versions(world)
    world.write("mine.html", "<html><head>{scripts}</head><body><h1>My report</h1>{plot_divs}</body></html>")
    page = opened(chrome, world, "plots show several --html-template mine.html")
    assert chrome.find_element(By.TAG_NAME, "h1").text == "My report"
    assert page.marks("several") >= 4
    assert page.complaints == []
