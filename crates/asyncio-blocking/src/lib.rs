//! A pool of threads for blocking calls: to_thread, run_in_executor, ThreadPoolExecutor.
