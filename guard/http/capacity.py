"""How many requests a server of the route works on at once.

What belongs here: that number. What must not: any server.
"""

from guard.predict.gate import ROOM, WIDTH

THREADS = WIDTH + ROOM + 8
"""Those whom the gate of the service holds, and some more: to turn others away at once, and for /api/health."""
