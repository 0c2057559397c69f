"""Interviews: transcripts, codebook, codings, agreement of coders, and exchange with other programs. Knows no framework."""
