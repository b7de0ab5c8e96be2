"""One circuit in every view."""
