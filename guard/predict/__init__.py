"""Asking a model about a transaction: the wire contract, the exchange, the route's own code and its clients.

What belongs here: everything between a question and an answer that can be trusted as far as it goes. What
must not: Flask (`guard.http`), and any judgement about what a prediction means for a payment (`guard.core`).
"""
