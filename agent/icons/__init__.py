"""Small drawings that stand for a word: where they are, which of some 130 known ones each is, what people call them."""
