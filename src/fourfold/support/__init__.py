"""Support: the victim's own file. No other slice imports it."""
