"""One browser and one server for all browser tests; a fresh context for each, whose console must stay silent."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from little_shop import LittleApp, LittleShop, picture
from look import served
from playwright.sync_api import expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DISABLED = (
    # Playwright's own, as of two such switches Chromium reads the last.
    *(
        "AvoidUnnecessaryBeforeUnloadCheckSync",
        "DestroyProfileOnBrowserClose",
        "HttpsUpgrades",
        "HttpsFirstBalancedModeAutoEnable",
    ),
    *(
        "LensOverlay",
        "MediaRouter",
        "PaintHolding",
        "ThirdPartyStoragePartitioning",
        "AvoidCorsURLLoaderRestartOnRedirect",
    ),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    # Processes that no test looks at: each window's list under the address bar, and one in reserve. A third of all time went into them.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    f"--disable-features={','.join(DISABLED)}",
]
AXE = Path(__file__).parents[2] / ".tools/node_modules/axe-core/axe.min.js"
WAIT_MS = 60_000
"""Patience with a busy machine; nothing waits this long on a quiet one."""

Open = Callable[..., Any]
expect.set_options(timeout=WAIT_MS)


def eventually(holds: Callable[[], bool], page: Any) -> None:
    """Waits until something outside the page holds."""
    for _ in range(WAIT_MS // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to hold")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def speech(folder: str) -> Path:
    """What the fake microphone hears, once for each page: a sentence where espeak-ng is installed, else a tone; then silence."""
    path, said = Path(folder) / "speech.wav", None
    if shutil.which("espeak-ng"):
        said = subprocess.run(["espeak-ng", "--stdout", "red dress"], capture_output=True, check=True).stdout[44:]
    rate = 22_050
    tone = (8000 * np.sin(np.arange(rate) * 2 * np.pi * 440 / rate)).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((said or tone) + bytes(2 * rate * 30))
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium isn't installed")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        spoken = f"--use-file-for-fake-audio-capture={speech(folder)}%noloop"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, spoken])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shop_at() -> Iterator[tuple[LittleShop, str]]:
    with tempfile.TemporaryDirectory() as folder:
        app = LittleApp(Path(folder))
        with served(app) as address:
            yield app.shop, address


@pytest.fixture
def shop(shop_at: tuple[LittleShop, str]) -> Iterator[LittleShop]:
    """The shop behind the pages, with an empty log."""
    shop, _ = shop_at
    shop.asked.clear()
    yield shop
    shop.delays.clear()


@pytest.fixture
def open_page(browser: Any, shop: LittleShop, shop_at: tuple[LittleShop, str]) -> Iterator[Open]:
    """``open_page(path, **context options)`` opens a page whose scripts, unless they are off, have started."""
    contexts, complaints = [], []

    def open_(path: str = "/", *, width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=shop_at[1], reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]")
        return page

    yield open_
    for context in contexts:
        context.close()
    expected = (
        "net::ERR_FAILED",
        "the server responded with a status of 4",
    )
    assert not [text for text in complaints if not any(known in text for known in expected)]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of a red dress, larger than what is sent."""
    path = tmp_path / "dress.jpg"
    path.write_bytes(picture("Dress", "Red", size=1500))
    return path
