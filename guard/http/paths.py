"""The route's paths, as handlers and document name them."""

PREDICT_PATH = "/api/predict"
HEALTH_PATH = "/api/health"
OPENAPI_PATH = "/api/openapi.json"
DOCS_PATH = "/docs"
