"""The platform, asked through its front doors."""
