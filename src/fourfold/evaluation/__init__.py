"""Evaluation: questions fixed beforehand, frozen data, results with their uncertainty."""
