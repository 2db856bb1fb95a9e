"""Which browser on which system, roughly, from what a browser says of itself: words for its owner
to recognise it by, never a proof."""

from typing import NamedTuple

OTHER = "other"
# The first that is found counts: most browsers also claim to be those below them.
_BROWSERS = (
    ("coc_coc", "coccoc"),
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser", "samsung"),
    ("Firefox/", "firefox"),
    ("FxiOS", "firefox"),
    ("CriOS", "chrome"),
    ("Chrome/", "chrome"),
    ("Safari/", "safari"),
)
_SYSTEMS = (
    ("Android", "android"),
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Windows", "windows"),
    ("CrOS", "chromeos"),
    ("Mac OS X", "macos"),
    ("Linux", "linux"),
)
BROWSER_NAMES = {
    "coccoc": "Cốc Cốc",
    "edge": "Microsoft Edge",
    "opera": "Opera",
    "samsung": "Samsung Internet",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
}
SYSTEM_NAMES = {
    "android": "Android",
    "iphone": "iPhone",
    "ipad": "iPad",
    "windows": "Windows",
    "chromeos": "ChromeOS",
    "macos": "Mac",
    "linux": "Linux",
}


class Agent(NamedTuple):
    """Codes, of BROWSER_NAMES and SYSTEM_NAMES or OTHER."""

    browser: str = OTHER
    system: str = OTHER


def agent_of(user_agent: str) -> Agent:
    return Agent(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def _first(known: tuple[tuple[str, str], ...], text: str) -> str:
    return next((code for mark, code in known if mark in text), OTHER)
