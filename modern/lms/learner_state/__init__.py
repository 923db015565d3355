"""What learners did in the blocks of a course, and what it earned them."""
