"""What the page draws: formulas, the relief and its balls, the pictures of units, names, cards; in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from benchmarks.lab import fragment
from ravine.functions import ACTIVATIONS, describe
from ravine.lab._configuration import Configuration
from ravine.lab.catalogue import catalogue
from ravine.landscape import FUNCTIONS, RATES
from ravine.optim import RULES
from ravine.view.i18n import LANGUAGES
from test_lab_browser import SMALL, Lab, Server
from test_lab_words import ALIKE
from waiting import PATIENCE

Opened = Callable[..., Lab]
SIZES = {1366: 768, 1920: 1080, 390: 844}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.end()


@pytest.fixture
def opened(browser: Any, server: Server) -> Iterator[Opened]:
    """Opens the page of a width, a language, a configuration; the console must have stayed silent."""
    made: list[Lab] = []

    def open_page(width: int = 1366, language: str = "en", theme: str = "light", **more: Any) -> Lab:
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]}, reduced_motion="reduce", color_scheme=theme
        )
        context.request.get(server.url, timeout=1000 * PATIENCE)
        lab = Lab(context.new_page(), server.base)
        made.append(lab)
        lab.page.goto(f"{lab.base}?lang={language}{fragment({**SMALL, **more})}")
        lab.page.wait_for_selector(".ravine-lab[data-run]")
        return lab

    yield open_page
    for lab in made:
        lab.page.context.close()
        assert lab.said == [], "the console is silent"


def balls(lab: Lab, name: str = "quadratic") -> None:
    """Go to the landscape, to the function of that name, and wait for the race."""
    lab.page.click("[data-key=place-landscape]")
    lab.page.wait_for_selector(".rivals .state:not(:empty)")
    if name != lab.page.input_value("[data-key=function]"):
        raced(lab, lambda: lab.page.select_option("[data-key=function]", name))


def raced(lab: Lab, act: Callable[[], Any]) -> None:
    """What *act* does makes the balls run anew; wait until they are drawn."""
    with lab.page.expect_response(lambda answer: answer.request.method == "POST" and "/landscape/" in answer.url):
        act()
    lab.drawn()


# Formulas

# Of each formula on the page: its text without the brace of a distinction of cases, which is tall; its parts; whether
# the upper part of every fraction is above the lower one; the indices in the order of the page, and whether they are
# lower than what they belong to.
SET = """() => [...document.querySelectorAll('.formula')].filter(f => f.checkVisibility()).map(formula => {
  const box = e => e.getBoundingClientRect();
  const all = name => [...formula.querySelectorAll(name)];
  const tall = all('mo').filter(e => e.textContent === '{' && box(e).height > 40).length;
  const subs = [...formula.querySelectorAll('msub, msubsup')];
  return {
    text: formula.textContent, tall,
    inside: formula.parentElement.closest('.lane, .layer, .row')?.className.split(' ') ?? [],
    numbers: all('mn').map(e => e.textContent),
    maths: all('math').length, fractions: all('mfrac').length, tables: all('mtable').length,
    rows: all('mtr').length, cells: all('mtd').length, strange: all('[style], script').length,
    foreign: all('math, math *').filter(e => e.namespaceURI !== 'http://www.w3.org/1998/Math/MathML').length,
    piled: all('mfrac').every(e => box(e.children[0]).bottom <= box(e.children[1]).top + 1 && box(e).height > 10),
    indices: subs.map(e => e.children[1].textContent),
    low: subs.every(e => box(e.children[1]).bottom > box(e.children[0]).bottom),
  };
})"""
BRACED = r"\{((?:[^{}]|\{[^{}]*\})*)\}"


def indices(latex: str) -> list[str]:
    """The indices that TeX sets, by its own rule: a group in braces, or else one letter."""
    found = re.findall(r"_(?:" + BRACED + r"|(\\?\w))", latex)
    return [(group or single).replace("-", "\N{MINUS SIGN}").replace(" ", "") for group, single in found]


def well_set(found: dict[str, Any], latex: str) -> None:
    """Whether what the browser shows of a formula is what its TeX says."""
    tables = latex.count(r"\begin{cases}")
    assert found["maths"] >= 1, latex
    assert "\\" not in found["text"] and "}" not in found["text"], found["text"]
    assert found["text"].count("{") == found["tall"] == tables, "only before cases, and as tall as they"
    assert found["fractions"] == len(re.findall(r"\\t?frac", latex)), latex
    assert found["piled"] and found["low"], latex
    assert sorted(found["indices"]) == sorted(indices(latex)), latex
    assert found["tables"] == tables, latex
    if tables:
        inner = latex[latex.index(r"\begin{cases}") : latex.index(r"\end{cases}")]
        rows = inner.count(r"\\") + 1
        assert (found["rows"], found["cells"]) == (rows, rows + inner.count("&")), latex
    assert (found["foreign"], found["strange"]) == (0, 0)


# Chooses each of the names in turn, and looks at the formula that stands for it then.
EACH = """([chooser, where, names]) => names.map(name => {
  const select = document.querySelector(`[data-key=${chooser}]`);
  select.value = name;
  select.dispatchEvent(new Event('change', {bubbles: true}));
  const look = LOOK;
  return look().filter(found => found.inside.includes(where));
})""".replace("LOOK", SET)


def test_every_formula_of_the_catalogue_is_set_as_mathematics(opened: Opened) -> None:
    """All that the page has are walked through on one page; the Polish one, for its decimal commas.

    The formula of what is chosen stands there at once, whether the run of it is made already or not.
    """
    lab = opened(language="pl")
    catalogue = lab.past("api/v1/catalogue").json()

    def walk(kind: str, chooser: str, where: str, key: str, left: str = "", names: Sequence[str] = ()) -> list[str]:
        latex = {each["name"]: left + each[key] for each in catalogue[kind] if each["name"] in names or not names}
        for name, found in zip(latex, lab.page.evaluate(EACH, [chooser, where, [*latex]]), strict=True):
            shown = found[-1]
            well_set(shown, latex[name])
            assert shown["text"].startswith(re.sub(r"[ _]", "", left.replace(r"\eta", "η"))), name
            numbers = re.findall(r"\d+\.\d+", latex[name])
            assert [each for each in shown["numbers"] if "," in each] == [each.replace(".", ",") for each in numbers]
            assert not any("." in each for each in shown["numbers"]), name
        return [*latex]

    lab.page.click("[data-key=open-0]")
    assert walk("rules", "rule-0", "lane", "equation") == [*RULES]
    scheduled = [each["name"] for each in catalogue["schedules"] if each["name"] != "constant"]
    assert walk("schedules", "schedule-0", "lane", "equation", r"\eta_s = ", scheduled) == scheduled
    lab.page.keyboard.press("Escape")
    lab.page.click(".side details[data-key=more-0] summary")
    elementwise = [name for name in ACTIVATIONS if describe(name).elementwise]
    assert walk("activations", "activation-0", "layer", "formula") == elementwise
    balls(lab)
    assert walk("functions", "function", "row", "formula", "f(x, y) = ") == [*FUNCTIONS]


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        ("<math><mi>x</mi><script>window.ran = 1</script></math>", "a formula holds script"),
        ("<math><mi href='https://example.org'>x</mi></math>", "a formula holds href"),
        ("<math><mi>x</mi></math><p>more</p>", "this is no formula"),
        ("<math><mi>x</mi><p>more</p></math>", "this is no formula"),
        ("x", "this is no formula"),
    ],
)
def test_what_is_no_formula_is_not_taken_for_one(opened: Opened, forged: str, said: str) -> None:
    """Markup in the place of a formula is refused aloud, and nothing of it runs or is shown."""
    lab = opened()

    def forge(route: Any) -> None:
        answer = route.fetch()
        body = answer.json()
        next(each for each in body["rules"] if each["name"] == "sgd")["mathml"] = {"en": [forged], "pl": [forged]}
        route.fulfill(response=answer, json=body)

    lab.page.route("**/api/v1/catalogue", forge)
    lab.page.reload()
    lab.page.wait_for_selector(f"text={said}")
    assert lab.page.evaluate("window.ran") is None
    assert lab.page.locator("math").count() == 0


# The landscape


def shades(lab: Lab, selector: str) -> dict[str, int]:
    """How many pixels the picture has of each colour."""
    made: dict[str, int] = lab.page.evaluate(
        "selector => { const shown = document.querySelector(selector), c = document.createElement('canvas');"
        " c.width = shown.width; c.height = shown.height; const pen = c.getContext('2d', {willReadFrequently: true});"
        " pen.drawImage(shown, 0, 0); const d = pen.getImageData(0, 0, c.width, c.height).data; const counts = {};"
        " for (let i = 0; i < d.length; i += 4) { const key = d[i + 3] ? `${d[i]},${d[i + 1]},${d[i + 2]}` : 'none';"
        " counts[key] = (counts[key] ?? 0) + 1; } return counts; }",
        selector,
    )
    return made


BLUE, PURPLE = "0,103,165", "91,75,181"
"""The colours of the first and the sixth ball."""
BALLS = (BLUE, "185,69,0", "0,128,95", "168,65,124", "138,97,0", PURPLE)
"""Those of all six, as the style sheet has them in the light theme."""


@pytest.mark.parametrize(
    "name", ["rosenbrock", *(pytest.param(n, marks=pytest.mark.slow) for n in RATES if n != "rosenbrock")]
)
def test_the_classics_come_down(opened: Opened, name: str) -> None:
    lab = opened()
    balls(lab, name)
    entry = next(each for each in lab.past("api/v1/catalogue").json()["functions"] if each["name"] == name)
    shown = [lab.page.input_value(f"[data-key=ball-rate-{k}]") for k in range(6)]
    assert [float(text) for text in shown] == [
        entry["rates"][rule] for rule in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
    ]
    told = lab.page.locator(".rivals .state").all_inner_texts()
    assert all(text.startswith("f =") for text in told), told
    relief = shades(lab, ".relief")
    assert len(relief) > 200, "hills, and not one colour"
    seen = [relief.get(colour, 0) for colour in BALLS]
    assert max(seen) < 0.05 * sum(relief.values()), "no way floods the picture"
    # Those that end at one place lie on each other: the nearest is seen whole.
    assert max(seen) > 30, seen
    assert sum(each > 0 for each in seen) >= 2, seen


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_leaves_the_window_is_cut_off(opened: Opened, theme: str) -> None:
    """SGD at more than the ravine's rate is thrown out of Rosenbrock's valley, to 10^30 and beyond all numbers."""
    lab = opened(theme=theme)
    balls(lab, "rosenbrock")
    before = {canvas: shades(lab, canvas) for canvas in (".landscape .plane", ".relief")}
    lab.page.fill("[data-key=ball-rate-0]", "0.05")
    raced(lab, lambda: lab.page.press("[data-key=ball-rate-0]", "Enter"))
    lab.until(lambda: "diverged" in lab.page.locator(".rivals .state").first.inner_text())
    for canvas, was in before.items():
        now = shades(lab, canvas)
        assert len(now) > 0.7 * len(was), canvas
        changed = sum(abs(now.get(shade, 0) - was.get(shade, 0)) for shade in was.keys() | now.keys())
        # What changes is one way: lines and a ring, a few per cent of the picture.
        assert changed < 0.2 * sum(was.values()), canvas


def test_a_wall_in_front_hides_the_ball(opened: Opened) -> None:
    """All balls begin, and stay, at the ravine's deepest place, where the slope is 0: there is no way, only a ball."""
    lab = opened()
    balls(lab, "quadratic")
    box = lab.page.locator(".landscape .plane").bounding_box()
    assert box is not None
    raced(lab, lambda: lab.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"]))
    lab.until(lambda: shades(lab, ".relief").get(PURPLE, 0) > 40)
    lab.page.focus(".relief")
    # Along the ground, across the ravine: its near wall is before the basin.
    for _ in range(12):
        lab.page.keyboard.press("ArrowUp")
    for _ in range(9):
        lab.page.keyboard.press("ArrowRight")
    lab.drawn()
    hidden = shades(lab, ".relief")
    assert hidden.get(PURPLE, 0) == 0
    assert len(hidden) > 50, "the wall is there"


def test_a_rate_goes_with_its_function_and_rule(opened: Opened) -> None:
    lab = opened()
    balls(lab, "quadratic")
    twice = 2 * RATES["quadratic"]["sgd"]
    lab.page.fill("[data-key=ball-rate-0]", str(twice / 3))
    raced(lab, lambda: lab.page.press("[data-key=ball-rate-0]", "Enter"))
    raced(lab, lambda: lab.page.select_option("[data-key=ball-rule-1]", "adadelta"))
    assert float(lab.page.input_value("[data-key=ball-rate-1]")) == RATES["quadratic"]["adadelta"]
    balls(lab, "rosenbrock")
    # As much above or below what suits the function as it was set to.
    assert float(lab.page.input_value("[data-key=ball-rate-0]")) == pytest.approx(
        RATES["rosenbrock"]["sgd"] * 2 / 3, rel=5e-3
    )
    assert float(lab.page.input_value("[data-key=ball-rate-1]")) == RATES["rosenbrock"]["adadelta"]
    assert lab.page.input_value("[data-key=landscape-steps]") == "1000"
    raced(lab, lambda: lab.page.click("[data-key=classics]"))
    assert float(lab.page.input_value("[data-key=ball-rate-0]")) == RATES["rosenbrock"]["sgd"]


# Units

# By hand: a unit that says -1 for every example, for tanh(-30) is -1 in float32; one of both signs; one above 0 alone.
BY_HAND = [
    {"kernel": [[0.0, 3.0, 0.1], [0.0, 0.0, 0.1]], "bias": [-30.0, 0.0, 1.0]},
    {"kernel": [[1.0, -1.0], [1.0, -1.0], [1.0, -1.0]], "bias": [0.0, 0.0]},
]
# The pixels of a unit's picture: how many are of the minus and of the plus colour's hue, and how many of the ink.
INKED = """unit => {
  const frame = document.querySelector(`[data-unit='${unit}'] rect`);
  const canvas = document.querySelector('.stage > canvas');
  const ratio = canvas.width / document.querySelector('svg.net').viewBox.baseVal.width;
  const [x, y, side] = ['x', 'y', 'width'].map(name => Math.round(ratio * Number(frame.getAttribute(name))));
  const copy = document.createElement('canvas');
  copy.width = copy.height = side - 4;
  const pen = copy.getContext('2d', {willReadFrequently: true});
  pen.drawImage(canvas, -x - 2, -y - 2);
  const d = pen.getImageData(0, 0, side - 4, side - 4).data;
  const found = {minus: 0, plus: 0, ink: 0, all: d.length / 4};
  for (let i = 0; i < d.length; i += 4) {
    if (Math.max(d[i], d[i + 1], d[i + 2]) < 90) found.ink += 1;
    else if (d[i] > d[i + 2] + 12) found.minus += 1;
    else if (d[i + 2] > d[i] + 12) found.plus += 1;
  }
  return found;
}"""


@pytest.mark.parametrize("language", ["en", "pl"])
def test_zero_is_neutral_in_every_unit_and_dead_ones_are_crossed_out(opened: Opened, language: str) -> None:
    lab = opened(language=language, network={"layers": [{"units": 3, "activation": "tanh"}], "weights": BY_HAND})
    lab.until(lambda: lab.page.evaluate(INKED, "1.0")["minus"] > 0)
    dead, both, positive = (lab.page.evaluate(INKED, f"1.{k}") for k in range(3))
    assert dead["ink"] > 0.02 * dead["all"] and dead["plus"] == 0, "two strokes over the colour of minus"
    assert min(both["minus"], both["plus"]) > 0.3 * both["all"]
    assert positive["minus"] == 0 and positive["plus"] > 0.9 * positive["all"], "what is never below zero has no minus"
    assert both["ink"] == positive["ink"] == 0
    legend = lab.page.inner_text(".network .key")
    assert {"en": "dead unit", "pl": "martwy neuron"}[language] in legend
    assert re.sub(r"\s", "", legend).startswith("\N{MINUS SIGN}0+")
    lab.page.focus("[data-unit='1.0']")
    said = lab.page.get_attribute("[data-unit='1.0']", "aria-label")
    assert {"en": "dead unit", "pl": "martwy neuron"}[language] in str(said)


# Room

# Names that are cut, and those of selects that are wider than the room left of the arrow.
CUT = """() => {
  const pen = document.createElement('canvas').getContext('2d');
  const named = [...document.querySelectorAll('.lane select')].filter(e => e.checkVisibility()).map(e => {
    const style = getComputedStyle(e);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 18;
    return [e.selectedOptions[0].text, pen.measureText(e.selectedOptions[0].text).width, room];
  });
  const units = [...document.querySelectorAll('.net .unit text')].map(e => e.textContent)
    .filter(name => name.includes('…'));
  const input = [...document.querySelectorAll('.rivals .rate input')].filter(e => e.scrollWidth > e.clientWidth);
  return [...named.filter(([, wide, room]) => wide > room), ...units, ...input.map(e => e.value)];
}"""


@pytest.mark.parametrize(
    ("width", "language"),
    [
        (1366, "en"),
        (1920, "pl"),
        pytest.param(1366, "pl", marks=pytest.mark.slow),
        pytest.param(1920, "en", marks=pytest.mark.slow),
    ],
)
def test_names_are_whole_where_there_is_room(opened: Opened, width: int, language: str) -> None:
    lanes = [{"rule": name, "rate": 0.01} for name in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop")]
    lab = opened(width, language, data={"name": "camera", "n": 60}, network={"layers": [{"units": 4}]}, lanes=lanes)
    names = {"en": ["solid", "vertical", "diagonal", "horizontal"], "pl": ["jednolity", "pionowy", "ukośny", "poziomy"]}
    lab.page.wait_for_selector(".net .unit")
    shown = lab.page.locator(".net .unit text").all_text_contents()
    assert [name for name in shown if name in names[language]] == names[language], shown
    assert lab.page.evaluate(CUT) == []
    balls(lab, "rosenbrock")
    assert lab.page.evaluate(CUT) == []
    # A name is not outside of the picture either.
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= width


# Of the page: keys of its controls, and what its lists and fields call what they offer.
CONTROLS = "[...document.querySelectorAll('[data-key]')].map(e => e.dataset.key)"
OFFERED = "[...document.querySelectorAll('option, .field > span, figcaption b, .caption')].map(e => e.textContent)"


def test_a_key_is_no_word_and_no_name_of_the_code_is_shown(opened: Opened) -> None:
    layers = [{"units": 3, "activation": "leaky_relu", "initializer": "lecun_normal"}]
    lanes = [{"rule": name, "rate": 0.01, "schedule": "inverse_sqrt"} for name in [*RULES][:8]]
    keys: dict[str, list[str]] = {}
    offered: dict[str, set[str]] = {}
    for language in LANGUAGES:
        lab = opened(language=language, network={"layers": layers}, lanes=lanes)
        lab.page.wait_for_selector(".net .unit")
        lab.page.click("[data-key=tab-histograms]")
        lab.page.wait_for_selector(".tab figcaption b")
        keys[language] = lab.page.evaluate(CONTROLS)
        offered[language] = set(lab.page.evaluate(OFFERED))
        lab.page.click("[data-key=place-landscape]")
        lab.page.wait_for_selector("[data-key=function]")
        keys[language] += lab.page.evaluate(CONTROLS)
        offered[language] |= set(lab.page.evaluate(OFFERED))
    assert keys["pl"] == keys["en"]
    assert [key for key in keys["en"] if not re.fullmatch(r"[a-z0-9._-]+", key)] == []
    made = catalogue(Configuration(), [])
    codes = {
        each["name"] for kind in ("activations", "rules", "schedules", "losses", "functions") for each in made[kind]
    }
    codes |= {each["name"] for each in made["initializers"]} | {
        o["name"] for rule in made["rules"] for o in rule["options"]
    }
    assert offered["pl"] & {shown for name in codes - ALIKE for shown in (name, name.replace("_", " "))} == set()
    # Only what is listed is called alike.
    words = {text for text in offered["pl"] & offered["en"] if re.search(r"[^\W\d_]{2}", text)}
    assert words <= ALIKE | {"EN", "PL", "test"}, words


@pytest.mark.parametrize("width", [1366, 1920])
def test_the_charts_of_the_instruments_fill_their_panel(opened: Opened, width: int) -> None:
    lab = opened(width)
    lab.step(1)
    for tab, selector in {
        "gradients": ".tab .chart",
        "histograms": ".multiples",
        "confusion": "table.confusion",
    }.items():
        lab.page.click(f"[data-key=tab-{tab}]")
        lab.page.wait_for_selector(selector)
        wide = "s => document.querySelector(s).getBoundingClientRect().width"
        assert lab.page.evaluate(wide, selector) > 0.95 * lab.page.evaluate(wide, ".tab"), tab
    ends = lab.page.evaluate("document.querySelector('.tab').getBoundingClientRect().right")
    lab.page.click("[data-key=tab-gradients]")
    lab.page.wait_for_selector(".tab .chart line", state="attached")
    # The lines of the chart, not only its box.
    lines = lab.page.evaluate(
        "Math.max(...[...document.querySelectorAll('.tab .chart line')].map(e => e.getBoundingClientRect().right))"
    )
    assert ends - lines < 0.03 * width


# Of what the selectors find: what lies over another, outside of the window, or is cut off.
OVER = """selectors => {
  const found = [];
  for (const selector of selectors) {
    const parts = [...document.querySelectorAll(selector)].filter(e => e.checkVisibility())
      .map(e => [e, e.getBoundingClientRect(), e.textContent.slice(0, 30)]);
    parts.forEach(([a, one, name], i) => parts.slice(i + 1).forEach(([b, other, its]) => {
      if (a.contains(b) || b.contains(a)) return;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 1.5 && high > 1.5) found.push(['over', name, its]);
    }));
    for (const [e, box, name] of parts) {
      if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push(['outside', name]);
      if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && e.tagName !== 'INPUT') found.push(['cut', name]);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("language", ["en", "pl"])
def test_nothing_lies_over_text_on_a_telephone(opened: Opened, language: str) -> None:
    lab = opened(390, language, speed=200)
    # While it runs the time line says most.
    lab.page.click("[data-key=play]")
    lab.until(lambda: lab.page.inner_text(".timeline .where").count("·") == 2)
    bars = [
        ".top button, .top select, .top summary, .top p",
        ".timeline > *",
        ".network .head > *, .network .head span",
    ]
    assert lab.page.evaluate(OVER, bars) == []
    balls(lab)
    assert lab.page.evaluate(OVER, [*bars[:1], ".clock > *", ".landscape .panel > .row:first-child > *"]) == []
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 390


# Cards


@pytest.mark.parametrize("away", ["escape", "elsewhere"])
def test_what_opens_over_the_page_closes(opened: Opened, away: str) -> None:
    lab = opened()
    lab.page.wait_for_selector(".net .unit")

    def leave() -> None:
        if away == "escape":
            lab.page.keyboard.press("Escape")
        else:
            lab.page.mouse.click(*middle(lab, ".answers h2"))

    cards = {
        "[data-unit='1.1']": ".inspector[data-kept=true]",
        ".net .touch": ".inspector[data-kept=true]",
        "[data-key=open-0]": "[data-key=settings-0] .items",
        "[data-key=export]": ".top .menu .items",
    }
    for opener, card in cards.items():
        lab.page.mouse.click(*middle(lab, opener))
        lab.page.wait_for_selector(card)
        # What is pressed within it leaves it open.
        lab.page.mouse.click(*middle(lab, f"{card} >> nth=0", top=True))
        assert lab.page.is_visible(card), opener
        leave()
        lab.page.wait_for_selector(card, state="hidden")
    # One press elsewhere on another opener: the first closes, the second opens.
    lab.page.click("[data-key=open-0]")
    lab.page.click("[data-key=export]")
    assert lab.page.is_visible(".top .menu .items") and not lab.page.is_visible("[data-key=settings-0] .items")


def middle(lab: Lab, selector: str, *, top: bool = False) -> tuple[float, float]:
    """A place on the first element found; *top*: at its upper edge, where there is nothing to press."""
    found = lab.page.locator(selector).first
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box is not None, selector
    return box["x"] + box["width"] / 2, box["y"] + (3 if top else box["height"] / 2)
