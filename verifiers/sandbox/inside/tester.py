"""to be replaced"""
