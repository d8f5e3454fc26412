"""What is in this input? Pictures to pixels, text to words."""
