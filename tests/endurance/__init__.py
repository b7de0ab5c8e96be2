"""Mutated inputs of every type, each given to a command in a process that may not grow or hang."""
