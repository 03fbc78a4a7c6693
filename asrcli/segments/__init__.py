"""Speech cut out of recordings: shaping of regions, pieces of sound, manifests, pictures."""
