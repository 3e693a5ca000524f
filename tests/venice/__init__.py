"""Tests of segue_venice."""
