"""Pages and programs whose text gives orders to an agent, each with a goal that stays doable and a clean twin."""
