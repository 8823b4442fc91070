"""Scripts that print tables of speed, each with a ratio to a baseline run beside it. Nothing is asserted."""
