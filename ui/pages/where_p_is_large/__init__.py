"""The chapters of the page "Where p(x|z) is large": each module but the helpers has `show(chosen)`, which draws one."""
