"""The embedded predictor: the shipped model, walked with the standard library alone.

What belongs here: the public names. What must not: anything that needs the extra `train`; those modules
(`train`, `boost`) are imported by nobody at run time.
"""

from guard.predict.embedded.predictor import Assessment, EmbeddedPredictor, Explanation

__all__ = ["Assessment", "EmbeddedPredictor", "Explanation"]
