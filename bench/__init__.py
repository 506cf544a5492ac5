"""Measurements: medians and 95th percentiles, side by side with a baseline in the same run."""
