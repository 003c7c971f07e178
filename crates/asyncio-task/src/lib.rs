//! asyncio's task chapter: groups, gather, wait, shield, timeouts, clean-up.
