"""The local model as an OpenAI-compatible service."""
