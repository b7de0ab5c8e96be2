"""A chip that learns by itself: its plasticity circuits, what they did, and how accounts compare."""
