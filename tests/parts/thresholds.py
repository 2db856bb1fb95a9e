"""Thresholds of disclosure control: no row of a case."""

VALID = {"thresholds.index": {"reason": "Theo công văn của Sở Y tế"}}
WRITTEN = ("threshold_changes",)
