"""What is suggested while somebody types: ``suggest`` ranks what the catalog and the log (``asked``) offer, ``discretion`` keeps back what is nobody's business."""
