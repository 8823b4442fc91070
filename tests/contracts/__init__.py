"""Contracts for tests alone, a chain to run them on, and the attacks that they make possible.

The sources are ours, written for these tests: never deploy one where value lies.
"""
