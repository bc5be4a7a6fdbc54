"""Model back ends: what runs a network one step at a time."""
