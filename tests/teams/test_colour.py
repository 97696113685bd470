from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teams.colour import CANVAS, INK, SURFACE, Theme, contrast, tokens

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
themes: st.SearchStrategy[Theme] = st.sampled_from(["light", "dark"])


@given(colour=colours, theme=themes)
@settings(max_examples=600, deadline=None)
def test_every_colour_gives_readable_tokens(colour: str, theme: Theme) -> None:
    """A team may pick any colour: text on it, links and edges keep their contrast in both themes."""
    found = tokens(colour, theme)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", value) for value in found.values())
    grounds = [SURFACE[theme], CANVAS[theme], found["--cma-primary-soft"]]
    assert contrast(found["--cma-on-team"], found["--cma-team"]) >= 4.5
    assert all(contrast(found["--cma-team-edge"], ground) >= 3 for ground in grounds[:2])
    assert all(contrast(found["--cma-primary"], ground) >= 4.5 for ground in grounds)
    assert all(contrast(found["--cma-primary-strong"], ground) >= 7 for ground in grounds)


@pytest.mark.parametrize(
    ("colour", "theme", "name", "value"),
    [
        ("#103f78", "light", "--cma-team", "#103f78"),
        ("#103f78", "light", "--cma-primary-soft", "#ecf0f4"),
        ("#103f78", "dark", "--cma-team-edge", "#3d6ca8"),
        ("#103f78", "dark", "--cma-primary", "#6090d0"),
        ("#f5c518", "light", "--cma-on-team", INK),
        ("#f5c518", "light", "--cma-primary", "#886c04"),
    ],
)
def test_the_colours_of_the_drawn_pages(colour: str, theme: Theme, name: str, value: str) -> None:
    assert tokens(colour, theme)[name] == value


def test_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
