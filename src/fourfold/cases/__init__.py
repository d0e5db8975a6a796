"""Cases: one victim, one subject: the thread, its level, its clocks."""
