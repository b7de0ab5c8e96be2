"""Brian2 settles a spiking network."""
