"""Everything that runs the project somewhere: the development stack, Kubernetes, nginx."""
