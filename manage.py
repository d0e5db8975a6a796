#!/usr/bin/env python
"""Django's own commands, and the test contract's."""

import atexit
import gc
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    gc.set_threshold(20_000, 20, 20)
    atexit.register(gc.freeze)  # what is left goes with the program: to look through it took half a second
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    execute_from_command_line(sys.argv)
