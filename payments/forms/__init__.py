"""What people type about money in the office."""
