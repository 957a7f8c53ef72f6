"""The queue of trainings in a folder of runs: who is next, who starts trainers, and what became of them."""
