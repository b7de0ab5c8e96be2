"""A resistive network as a circuit."""
