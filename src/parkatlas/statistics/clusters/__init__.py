"""Clusters of enterprises: found by density, numbered by size, described one by one."""

from parkatlas.statistics.clusters.density import dbscan, hdbscan, k_distance
from parkatlas.statistics.clusters.report import cluster_report

__all__ = ["cluster_report", "dbscan", "hdbscan", "k_distance"]
