"""From one team colour to the tokens of portal, documents and mail, all of them readable.

Pure functions. Only lightness moves and hue stays, so the firm still knows its colour.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

type Theme = Literal["light", "dark"]
type Channels = tuple[float, float, float]

SURFACE: dict[Theme, str] = {"light": "#ffffff", "dark": "#182027"}
CANVAS: dict[Theme, str] = {"light": "#f5f7f8", "dark": "#10161b"}
WHITE, INK = "#ffffff", "#10161b"
LUMINANCE = (0.2126, 0.7152, 0.0722)


def tokens(team: str, theme: Theme = "light") -> dict[str, str]:
    """The CSS custom properties that a page, a document or a mail of this team sets."""
    surface, canvas = SURFACE[theme], CANVAS[theme]
    away = -1 if theme == "light" else 1
    fill = team
    if max(contrast(fill, WHITE), contrast(fill, INK)) < 4.5:
        fill = _until(fill, 4.5, [WHITE], -1)
    soft = _mix(team, surface, 0.08 if theme == "light" else 0.20)
    grounds = [surface, canvas, soft]
    return {
        "--cma-team": fill,
        "--cma-on-team": WHITE if contrast(fill, WHITE) >= 4.5 else INK,
        "--cma-team-edge": _until(fill, 3, grounds[:2], away),
        "--cma-primary": _until(team, 4.6, grounds, away),
        "--cma-primary-strong": _until(team, 7, grounds, away),
        "--cma-primary-soft": soft,
    }


def both_themes(team: str) -> dict[str, dict[str, str]]:
    """What is kept with the team: its tokens per theme, so that no page computes them."""
    return {"light": tokens(team, "light"), "dark": tokens(team, "dark")}


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    dark, light = sorted(_luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    return sum(weight * _linear(c) for weight, c in zip(LUMINANCE, _rgb(colour), strict=True))


def _rgb(colour: str) -> Channels:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hexed(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(min(max(c, 0), 1) * 255):02x}" for c in channels)


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4)


def _gamma(c: float) -> float:
    return 12.92 * c if c <= 0.0031308 else float(1.055 * max(c, 0) ** (1 / 2.4) - 0.055)


def _to_oklab(colour: str) -> Channels:
    red, green, blue = (_linear(c) for c in _rgb(colour))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> str:
    """Hex, with chroma reduced until the colour fits into sRGB."""
    out: Channels = (lightness, lightness, lightness)
    for step in range(21):
        k = 1 - step / 20
        long = (lightness + 0.3963377774 * a * k + 0.2158037573 * b * k) ** 3
        medium = (lightness - 0.1055613458 * a * k - 0.0638541728 * b * k) ** 3
        short = (lightness - 0.0894841775 * a * k - 1.2914855480 * b * k) ** 3
        out = (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
        if all(-0.0005 <= c <= 1.0005 for c in out):
            break
    return _hexed(_gamma(c) for c in out)


def _until(colour: str, ratio: float, grounds: Sequence[str], direction: int) -> str:
    """Nearest lightness in `direction` (-1 darker, 1 lighter) with `ratio` on every ground."""
    lightness, a, b = _to_oklab(colour)
    # Black walks lighter and white darker like any other colour; only the far end stops the walk.
    end = 0 if direction < 0 else 1
    while any(contrast(colour, ground) < ratio for ground in grounds) and lightness != end:
        lightness = min(max(lightness + direction * 0.005, 0), 1)
        colour = _from_oklab(lightness, a, b)
    return colour


def _mix(colour: str, ground: str, share: float) -> str:
    return _hexed(share * c + (1 - share) * g for c, g in zip(_rgb(colour), _rgb(ground), strict=True))
