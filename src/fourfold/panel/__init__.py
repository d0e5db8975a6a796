"""Panel: independent views first, then one recorded decision."""
