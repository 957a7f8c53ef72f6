"""Tests of a served class: nginx from deploy/, two replicas, a sign-in, load and faults."""
