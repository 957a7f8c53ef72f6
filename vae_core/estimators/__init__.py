"""Estimators of log p(x) and of its relatives: bounds, importance sampling and quadrature."""
