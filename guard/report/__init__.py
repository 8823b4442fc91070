"""What the guard says, as words, as a screen for a person, and as JSON; every surface tells it from here."""
