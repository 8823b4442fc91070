"""What Vercel serves at /api/predict: the same application as `guard serve`."""

from guard.http import create_app
from guard.http.logs import configure_logs

configure_logs()
app = create_app()
