"""Exhibits: files with their hash, sealed as they came, and a safe copy to show."""
