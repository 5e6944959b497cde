"""The planner that needs no model: instructions and form data over Elements."""
