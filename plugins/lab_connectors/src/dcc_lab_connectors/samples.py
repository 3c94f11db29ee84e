"""Fictitious messages for demonstrations, benchmarks and tests.

Every patient is called DÉMO-something.
"""

from dataclasses import dataclass, replace

INS_TEST = "1.2.250.1.213.1.4.10"


@dataclass(frozen=True, slots=True)
class SamplePatient:
    """A fictitious patient as a laboratory would describe it."""

    ipp: str = "900001"
    ins: str = "279035121518989"
    ins_oid: str = INS_TEST
    birth_name: str = "DÉMO-MARTIN"
    given_name: str = "ALICE"
    given_names: str = "ALICE MARIE"
    birth_date: str = "19790328"
    sex: str = "F"
    birth_place: str = "51215"
    status: str = "VALI"

    def named(self, birth_name: str, given_name: str) -> "SamplePatient":
        """The same patient under another name."""
        return replace(self, birth_name=birth_name, given_name=given_name, given_names=given_name)


ALICE = SamplePatient()
LABORATORY = "SGL|LABO-DÉMO|DCC|GRADES-DÉMO"


def header(
    kind: str, control_id: str, *, version: str = "2.5", sent_at: str = "20260302090000"
) -> str:
    """MSH of a message from the sample laboratory."""
    return (
        f"MSH|^~\\&|{LABORATORY}|{sent_at}||{kind}|{control_id}|P|{version}|||||FRA|UNICODE UTF-8"
    )


def identity(patient: SamplePatient) -> str:
    """PID in the shape of PAM-FR 2.11."""
    identifiers = [f"{patient.ipp}^^^HOPITAL-DEMO&1.2.250.1.999.1&ISO^PI"] if patient.ipp else []
    if patient.ins:
        identifiers.append(f"{patient.ins}^^^ASIP-SANTE-INS-NIR&{patient.ins_oid}&ISO^INS")
    name = f"{patient.birth_name}^{patient.given_name}^{patient.given_names}^^^^L"
    place = f"^^^^^^BDL^^{patient.birth_place}" if patient.birth_place else ""
    return (
        f"PID|1||{'~'.join(identifiers)}||{name}||{patient.birth_date}|{patient.sex}|||{place}"
        f"{'|' * 20}N|{patient.status}"
    )


def oru(
    control_id: str,
    patient: SamplePatient = ALICE,
    *,
    observations: int = 20,
    sent_at: str = "20260302090000",
) -> bytes:
    """ORU^R01 2.5 with numeric results."""
    segments = [
        header("ORU^R01^ORU_R01", control_id, sent_at=sent_at),
        identity(patient),
        "PV1|1|N",
        f"ORC|RE|P{control_id}|L{control_id}",
        f"OBR|1|P{control_id}|L{control_id}|58410-2^NFS^LN|||20260302080000||||||||||||||||||F",
    ]
    segments += [
        f"OBX|{n}|NM|718-7^Hémoglobine^LN|{n}|{11 + n / 10:.1f}|g/dL|12-16|L|||F|||20260302080000"
        for n in range(1, observations + 1)
    ]
    return _joined(segments)


def adt(
    event: str,
    control_id: str,
    patient: SamplePatient = ALICE,
    *,
    merged_ipp: str = "",
    sent_at: str = "20260302090000",
) -> bytes:
    """ADT of PAM-FR 2.11; with `merged_ipp`, an MRG segment (A40, A47)."""
    segments = [
        header(f"ADT^{event}", control_id, version="2.5^FRA^2.11", sent_at=sent_at),
        f"EVN|{event}|{sent_at}",
        identity(patient),
    ]
    if merged_ipp:
        segments.append(f"MRG|{merged_ipp}^^^HOPITAL-DEMO&1.2.250.1.999.1&ISO^PI")
    else:
        segments.append("PV1|1|N")
    return _joined(segments)


def _joined(segments: list[str]) -> bytes:
    return "".join(segment + "\r" for segment in segments).encode()
