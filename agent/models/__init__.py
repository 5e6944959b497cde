"""Which models there are, which fit this machine, and where their files lie. Imports no torch."""
