"""What each contract's transactions and events mean for the index: a file a contract."""
