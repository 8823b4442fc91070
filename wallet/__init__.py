"""The wallet: a terminal's view of the guard. Nobody imports it."""
