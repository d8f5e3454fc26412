"""Which pairs are worth a person's look, how far raters agree, and what the labels are good for."""
