"""The JSON-RPC guard proxy: what any wallet takes for a node, with the guard before what signs or sends.

entrance   who may speak at all: Host, Origin, token, content type
calls      a body as calls, read in exactly one way
upstream   what only reads: the same bytes there, the node's own bytes back
guarded    what signs or sends: through the interceptor, in a thread
reviews    the threads, and one review for the same signed bytes asked for at the same time
batches    calls of both kinds in one body
door       one HTTP request; sockets is the other way in
serving    the life of the process; telling is what it says meanwhile
"""
