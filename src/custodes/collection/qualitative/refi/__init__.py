"""Exchange with other programs by REFI-QDA 1.0: interviews with their codings as .qdpx, a codebook alone as .qdc."""
