"""What is kept: schema, migrations, trajectories."""
