"""Whole tables of the index as CSV or Parquet, part by part, so that any length takes little memory."""
