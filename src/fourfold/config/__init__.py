"""Configuration: the only place that knows everything."""
