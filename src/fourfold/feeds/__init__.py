"""Feeds: files that somebody brings through the browser, how each is to be read, and the work that is done on it."""
