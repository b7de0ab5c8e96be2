"""Laws fitted to measured ramps, by likelihood, and chosen on ramps held out."""
