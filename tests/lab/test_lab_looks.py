"""The pictures of `imdb`: what they show, and that they work without scripts and in greyscale."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup

from course_lib.lab import looks

mpl.use("Agg")

WORDS = ["<START>", "a", "<b>film</b>"]
WEIGHTS = [torch.eye(3).repeat(2, 1, 1), torch.full((2, 3, 3), 1 / 3)]  # two layers of two heads


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_lengths_show_the_cut() -> None:
    ax = looks.lengths([10, 20, 5000], 127).axes[0]
    assert sum(bar.get_height() for bar in ax.patches) == 3  # type: ignore[attr-defined]
    assert np.asarray(ax.lines[0].get_xdata()).tolist() == [127, 127]
    assert ax.get_xlabel()
    assert ax.get_ylabel() == "reviews"


def test_places_has_a_table_and_products() -> None:
    table = torch.ones(9, 4)
    left, right = looks.places(table).axes[:2]
    assert np.asarray(left.images[0].get_array()).shape == (4, 9)
    assert np.asarray(right.lines[0].get_ydata()).tolist() == [4.0] * 9
    assert right.get_ylim()[0] == 0


def test_maps_share_one_scale_from_0() -> None:
    axes = looks.maps(WEIGHTS, WORDS).axes
    panels = [ax for ax in axes if ax.images]
    assert len(panels) >= 4
    for panel in panels[:4]:
        assert panel.images[0].get_clim() == (0.0, 1.0)
    assert panels[0].get_ylabel() == "this word looks"
    assert panels[2].get_xlabel() == "at this word"
    assert [text.get_text() for text in panels[0].get_yticklabels()] == WORDS
    assert panels[3].get_title(loc="left") == "layer 2, head 2"


def test_hover_holds_every_map_and_no_script() -> None:
    page = looks.Hover(WEIGHTS, WORDS)._repr_html_()
    soup = BeautifulSoup(page, "html.parser")
    assert not soup.find_all(["script", "link", "img", "b script"])
    assert "http" not in page
    assert "<b>film</b></span>" not in page  # words are text, whatever they hold
    words = soup.select("span.w")
    assert [word.find("b").get_text() for word in words] == WORDS  # type: ignore[union-attr]
    assert all(len(word.select("div.r > div")) == 4 for word in words)
    strips = words[1].select("div.r > div")
    grounds = [str(strip["style"]).split(";")[0] for strip in strips[0].find_all("span")]
    assert grounds == [f"background-color:rgb({g},{g},{g})" for g in (255, 64, 255)]
    assert ":hover" in page
    assert ":focus" in page


def test_hover_is_the_same_twice_and_has_a_name_of_its_own() -> None:
    once, other = looks.Hover(WEIGHTS, WORDS), looks.Hover(WEIGHTS[::-1], WORDS)
    assert once._repr_html_() == looks.Hover(WEIGHTS, WORDS)._repr_html_()
    names = [
        BeautifulSoup(look._repr_html_(), "html.parser").find("div")["id"]  # type: ignore[index]
        for look in (once, other)
    ]
    assert names[0] != names[1]
    assert "3 words" in repr(once)


def test_hover_is_readable_without_style_rules() -> None:
    """Feedback takes style rules away: then every line is there, with its grounds."""
    from course_lib.grading.safe_html import clean_html

    cleaned = clean_html(looks.Hover(WEIGHTS, WORDS)._repr_html_())
    assert ":hover" not in cleaned
    assert cleaned.count("layer 1, head 1:") == 3
    assert "background-color" in cleaned


def test_erasure_draws_medians_from_0() -> None:
    changes = {"most attended": torch.rand(2, 9), "random": torch.zeros(2, 9)}
    ax = looks.erasure(changes, [1, 2]).axes[0]
    assert ax.get_ylim()[0] == 0
    assert [line.get_label() for line in ax.lines] == list(changes)
    middle = changes["most attended"].median(dim=1).values
    assert np.allclose(np.asarray(ax.lines[0].get_ydata()), middle.numpy())
