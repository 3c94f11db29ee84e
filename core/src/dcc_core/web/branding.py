"""The looks of a region: two colour variables and a logo, served as files so that no page needs an
inline style.
"""

import re
from importlib.resources import files

from dcc_core.config import Branding
from dcc_core.errors import ConfigError
from dcc_core.web.assets import Assets

STYLE = "region/branding.css"
LOGO = "region/logo.svg"
MAX_LOGO_BYTES = 8 * 1024
MAX_BUTTON_BYTES = 40 * 1024
MIN_CONTRAST = 4.5
_ACTIVE = re.compile(
    rb"<\s*(script|foreignObject|iframe|image|use|!ENTITY|!DOCTYPE)|\son\w+\s*=|href\s*=|url\s*\(|style",
    re.IGNORECASE,
)


def add_branding(assets: Assets, branding: Branding) -> None:
    """Add the region's colours and logo to the static files.

    Raises:
        ConfigError: ``WEB-002`` unusable logo, ``WEB-003`` colours that cannot be read upon each
            other.
    """
    contrast = contrast_ratio(branding.accent, branding.accent_on)
    if contrast < MIN_CONTRAST:
        raise ConfigError(
            "WEB-003",
            f"accent {branding.accent} under text {branding.accent_on} has a contrast of"
            f" {contrast:.1f}, at least {MIN_CONTRAST} is needed. Darken one or lighten the other.",
        )
    style = f":root{{--region:{branding.accent};--region-on:{branding.accent_on}}}"
    assets.add(STYLE, style.encode())
    if branding.logo:
        assets.add(LOGO, _safe_logo(branding.logo))
    for key, name in branding.buttons.items():
        assets.add(f"region/button-{key}.svg", _picture(name, MAX_BUTTON_BYTES))


def contrast_ratio(first: str, second: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, definition "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _safe_logo(name: str) -> bytes:
    content = _picture(name, MAX_LOGO_BYTES)
    if _ACTIVE.search(content):
        raise ConfigError(
            "WEB-002",
            f"logo {name} is refused: it must be a plain SVG, without script, link, style or"
            " embedded image. Export it again as plain paths.",
        )
    return content


def _picture(name: str, max_bytes: int) -> bytes:
    """Return an SVG of the region's package; pages show it as an image, in which nothing runs."""
    package, _, path = name.partition(":")
    try:
        content = (files(package) / path).read_bytes()
    except (ModuleNotFoundError, OSError) as error:
        raise ConfigError("WEB-002", f"image {name} cannot be read. Correct its path.") from error
    if len(content) > max_bytes or b"<svg" not in content[:1000]:
        raise ConfigError(
            "WEB-002",
            f"image {name} is refused: it must be an SVG of at most {max_bytes // 1024} kB.",
        )
    return content
