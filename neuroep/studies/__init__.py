"""What compares runs or views."""
