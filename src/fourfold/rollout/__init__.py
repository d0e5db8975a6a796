"""Roll-out: what a new force area would need, from what was learned."""
