"""The small recogniser of spoken Chinese: texts → synthetic voices in drawn rooms → features → a streaming CTC network."""
