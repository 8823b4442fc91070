"""The pure core: no network, file, environment, clock, randomness or logging.

Time enters as an argument, the world enters as evidence, and every public value is frozen.
"""
