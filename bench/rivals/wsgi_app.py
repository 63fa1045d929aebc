"""The same tiny answer as handler.cjs, for Python's servers."""

import os

BODY = b"hello\n"


def application(environ, start_response):
    # Not once for all: a server may load this before it forks.
    worker = str(os.getpid())
    start_response("200 OK", [("content-type", "text/plain"), ("content-length", "6"), ("x-worker", worker)])
    return [BODY]
