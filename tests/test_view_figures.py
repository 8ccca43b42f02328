"""Every figure, in both languages: nothing overlaps or is cut off; runs that diverge, single seeds and bad input."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ravine.core import RavineError
from ravine.view import figures
from ravine.view.figures.layout import limits, shape
from ravine.view.figures.marks import draw_lost
from ravine.view.i18n import LANGUAGES
from ravine.view.style import canvas
from view_sample import FIGURES, NAN

INF = float("inf")


def legend(figure):
    return [text.get_text() for box in figure.legends for text in box.get_texts()]


def lines(axes, marker="None"):
    return [line for line in axes.lines if str(line.get_marker()) == marker]


def visible_words(figure):
    """Every word that is drawn, with its box in dots."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer = figure._get_renderer()
    texts = figure.findobj(mpl.text.Text)
    every = {id(text): text for text in texts if text.axes is None or text.axes.get_visible()}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            # Axes keep ticks beyond their limits, which are not drawn.
            drawn = axis._update_ticks() if axes.axison else []
            for tick in {*axis.majorTicks, *axis.minorTicks} - set(drawn):
                every.pop(id(tick.label1), None)
            if not axes.axison:
                every.pop(id(axis.label), None)
    words = [text for text in every.values() if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in words]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_off_and_nothing_overlaps(name, language):
    """Words inside the figure, ticks of an axis apart, the key clear of the axes: all from one drawing."""
    figure = FIGURES[name](language)
    width, height = figure.bbox.width, figure.bbox.height
    for word, box in visible_words(figure):
        assert min(box.x0, box.y0) >= -2, word
        assert box.x1 <= width + 2, word
        assert box.y1 <= height + 2, word
    renderer = figure._get_renderer()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axes.get_visible() or not axes.axison:
                continue
            labels = [tick.label1 for tick in axis._update_ticks()]
            labels = [label for label in labels if label.get_visible() and label.get_text()]
            boxes = [label.get_window_extent(renderer) for label in labels]
            assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2)), [t.get_text() for t in labels]
    for box in figure.legends:
        lowest = box.get_window_extent(renderer).y0
        tops = [axes.get_tightbbox(renderer).y1 for axes in figure.axes if axes.get_visible() and axes.axison]
        assert all(top <= lowest + 3 for top in tops)


def test_polish_figures_have_no_decimal_point():
    words = [word for word, _box in visible_words(FIGURES["learning-curves"]("pl"))]
    assert "0,96" in words
    assert not any("." in word for word in words if word.replace(".", "").isdigit())


EMPTY = {
    "activation_curves": lambda: figures.activation_curves([]),
    "gradient_by_layer": lambda: figures.gradient_by_layer([]),
    "probe_over_time": lambda: figures.probe_over_time([]),
    "examples": lambda: figures.examples(np.empty((0, 28, 28))),
    "learning_curves": lambda: figures.learning_curves([]),
    "learning_curves, no runs": lambda: figures.learning_curves([figures.Panel("Loss")]),
    "rule_curves": lambda: figures.rule_curves([]),
    "spread": lambda: figures.spread([], quantity="Loss"),
    "batch_comparison": lambda: figures.batch_comparison([]),
    "counterexample": lambda: figures.counterexample([]),
    "confusion": lambda: figures.confusion(np.empty((0, 0))),
    "Runs": lambda: figures.Runs("a", [], []),
    "Curve": lambda: figures.Curve("a", [], []),
    "Sample": lambda: figures.SeedValues("a", []),
    "Profile": lambda: figures.Profile("a", []),
    "LayerTrace": lambda: figures.LayerTrace("a", [], np.empty((0, 0))),
    "Wiring": lambda: figures.Wiring([], []),
    "Route": lambda: figures.Route("a", np.empty((0, 2))),
    "Activation": lambda: figures.ActivationCurve("a", [], [], []),
    "BatchRun": lambda: figures.BatchRun("a", 1, [], [], [], []),
}


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_draw_is_said(name):
    with pytest.raises(RavineError, match=name.partition(",")[0]):
        EMPTY[name]()


WRONG = {
    "y must be": lambda: figures.Runs("a", [1, 2], [[1, 2, 3]]),
    "of one length": lambda: figures.Curve("a", [1, 2], [1]),
    "must be numbers": lambda: figures.Curve("a", ["x"], [1]),
    "captions must be": lambda: figures.examples(np.zeros((2, 4, 4)), ["1"]),
    "must be square": lambda: figures.confusion(np.zeros((2, 3))),
    "classes must be": lambda: figures.confusion(np.eye(2), ["a"]),
    "cannot feed": lambda: figures.Wiring([np.eye(2), np.eye(3)], ["a", "b"]),
    "at most 24": lambda: figures.Wiring([np.zeros((4, 100))], ["relu"]),
    "image must have": lambda: figures.Wiring([np.eye(2)], ["a"], image=np.eye(2)),
    "outputs must be": lambda: figures.Wiring([np.eye(2)], ["a"], outputs=["x"]),
    "biases must have": lambda: figures.Wiring([np.eye(2)], ["a"], biases=[[1.0]]),
    "one activation for each": lambda: figures.Wiring([np.eye(2)], []),
    "over y and x": lambda: figures.Surface([0, 1], [0, 1, 2], np.zeros((2, 3))),
    "no finite value": lambda: figures.Surface([0, 1], [0, 1], np.full((2, 2), NAN)),
    "finite start": lambda: figures.Route("a", [[NAN, 0]]),
    "unknown spread": lambda: figures.learning_curves(
        [figures.Panel("Loss", [figures.Runs("a", [1], [1])])], spread="bands"
    ),
    "unknown layout": lambda: figures.rule_curves([figures.Runs("a", [1], [1])], layout="all"),
    "weight must be": lambda: figures.smooth(np.ones(3), 1.0),
    "unknown language": lambda: figures.confusion(np.eye(2), language="de"),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_bad_input_has_its_sentence(sentence):
    with pytest.raises(RavineError, match=sentence):
        WRONG[sentence]()


def curves(*runs, **options):
    return figures.learning_curves([figures.Panel("Loss", runs, log=options.pop("log", False))], **options)


def test_a_run_that_diverged_ends_at_its_cross_and_the_key_says_so():
    epochs = [1, 2, 3, 4]
    figure = curves(figures.Runs("sgd", epochs, [3.0, 2.0, 2.5, NAN]), figures.Runs("adam", epochs, [3, 2, 1, 0.5]))
    (axes,) = figure.axes
    (cross,) = lines(axes, "X")
    assert cross.get_xydata().tolist() == [[3.0, 2.5]]
    assert max(line.get_xdata()[-1] for line in lines(axes) if line.get_color() == cross.get_color()) == 3.0
    assert "sgd (diverged)" in legend(figure)
    assert "diverged here" in legend(figure)


def test_one_explosion_does_not_flatten_the_others():
    figure = curves(figures.Runs("sgd", [1, 2, 3], [[1, 0.5, 0.2], [1, 1e30, INF]]))
    low, high = figure.axes[0].get_ylim()
    assert -0.1 < low < 0.2
    assert 1 < high < 1.2
    assert "sgd (1 of 2 diverged)" in legend(figure)


@pytest.mark.parametrize(("log", "at"), [(False, 1 + (1.5 - 1) / (9 - 1)), (True, 1 + np.log(1.5) / np.log(9))])
def test_the_cross_stands_where_the_run_leaves_the_axes(log, at):
    _figure, (axes,) = canvas()
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(0.5, 1.5)
    draw_lost(axes, np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.9, 1.0, 9.0, NAN]), {"color": "k"})
    (cross,) = lines(axes, "X")
    np.testing.assert_allclose(cross.get_xydata(), [[at, 1.5]], rtol=1e-12)


def test_a_run_without_any_value_is_named_in_the_key_alone():
    figure = curves(figures.Runs("sgd", [1, 2], [NAN, NAN]), figures.Runs("adam", [1, 2], [1, 0.5]))
    assert len(figure.axes[0].lines) == 1
    assert "sgd (diverged)" in legend(figure)


def test_only_runs_without_values_still_draw():
    assert legend(curves(figures.Runs("sgd", [1, 2], [[NAN, NAN]] * 2))) == ["sgd (2 of 2 diverged)", "diverged here"]


def test_a_gap_at_the_start_is_not_a_divergence():
    figure = curves(figures.Runs("adam", [0, 1, 2], [NAN, 1.0, 0.5]))
    assert legend(figure) == ["adam"]


def test_the_line_is_the_mean_of_the_runs_that_did_not_diverge():
    figure = curves(figures.Runs("adam", [1, 2], [[1.0, 0.4], [3.0, 0.6], [7.0, NAN]]))
    mean = next(line for line in lines(figure.axes[0]) if line.get_linewidth() > 1.5)
    np.testing.assert_allclose(mean.get_ydata(), [2.0, 0.5])


def test_one_seed_has_no_band_and_many_have():
    assert not curves(figures.Runs("a", [1, 2], [[1.0, 0.5]])).axes[0].collections
    several = figures.Runs("a", [1, 2], [[1.0, 0.5], [1.2, 0.4]])
    assert curves(several).axes[0].collections
    thin = curves(several, spread="lines")
    assert not thin.axes[0].collections
    assert len(thin.axes[0].lines) == 3
    assert "each seed" in legend(thin)


def test_one_epoch_is_a_dot():
    (line,) = curves(figures.Runs("a", [1], [0.5])).axes[0].lines
    assert line.get_marker() == "o"


@pytest.mark.parametrize(
    ("published", "points"),
    [(0.4, [[2.0, 0.4]]), (np.float32(0.5), [[2.0, 0.5]]), ([(1, 0.9), (2, 0.4)], [[1.0, 0.9], [2.0, 0.4]])],
)
def test_published_values_are_diamonds_in_view(published, points):
    figure = curves(figures.Runs("a", [1, 2], [3.0, 2.0], published))
    axes = figure.axes[0]
    assert [line.get_xydata()[0].tolist() for line in lines(axes, "D")] == points
    assert axes.get_ylim()[0] < 0.4
    assert "published" in legend(figure)


def test_nothing_at_or_below_zero_is_drawn_on_a_log_scale():
    figure = curves(figures.Runs("a", [1, 2, 3], [1.0, 0.0, 0.5]), log=True)
    drawn = figure.axes[0].lines[0].get_ydata()
    assert np.isnan(drawn[1])
    assert figure.axes[0].get_ylim()[0] > 0


def test_a_gradient_of_exactly_zero_is_shown_and_named():
    profiles = [figures.Profile("logistic", [0.0, 1e-8, 0.1]), figures.Profile("relu", [0.1, 0.1, 0.1])]
    figure = figures.gradient_by_layer(profiles)
    (triangle,) = lines(figure.axes[0], "v")
    assert triangle.get_xdata().tolist() == [1]
    assert "exactly zero" in legend(figure)


def test_the_spread_counts_what_it_does_not_draw():
    figure = figures.spread([figures.SeedValues("a", [0.9, NAN, 0.8, INF])], quantity="Accuracy")
    assert figure.axes[0].texts[0].get_text() == "2 of 4 diverged"
    assert len(figure.axes[0].collections[0].get_offsets()) == 2


def test_a_route_that_diverged_has_a_cross_at_its_last_place_in_view():
    grid = np.linspace(-1, 1, 30)
    surface = figures.Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    route = figures.Route("sgd", [[0.5, 0.5], [-0.9, -0.9], [50, 1e300], [NAN, NAN]])
    figure = figures.trajectory(surface, [route])
    (cross,) = lines(figure.axes[0], "X")
    assert cross.get_xydata().tolist() == [[-0.9, -0.9]]
    assert "sgd (diverged)" in legend(figure)
    assert all(np.abs(line.get_xydata()).max() < 10 for line in figure.axes[0].lines), "far points overflow"


def test_marks_beyond_the_end_of_a_route_are_not_drawn():
    grid = np.linspace(-1, 1, 30)
    surface = figures.Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    figure = figures.trajectory(surface, [figures.Route("sgd", np.zeros((12, 2)) + 0.5)], marks=(10, 100))
    assert "after 10 steps" in legend(figure)


def test_a_flat_surface_is_drawn_without_contours():
    surface = figures.Surface([0, 1], [0, 1], np.ones((2, 2)))
    assert not figures.trajectory(surface).axes[0].collections


def test_smoothing_is_the_bias_corrected_average():
    """Against the definition: the weighted mean of all past values, weights w^k."""
    y = np.random.default_rng(0).normal(size=20)
    weights = 0.8 ** np.arange(20)
    expected = [float(np.sum(weights[: t + 1][::-1] * y[: t + 1]) / np.sum(weights[: t + 1])) for t in range(20)]
    np.testing.assert_allclose(figures.smooth(y, 0.8), expected, rtol=1e-12)
    np.testing.assert_array_equal(figures.smooth(y, 0.0), y)


def test_a_network_names_its_weights_at_one_decimal_and_leaves_zeros_blank():
    figure = figures.network_diagram(figures.Wiring([[[1.26, -0.04], [0.0, -2.0]]], ["tanh"]), language="pl")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert sorted(texts) == ["1,3", "tanh", "wejście", "−2,0"]


def test_a_long_counterexample_is_thinned_but_keeps_its_ends():
    t = np.arange(1, 1_000_001)
    figure = figures.counterexample([figures.Curve("Adam", t, np.log(t) / np.log(t[-1]))])
    drawn = figure.axes[0].lines[1]
    assert len(drawn.get_xdata()) < 2000
    assert (drawn.get_xdata()[0], drawn.get_xdata()[-1]) == (1, 1_000_000)


def test_without_a_measured_variance_its_panel_is_away():
    run = figures.BatchRun("batch", 100, [0, 1], [0, 1], [0, 100], [2.0, 1.0])
    assert [axes.get_visible() for axes in figures.batch_comparison([run]).axes] == [True, True, True, False]


def test_limits_where_all_diverged_keep_the_start_in_view():
    _figure, (axes,) = canvas()
    limits(axes, [np.array([2.0, 5.0, 1e9, NAN])], log=False)
    low, high = axes.get_ylim()
    assert low < 2
    assert 5 < high < 20


@pytest.mark.parametrize("count", range(1, 13))
def test_panels_fill_their_grid(count):
    rows, columns = shape(count, 4)
    assert columns <= 4
    assert rows * columns >= count > (rows - 1) * columns
