"""What a point of a sweep can measure, a file each."""
