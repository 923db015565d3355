"""`etl write-back`: modern's changes into legacy, compared and set."""
