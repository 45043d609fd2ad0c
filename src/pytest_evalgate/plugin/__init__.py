"""The only place that knows pytest."""
