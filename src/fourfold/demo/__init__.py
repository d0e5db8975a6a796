"""An invented programme of three sites, with a planted truth."""
