"""What the public is told of a figure, decided from values alone."""
