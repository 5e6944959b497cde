"""A planner that sees: a vision-language model plans, looks closer where unsure, and aims."""
