"""How model families speak: prompts, tool-call formats, coordinates. One module a family."""
