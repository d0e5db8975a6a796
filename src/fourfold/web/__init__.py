"""The pages: translate what a person asks, call a query or a service, show the answer."""
