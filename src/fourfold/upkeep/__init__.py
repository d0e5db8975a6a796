"""upkeep: whether an installation is sound, and its backups: made, tried and brought back."""
