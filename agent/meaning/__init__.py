"""What words mean, wherever they stand: names of fields, spellings of values, dates."""
