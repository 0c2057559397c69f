"""Numbers in, honest numbers out: the framework-free library of Custodes."""
