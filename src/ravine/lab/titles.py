"""What the page calls that of which the code has but a name: losses, initialisers, schedules, numbers of rules.

A name that is a person's, or a sign of the equation beside it, is the same in every language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ravine.view import LANGUAGES, translator

__all__ = ["FUNCTIONS_CALLED", "INITIALIZERS_CALLED", "LOSSES_CALLED", "OPTIONS_CALLED", "SCHEDULES_CALLED", "said"]

Said = dict[str, str]


def said(text: str) -> Said:
    """*text*, a message of the catalogues, in every language.

    >>> said("Contents")
    {'en': 'Contents', 'pl': 'Spis treści'}
    """
    return {language: translator(language)(text) for language in LANGUAGES}


def _of(words: Callable[[Callable[[str], str]], Mapping[str, str]]) -> dict[str, Said]:
    """Every entry of *words*, which are made with a translator, in every language."""
    made = {language: words(translator(language)) for language in LANGUAGES}
    return {name: {language: made[language][name] for language in LANGUAGES} for name in made["en"]}


def _losses(_: Callable[[str], str]) -> Mapping[str, str]:
    return {
        "sparse_categorical_crossentropy": _("cross-entropy (numbered classes)"),
        "categorical_crossentropy": _("cross-entropy (one-hot classes)"),
        "binary_crossentropy": _("binary cross-entropy"),
        "mean_squared_error": _("mean squared error"),
        "mean_absolute_error": _("mean absolute error"),
        "huber": "Huber",
    }


def _initializers(_: Callable[[str], str]) -> Mapping[str, str]:
    return {
        "constant": _("one value"),
        "random_uniform": _("uniform"),
        "random_normal": _("normal"),
        "truncated_normal": _("truncated normal"),
        "variance_scaling": _("scaled variance"),
        "orthogonal": _("orthogonal"),
        "torch_linear": _("as in torch"),
        "zeros": _("zeros"),
        "ones": _("ones"),
        "glorot_uniform": _("Glorot, uniform"),
        "glorot_normal": _("Glorot, normal"),
        "he_uniform": _("He, uniform"),
        "he_normal": _("He, normal"),
        "lecun_uniform": _("LeCun, uniform"),
        "lecun_normal": _("LeCun, normal"),
    }


def _schedules(_: Callable[[str], str]) -> Mapping[str, str]:
    return {
        "constant": _("constant rate"),
        "step": _("in steps"),
        "exponential": _("exponential decay"),
        "cosine": _("cosine decay"),
        "warm_up": _("warm-up"),
        "one_cycle": _("one cycle"),
        "inverse_sqrt": _("inverse square root"),
        "cosine_restarts": _("cosine with restarts"),
        "polynomial": _("polynomial decay"),
        "inverse_time": _("inverse time"),
    }


def _options(_: Callable[[str], str]) -> Mapping[str, str]:
    return {
        "momentum": _("momentum γ"),
        "dampening": _("dampening"),
        "eps": "ε",
        "initial": _("initial accumulator"),
        "rate_decay": _("decay of the rate"),
        "rho": "ρ",
        "b1": "β₁",
        "b2": "β₂",
        "weight_decay": _("weight decay λ"),
        "eps_root": _("ε under the root"),
        "psi": "ψ",
        "eta_minus": "η⁻",
        "eta_plus": "η⁺",
        "step_min": _("least step"),
        "step_max": _("greatest step"),
        "decay": _("exponent of the moments' decay"),
        "clip": _("bound of the update"),
        "floor": _("least scale of a weight"),
        "beta": "β",
        "power": _("exponent of the rate"),
        "l1": "λ₁",
        "l2": "λ₂",
        "shrinkage": _("shrinkage (L2)"),
        "adam_rate": _("rate of Adam"),
    }


def _functions(_: Callable[[str], str]) -> Mapping[str, str]:
    return {
        "quadratic": _("The ravine"),
        "rosenbrock": "Rosenbrock",
        "beale": "Beale",
        "himmelblau": "Himmelblau",
        "rastrigin": "Rastrigin",
        "saddle": _("The saddle"),
        "plateau": _("The plateau"),
        "cliff": _("The cliff"),
        "ackley": "Ackley",
        "styblinski_tang": "Styblinski–Tang",
    }


LOSSES_CALLED = _of(_losses)
"""Losses, by their names."""
INITIALIZERS_CALLED = _of(_initializers)
"""Initialisers, by their names."""
SCHEDULES_CALLED = _of(_schedules)
"""Schedules of the learning rate, by their names."""
OPTIONS_CALLED = _of(_options)
"""Numbers of update rules beside the rate, by their names: signs are those of the rules' equations."""
FUNCTIONS_CALLED = _of(_functions)
"""Test functions, by their names."""
