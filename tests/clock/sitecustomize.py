"""Imported by every Python process that has this folder on its path: its clock is $VAE_LAB_TEST_CLOCK seconds ahead."""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["VAE_LAB_TEST_CLOCK"]), tick=True).start()
