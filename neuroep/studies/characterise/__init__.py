"""What cells of transistors do: curves, speed, noise, current and area, and how they spread."""
