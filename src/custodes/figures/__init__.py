"""How numbers are shown: charts, maps, status marks, numbers and periods in words; used by every app's templates."""
