"""Pages about money in the office: recording, undoing, voiding, and the settings that belong to them."""
