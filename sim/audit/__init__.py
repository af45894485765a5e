"""The audit workbench: why an account was liquidated, and whether the tests would notice."""
