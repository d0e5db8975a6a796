"""What waits for somebody, as rows of one table: worked out by the write that makes it due, and made anew at any time."""
