"""Language models as planner, coder and critic, behind contracts; and scripted models for tests."""
