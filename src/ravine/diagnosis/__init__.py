"""Diagnosis: what is wrong with a run, shown by numbers, with a remedy that can be tried."""

from ravine.diagnosis.checks import diagnose
from ravine.diagnosis.finding import TROUBLES, Finding
from ravine.diagnosis.remedy import Trial, try_remedy

__all__ = ["TROUBLES", "Finding", "Trial", "diagnose", "try_remedy"]
