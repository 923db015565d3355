"""A live view of all workers, from the metrics of their admin ports."""
