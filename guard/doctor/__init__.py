"""Is every part that the settings name reachable and right? And how does a route answer typical questions?

What belongs here: asking the real parts, reading only, and saying what to do. What must not: flags and exits
(`guard.commands.doctor`), and anything that writes or that sends a payment.
"""
