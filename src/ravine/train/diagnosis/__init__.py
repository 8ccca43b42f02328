"""Diagnosis: what is wrong with a run, shown by numbers, with a remedy that can be tried."""

from ravine.train.diagnosis.diagnose import diagnose
from ravine.train.diagnosis.finding import TROUBLES, Finding

__all__ = ["TROUBLES", "Finding", "diagnose"]
