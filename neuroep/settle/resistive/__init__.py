"""How deep resistive networks settle."""
