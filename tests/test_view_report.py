"""The report as a browser takes it: balanced, one anchor for one name, nothing fetched, the same bytes each time."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import view_sample
from ravine.core import RavineError
from ravine.view import blocks, html, write
from ravine.view.export import svg
from ravine.view.style import canvas

FEW = ("learning-curves", "spread", "examples")
VOID = {"meta", "img", "br", "hr", "link", "input", "col"}


class Page(HTMLParser):
    """Every element with its attributes, and complaints about tags that do not close in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.stack, self.wrong, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes), tuple(self.stack)))
        names = [key for key, _value in attributes]
        if len(names) != len(set(names)):
            self.wrong.append(("repeated attribute", name))
        if name not in VOID:
            self.stack.append(name)

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes), tuple(self.stack)))
        if name not in VOID and not {"svg", "math"} & set(self.stack):
            self.wrong.append(("closes itself", name))

    def handle_endtag(self, name):
        if not self.stack or self.stack.pop() != name:
            self.wrong.append(("closes out of order", name, self.getpos()))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name):
        return [attributes for element, attributes, _parents in self.elements if element == name]


@pytest.fixture(scope="module")
def english():
    return html(view_sample.report("en", only=FEW))


@pytest.fixture(scope="module")
def page(english):
    return Page(english)


def test_tags_are_balanced(page):
    assert not page.wrong
    assert not page.stack


def test_a_page_that_is_not_balanced_would_be_seen():
    assert Page("<p><b></p></b>").wrong
    assert Page("<div/>").wrong


def test_nothing_is_fetched(english, page):
    for name, attributes, _parents in page.elements:
        for key in ("src", "href", "xlink:href", "srcset", "poster", "data", "action", "formaction"):
            target = attributes.get(key)
            if target is None or target.startswith(("#", "data:image/png;base64,")):
                continue
            assert (name, key) == ("a", "href"), target
        assert not [key for key in attributes if key.startswith("on")], "the policy would refuse inline handlers"
    css = re.search(r"<style>(.*?)</style>", english, re.DOTALL)[1]
    assert not re.search(r"url\(|@import|@font-face", css)
    script = re.search(r"<script>(.*?)</script>", english, re.DOTALL)[1]
    assert not re.search(r"fetch|XMLHttp|import|WebSocket|eval|innerHTML", script)
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {name for name, *_ in page.elements}


def test_the_policy_fits_the_page(english, page):
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    script = re.search(r"<script>(.*?)</script>", english, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["img-src"] == "data:"
    assert page.all("script") == [{}]


def test_every_id_is_there_once_and_every_link_finds_its_place(page):
    ids = [attributes["id"] for _name, attributes, _parents in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(link["href"][1:] in ids for link in page.all("a") + page.all("use") if link["href"].startswith("#"))
    for _name, attributes, _parents in page.elements:
        assert attributes.get("aria-labelledby", ids[0]) in ids
    assert {"#words", "#drawings"} <= {link["href"] for link in page.all("a")}


def test_headings_go_down_one_step_at_a_time(page):
    levels = [int(name[1]) for name, *_ in page.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_those_who_do_not_see_are_told(page):
    drawings = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    assert [drawing["aria-label"] for drawing in drawings] == [f"A drawing named {name}" for name in FEW]
    others = [attributes for attributes in page.all("svg") if attributes.get("role") != "img"]
    assert all(attributes.get("aria-hidden") == "true" for attributes in others)
    assert all(image["alt"] for image in page.all("img"))
    assert page.all("a")[0]["href"] == "#text"
    assert page.all("button")[0]["aria-label"]
    assert page.all("main")[0]["id"] == "text"


def test_every_variable_has_a_light_and_a_dark_value(english):
    css = re.search(r"<style>(.*?)</style>", english, re.DOTALL)[1]
    used = set(re.findall(r"var\(--([\w-]+)", english)) - {"share", "tone"}
    for theme in ('data-theme="light"', 'data-theme="dark"', "prefers-color-scheme:dark"):
        block = css[css.index(theme) :]
        block = block[: block.index("}")]
        fonts = {"text-font", "figure-font", "code-font", "measure"}
        assert used - fonts <= set(re.findall(r"--([\w-]+):", block)), theme


def test_the_same_bytes_each_time(english):
    assert html(view_sample.report("en", only=FEW)) == english


def test_blocks_come_out_as_meant(english):
    assert english.count("<table>") == 2
    assert english.count('class="scale"') == 2, "rows whose numbers differ have a scale"
    assert "0.0716\xa0…\xa00.0752" in english
    assert "No evidence either way" in english
    assert "Output" in english
    assert '<div class="formula scroll" role="math" aria-label="Adam&#x27;s step"><span><math ' in english
    assert '<td class="right">–</td>' in english
    assert "&lt;b&gt;tags&lt;/b&gt;" in english


def test_polish():
    text = html(view_sample.report("pl", only=("spread",)))
    assert '<html lang="pl">' in text
    for word in ("Spis treści", "Rysunek 1", "Opublikowano", "Potwierdzone", "0,0749", "669\xa0706", "Wynik"):
        assert word in text
    for word in ("Contents", "Figure 1", "Output<", "0.0749"):
        assert word not in text


def chapter(*parts):
    return blocks.Chapter("one", "1", "One", parts)


def test_what_people_write_is_no_markup():
    evil = "</script><script>alert(1)</script>\"'{{script}}"
    text = html(blocks.Report(evil, evil, "en", (blocks.Chapter("a", evil, evil, (blocks.Note("note", evil, evil),)),)))
    assert text.count("<script>") == 1
    assert "{{script}}" in text, "a place in what people write is not filled"
    assert not Page(text).wrong


def test_a_heavy_figure_becomes_a_picture():
    figure, (axes,) = canvas(width=3, height=2)
    axes.scatter(*np.random.default_rng(0).normal(size=(2, 6000)), s=1)
    text = html(blocks.Report("t", "", "en", (chapter(blocks.Figure("dots", figure, "Dots", "Many dots")),)))
    (image,) = Page(text).all("img")
    assert image["src"].startswith("data:image/png;base64,")
    assert (image["alt"], image["width"], image["height"]) == ("Many dots", "288", "192")
    kept = blocks.Figure("dots", figure, "Dots", "Many dots", raster=False)
    assert not Page(html(blocks.Report("t", "", "en", (chapter(kept),)))).all("img")


def test_files_beside_the_page(tmp_path):
    report = view_sample.report("en", only=("spread",))
    paths = write(report, tmp_path / "deep" / "report.html")
    assert [path.relative_to(tmp_path / "deep").as_posix() for path in paths] == [
        "report.html",
        "figures/spread.svg",
        "figures/spread.png",
    ]
    assert paths[1].read_text(encoding="utf-8") == svg(report.figures[0].figure)
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    assert sorted(path for path in (tmp_path / "deep").rglob("*") if path.is_file()) == sorted(paths)


def test_a_write_that_fails_leaves_the_old_page_and_no_litter(tmp_path, monkeypatch):
    page = tmp_path / "report.html"
    page.write_text("old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(RavineError, match=r"cannot write .*report\.html.*No space left on device"):
        write(blocks.Report("t", "", "en", (chapter(blocks.Text("x")),)), page)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert page.read_text() == "old"


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RavineError, match="cannot write"):
        write(blocks.Report("t", "", "en", (chapter(),)), tmp_path / "file" / "report.html")


DRAWING = canvas()[0]
BAD = {
    "slug must be": lambda: blocks.Chapter("One two", "1", "x", ()),
    "id must be": lambda: blocks.Figure("a/b", DRAWING, "", "x"),
    "alt is empty": lambda: blocks.Figure("a", DRAWING, "", " "),
    "columns are empty": lambda: blocks.Table((), ()),
    "each row must have 2": lambda: blocks.Table(("a", "b"), ((1,),)),
    "alignment must have 1": lambda: blocks.Table(("a",), (), alignment="x"),
    "unknown kind": lambda: blocks.Note("hint", "x"),
    "unknown language": lambda: blocks.Report("t", "", "de", (chapter(),)),
    "chapters are empty": lambda: blocks.Report("t", "", "en", ()),
    "'a' is used twice": lambda: blocks.Report("t", "", "en", (chapter(*[blocks.Figure("a", DRAWING, "", "x")] * 2),)),
    "no highlighting": lambda: html(blocks.Report("t", "", "en", (chapter(blocks.Code("x", "klingon")),))),
}


@pytest.mark.parametrize("sentence", BAD)
def test_bad_input_has_its_sentence(sentence):
    with pytest.raises(RavineError, match=re.escape(sentence)):
        BAD[sentence]()


@pytest.mark.parametrize(
    "row",
    [
        blocks.PublishedComparison("x", None, 1.0),
        blocks.PublishedComparison("x", 1.0, 1.0),
        blocks.PublishedComparison("x", 1.0, float("nan"), (float("nan"), 2.0), 5),
        blocks.PublishedComparison("x", 1.0, float("inf")),
    ],
)
def test_no_scale_where_there_is_nothing_to_compare(row):
    text = html(blocks.Report("t", "", "en", (chapter(blocks.Published((row,))),)))
    assert 'class="scale"' not in text
    assert "nan" not in text.partition("<main")[2]


def test_records_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        blocks.Text("a").markdown = "b"
