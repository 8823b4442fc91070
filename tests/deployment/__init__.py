"""What is deployed, built and asked real questions."""
