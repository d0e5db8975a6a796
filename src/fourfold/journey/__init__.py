"""What happens, in order, when one act concerns several slices."""
