"""A chip that learns by itself: its plasticity, what it did, and how accounts compare."""
