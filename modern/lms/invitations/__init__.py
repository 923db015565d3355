"""Who is invited into which course, by e-mail address and perhaps before there is an account."""
