"""What Vercel serves at /api/predict: the same application as `guard serve`."""

from guard.http import create_app

app = create_app()
