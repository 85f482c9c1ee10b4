"""Clusters of enterprises: found by density, numbered by size, described one by one."""

from parkatlas.statistics.clusters.density import dbscan, hdbscan, k_distance

__all__ = ["dbscan", "hdbscan", "k_distance"]
