"""The process that trains a run folder: its control loop, what it writes, and how it resumes and stops."""
