"""Plan: measures with owner and date, and what was delivered."""
