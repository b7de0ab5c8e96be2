"""What every view of a circuit returns, and how views are compared."""
