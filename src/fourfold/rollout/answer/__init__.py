"""An area's answer, in the order in which it is asked for: every number with its curve of chances and its bridge."""
