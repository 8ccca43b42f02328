"""Markdown, formulas and code: what is written comes out as meant, and nothing written becomes markup by itself."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ravine.core import RavineError
from ravine.functions.activations import ACTIVATIONS
from ravine.optim import RULES
from ravine.view.markup import code, inline, prose, tag
from ravine.view.maths import mathml


def operators(latex, **options):
    return [node.text for node in ElementTree.fromstring(mathml(latex, **options)).iter() if node.text]


@pytest.mark.parametrize("name", list(RULES))
def test_the_equation_of_every_rule_can_be_set(name):
    assert mathml(RULES[name].equation, display=True).startswith("<math")


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\lVert g \rVert_2 \quad \nabla_\theta J(\theta) \odot \mathbb{E}[x]",
        r"\operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_{j=1}^{n} e^{x_j}}",
        r"\left( \frac{a}{b} \right)^2 \leftarrow \max(0, x) \in [0, 1)",
        r"\hat{v}_t = \max(\hat{v}_{t-1}, v_t), \qquad \sqrt[3]{x} \pm \infty \approx \varepsilon",
        r"a < b \;\&\; c",
    ],
)
def test_what_a_lecture_needs_can_be_set(latex):
    ElementTree.fromstring(mathml(latex))


@pytest.mark.parametrize("latex", [r"\frac{1}", r"x^", r"a}", r"\foo x", r"\begin{cases} x", r"a & b", r"\sqrt"])
def test_what_is_not_latex_is_refused_with_the_formula(latex):
    with pytest.raises(RavineError, match="cannot be set") as caught:
        mathml(latex)
    assert repr(latex) in str(caught.value)


def test_a_function_stands_off_its_bare_argument_only():
    assert 'tanh</mi><mspace width="0.167em"/><mi>x' in mathml(r"\tanh x")
    assert "mspace" not in mathml(r"\tanh(x)")


def test_an_upright_letter_is_upright():
    assert "<mtext>d</mtext>" in mathml(r"\mathrm{d}x")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("<script>x</script> & <b>", "<p>&lt;script&gt;x&lt;/script&gt; &amp; &lt;b&gt;</p>"),
        ("# A", "<h3>A</h3>"),
        ("#### A", "<h4>A</h4>"),
        ("$5 and $6", "<p>$5 and $6</p>"),
        (r"\$x$", "<p>$x$</p>"),
        ("`$x$`", "<p><code>$x$</code></p>"),
        ("    \n    one\n    two", "<p>one\ntwo</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![x](http://a/b.png)", '<p>!<a href="http://a/b.png" rel="noopener noreferrer">x</a></p>'),
        ("[x](#part)", '<p><a href="#part">x</a></p>'),
    ],
)
def test_markdown(markdown, html):
    assert prose(markdown) == html


def test_maths_in_text_may_hold_the_signs_of_emphasis():
    assert prose("$a_1*b_1*c_1$ and *d*").count("<em>") == 1
    assert inline(r"$m_t$ of $\beta_1$").count("<math") == 2


def test_code_is_highlighted_and_escaped():
    made = code("if a < b:\n    print('<b>')  # x")
    assert '<span class="k">if</span>' in made
    assert "&lt;b&gt;" in made
    assert "<b>" not in made
    assert made.count("\n") == 1


def test_attributes_are_escaped():
    assert tag("p", title='"><script>', hidden=True, lang=None) == '<p title="&quot;&gt;&lt;script&gt;" hidden></p>'


def test_the_registries_are_not_empty():
    assert len(RULES) >= 9
    assert len(ACTIVATIONS) >= 9
