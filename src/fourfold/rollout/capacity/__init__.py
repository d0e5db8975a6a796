"""What a unit can carry: who waits how long with a team, and which team a standard needs."""
