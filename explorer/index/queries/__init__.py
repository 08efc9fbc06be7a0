"""What views ask of an index: functions over a connection, a noun a file, each with bounded work."""
