"""Orders: what a court has ordered, its conditions, its breaches."""
