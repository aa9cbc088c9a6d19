"""Meterdrop: CSV files of usage become billable meter events."""
