"""The command line of the ETL: parse, call one function, print, exit code."""
