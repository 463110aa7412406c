"""The demo: six weeks of fictional news, and the local HTTP newsroom that prints them day by day."""
