"""Initialisers: the published bounds and deviations, the shape of each distribution, reproducible draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ravine.core import RavineError
from ravine.functions import (
    INITIALIZERS,
    Constant,
    Identity,
    Initializer,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TorchLinear,
    TruncatedNormal,
    VarianceScaling,
    initializer,
)
from ravine.functions.initializers import fans

SHAPE = (300, 200)
COUNT = math.prod(SHAPE)


def draw(wanted, shape=SHAPE, dtype=np.float64, seed=0):
    return initializer(wanted)(np.random.default_rng(seed), shape, dtype)


# name -> bound of the uniform distribution, as in the papers, for 300 inputs and 200 outputs.
BOUNDS = {
    "glorot_uniform": math.sqrt(6 / 500),
    "he_uniform": math.sqrt(6 / 300),
    "lecun_uniform": math.sqrt(3 / 300),
    "torch_linear": 1 / math.sqrt(300),
    "random_uniform": 0.05,
}
# name -> (standard deviation of the normal distribution before it is cut off, where it is cut off).
NORMALS = {
    "glorot_normal": (math.sqrt(2 / 500) / 0.87962566, 2.0),
    "he_normal": (math.sqrt(2 / 300) / 0.87962566, 2.0),
    "lecun_normal": (math.sqrt(1 / 300) / 0.87962566, 2.0),
    "variance_scaling": (math.sqrt(1 / 300) / 0.87962566, 2.0),
    "truncated_normal": (0.05, 2.0),
    "random_normal": (0.05, math.inf),
}
FIXED = {"zeros", "ones", "constant", "identity", "orthogonal"}


def test_every_initializer_is_proved_here():
    assert set(INITIALIZERS) == {*BOUNDS, *NORMALS, *FIXED}


# Seeds are fixed, so these tests do not flicker. A true sample of 60,000 fails a Kolmogorov-Smirnov test at 1e-3 once
# in a thousand seeds; a bound wrong by 1 % gives p below 1e-9.
@pytest.mark.parametrize("name", BOUNDS)
def test_uniform_ones_fill_their_interval(name):
    values, bound = draw(name).ravel(), BOUNDS[name]
    assert abs(values).max() <= bound
    assert abs(values).max() > bound * (1 - 1e-3)
    assert stats.kstest(values, stats.uniform(-bound, 2 * bound).cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", NORMALS)
def test_normal_ones_have_their_deviation_and_cut(name):
    values, (deviation, cut) = draw(name).ravel(), NORMALS[name]
    assert stats.kstest(values / deviation, stats.truncnorm(-cut, cut).cdf).pvalue > 1e-3
    if cut < math.inf:
        assert cut * (1 - 1e-2) < abs(values / deviation).max() <= cut


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize(("mode", "count"), [("fan_in", 300), ("fan_out", 200), ("fan_avg", 250)])
def test_variance_scaling_has_the_variance_it_names(distribution, mode, count):
    values = draw(VarianceScaling(1.7, mode, distribution))
    # 4 sigma: the variance of 60,000 draws errs by sqrt(2 / 60,000) = 0.6 %, their mean by 0.4 % of a deviation.
    np.testing.assert_allclose(values.var(), 1.7 / count, rtol=0.025)
    assert abs(values.mean()) < 4 * math.sqrt(1.7 / count / COUNT)


@pytest.mark.parametrize("name", ["glorot", "he", "lecun"])
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_deviation_equals_keras(name, kind):
    keras = pytest.importorskip("keras")
    theirs = np.asarray(keras.initializers.get(f"{name}_{kind}")((300, 200)))
    # Two independent samples of 60,000: each deviation is off by 0.3 %, so the ratio by 0.4 %: 4 sigma.
    np.testing.assert_allclose(draw(f"{name}_{kind}").std(), theirs.std(), rtol=0.016)
    np.testing.assert_allclose(abs(draw(f"{name}_{kind}")).max(), abs(theirs).max(), rtol=2e-3)


def test_torch_linear_equals_torch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layer = torch.nn.Linear(300, 200)
    weights, bias = draw("torch_linear"), draw(TorchLinear(fan_in=300), (200,))
    np.testing.assert_allclose(abs(weights).max(), abs(layer.weight.detach().numpy()).max(), rtol=2e-3)
    np.testing.assert_allclose(weights.std(), layer.weight.detach().numpy().std(), rtol=0.016)
    assert 0.9 / math.sqrt(300) < abs(bias).max() <= 1 / math.sqrt(300)


@pytest.mark.parametrize("shape", [(5, 5), (40, 7), (7, 40), (3, 4, 5), (1, 6), (6, 1)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape):
    q = draw(Orthogonal(1.5), shape).reshape(-1, shape[-1]) / 1.5
    small = q @ q.T if q.shape[0] < q.shape[1] else q.T @ q
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-14)


def test_orthogonal_is_spread_over_the_whole_group():
    # For the uniform distribution on O(n) the trace has mean 0 and variance 1; without the sign correction of QR the
    # diagonal is biased: its mean is then -1.13 for n = 4.
    traces = [np.trace(draw("orthogonal", (4, 4), seed=seed)) for seed in range(2000)]
    assert abs(np.mean(traces)) < 4 / math.sqrt(2000)
    np.testing.assert_allclose(np.var(traces), 1, atol=0.15)


def test_identity_and_constants():
    np.testing.assert_array_equal(draw(Identity(2.0), (2, 3)), [[2, 0, 0], [0, 2, 0]])
    np.testing.assert_array_equal(draw("zeros", (2,)), 0)
    np.testing.assert_array_equal(draw("ones", (2,)), 1)
    np.testing.assert_array_equal(draw(Constant(-3.5), (2,)), -3.5)


def test_fans():
    assert fans(()) == (1, 1)
    assert fans((4,)) == (4, 4)
    assert fans((3, 4)) == (3, 4)
    assert fans((2, 5, 3, 4)) == (30, 40)
    assert draw("glorot_uniform", ()).shape == ()
    assert draw("he_normal", (0, 3)).shape == (0, 3)  # no inputs: no division by zero


@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_float32_is_the_float64_draw_rounded_and_the_seed_decides(name):
    shape = (6, 4)
    wide = draw(name, shape)
    narrow = draw(name, shape, np.float32)
    assert (narrow.dtype, wide.dtype, narrow.shape) == (np.float32, np.float64, shape)
    np.testing.assert_array_equal(narrow, wide.astype(np.float32))
    np.testing.assert_array_equal(draw(name, shape), wide)
    assert name in FIXED - {"orthogonal"} or not np.array_equal(draw(name, shape, seed=1), wide)


def test_names_aliases_and_classes():
    assert initializer("xavier_uniform") == initializer("glorot_uniform")
    assert initializer("kaiming_normal") == initializer("he_normal") == VarianceScaling(2.0, "fan_in")
    assert initializer("normal") == RandomNormal(0.0, 0.05)
    assert initializer("uniform") == RandomUniform(-0.05, 0.05)
    assert initializer(TruncatedNormal) == TruncatedNormal()
    assert initializer(ours := Constant(1.0)) is ours
    assert all(isinstance(initializer(name), Initializer) for name in INITIALIZERS)
    with pytest.raises(RavineError, match="did you mean 'he_normal'"):
        initializer("he_norml")
    with pytest.raises(RavineError, match="a name or an Initializer, got 3"):
        initializer(3)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: VarianceScaling(0.0), r"VarianceScaling: scale must be a number in \(0, inf\), got 0"),
        (lambda: VarianceScaling(mode="fan"), "VarianceScaling: unknown mode 'fan': did you mean 'fan_"),
        (lambda: VarianceScaling(distribution="cauchy"), "VarianceScaling: unknown distribution 'cauchy'"),
        (lambda: RandomNormal(deviation=-1.0), "RandomNormal: deviation must be a number in"),
        (lambda: TruncatedNormal(deviation=-1.0), "TruncatedNormal: deviation must be a number in"),
        (lambda: RandomUniform(1.0, 0.0), "RandomUniform: high must be a number in"),
        (lambda: Constant(float("nan")), "Constant: value must be a number in"),
        (lambda: TorchLinear(0), "TorchLinear: fan_in must be a positive integer, got 0"),
        (lambda: draw("torch_linear", (5,)), r"a bias of shape \(5,\) has no fan in"),
        (lambda: draw("orthogonal", (5,)), r"Orthogonal: weights of shape \(5,\) are no matrix"),
        (lambda: draw("identity", (2, 2, 2)), r"Identity: weights of shape \(2, 2, 2\) are no matrix"),
    ],
)
def test_bad_options_get_their_sentence(make, sentence):
    with pytest.raises(RavineError, match=sentence):
        make()
