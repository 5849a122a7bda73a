"""`python -m pumice.report`: what `pumice report` runs."""

import sys

from . import main

sys.exit(main())
