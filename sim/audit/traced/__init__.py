"""What a test command is given to run with."""
