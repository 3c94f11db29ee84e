"""Settings of the sandbox."""

from pydantic import Field

from dcc_core.api import PluginSettings


class SandboxSettings(PluginSettings):
    """Ports of the simulators, on the loopback only."""

    psc_port: int = Field(
        default=8765, ge=0, le=65535, description="Identity provider; 0 takes a free port."
    )
