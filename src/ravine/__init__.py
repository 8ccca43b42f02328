"""Ravine: a laboratory for multilayer networks and the algorithms that train them."""
