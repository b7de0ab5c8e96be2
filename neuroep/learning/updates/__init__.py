"""How what a rule asks for is granted."""
