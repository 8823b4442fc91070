"""What the guard says, told as words, as a screen for a person, and as JSON; every surface tells it from here."""
