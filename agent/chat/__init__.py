"""Transports: what carries a Request to a model and its Answer back."""
