"""One file a schema version. A published file is never changed; a new version is a new file."""
