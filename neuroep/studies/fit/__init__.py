"""Device cards from measured ramps."""
