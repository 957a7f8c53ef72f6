"""The queue of trainings in a folder of runs: jobs are submitted, scheduled, launched as processes and requeued."""
