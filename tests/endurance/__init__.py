"""Mutated inputs of many types, each given to a command in a process that may not grow or hang."""
