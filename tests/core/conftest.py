"""Property tests are about properties: how long an example takes on a busy machine is none of them."""

from hypothesis import settings

settings.register_profile("proofsmith", settings(), deadline=None)
settings.load_profile("proofsmith")
