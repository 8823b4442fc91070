"""The real parts behind the ports. Only composition roots name them; nothing here judges."""
