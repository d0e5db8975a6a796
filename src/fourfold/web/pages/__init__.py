"""The pages, a module each; they link to each other by URL."""
