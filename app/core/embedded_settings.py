"""How the embedded PostgreSQL is set."""

# Written to postgresql.conf at each start; ALTER SYSTEM (postgresql.auto.conf) goes before it.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The server's log may hold no personal data: no statement, parameter, failing row or message
    # of an error that a client sees anyway; what the server itself has to say stays.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "logging_collector": "on",  # seven files, one a weekday, each overwritten after a week
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
