"""Tests of segue_musicapi."""
