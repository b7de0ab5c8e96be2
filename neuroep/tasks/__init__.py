"""What is learned: reviews, pairs, images, tables."""
