//! TCP, UDP, Unix sockets, name lookup, and asyncio's streams and servers.
