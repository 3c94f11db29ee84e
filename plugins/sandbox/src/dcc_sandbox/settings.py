"""Settings of the sandbox."""

from pydantic import Field

from dcc_core.api import PluginSettings


class SandboxSettings(PluginSettings):
    """Ports of the simulators, on the loopback only; 0 takes a free one."""

    psc_port: int = Field(
        default=8765, ge=0, le=65535, description="Identity provider; 0 takes a free port."
    )
    dmp_port: int = Field(default=8766, ge=0, le=65535, description="DMP; 0 takes a free port.")
    lab_messages: int = Field(
        default=40,
        ge=0,
        le=1000,
        description="Messages that the laboratory sends to a demonstration; 0 for none.",
    )
    lab_pause_s: float = Field(
        default=45.0, gt=0, description="Seconds between two messages of the laboratory."
    )
