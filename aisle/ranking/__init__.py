"""From a candidate's signals to its score, every point of which can be explained."""
