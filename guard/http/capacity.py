"""How many requests a server of the route works on at once.

What belongs here: that number. What must not: any server.
"""

THREADS = 64
"""Requests answered at once: most of them wait, for a ping or for a place at the service."""
