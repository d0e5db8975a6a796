"""People: who victims and subjects are, how to find them and how to reach them safely."""
