"""Who searches: planner, coder and critic, the policies behind them, the strategies, the graph."""
