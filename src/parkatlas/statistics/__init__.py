"""Cluster statistics, one file a family."""
