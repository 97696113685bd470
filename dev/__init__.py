"""Development parts: never imported by the apps, never shipped."""
