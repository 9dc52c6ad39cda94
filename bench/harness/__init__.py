"""Measures the pipe beside its peers against the embedded server. `__main__` is the story."""
