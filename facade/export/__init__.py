"""What is settled, written for another proxy."""
