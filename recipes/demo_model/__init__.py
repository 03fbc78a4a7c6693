"""The bundled demo model, from text to weights; see README.md."""
