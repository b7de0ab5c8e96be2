"""What Sphinx is told of neuroep: pages made from code, and checks of what was built."""
