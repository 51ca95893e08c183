"""Sends events with Segment's library for Python as a shop's server would: python3 by_python.py HOST TOKEN COUNT.

Prints nothing and ends with 0 when the library believes that everything was delivered.
"""
import sys
import time

from segment.analytics.client import Client

host, token, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
failures = []
client = Client(
    token,
    host=host,
    gzip=True,
    upload_size=5,
    upload_interval=0.2,
    timeout=5,
    max_retries=1000,
    on_error=lambda error, batch: failures.append(error),
)
client.identify("python-user", {"plan": "pro", "email": "ann@example.com"})
client.page("python-user", "shop", "Home", {"url": "https://shop.example/"})
client.group("python-user", "acme", {"seats": 3})
client.alias("python-old", "python-user")
for number in range(count):
    client.track(
        "python-user",
        "Order Completed",
        {"order_id": f"python-{number}", "revenue": 10.25, "currency": "EUR", "library": "python"},
    )
    time.sleep(0.05)
client.shutdown()
if failures:
    sys.exit(f"not delivered: {failures}")
