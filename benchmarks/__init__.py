"""Speed and memory, measured and given as ratios; see docs/performance.md."""
