"""The whole story of one patient, on real components, from an empty folder to a restored backup."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncssh
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from dcc_core.testing.browser import ARGUMENTS, chromium_path
from dcc_core.testing.databases import Lane
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.samples import SamplePatient, adt, header, identity
from dcc_sandbox.dmp.names import APPROVED, DEPRECATED
from dcc_sandbox.psc.people import PEOPLE_BY_KEY

from .evening import Evening
from .running import (
    SLUG,
    Partners,
    Served,
    dcc,
    environment,
    partners,
    scaffold,
    served,
    until,
)

pytestmark = pytest.mark.browser
DOCTOR = PEOPLE_BY_KEY["chirurgien"]
PATIENT = SamplePatient(
    ipp="900001",
    ins="",
    birth_name="DÉMO-RIVIÈRE",
    given_name="ZOÉ",
    given_names="ZOÉ",
    birth_date="19570312",
    birth_place="31555",
)


@pytest.fixture
def story(lane: Lane, tmp_path: Path) -> Iterator["Story"]:
    with lane.empty() as base, partners(tmp_path / "partners") as playing:
        url = base.engine.url.render_as_string(hide_password=False)
        yield Story(tmp_path, lane, environment(tmp_path, url), playing)


def test_from_an_empty_folder_to_a_restored_backup(story: "Story") -> None:
    story.scaffold_and_check()
    with served(story.env) as region:
        story.region = region
        story.admit_the_patient()
        story.receive_pathology()
        story.look_at_the_record()
        story.hold_the_session()
        story.deliver_to_the_dmp()
        story.correct_and_replace()
    story.tell_the_patient_who_looked()
    story.back_up_and_restore()


class Story:
    """Each chapter leaves the region as the next one finds it."""

    region: Served
    patient: UUID
    evening: Evening

    def __init__(self, folder: Path, lane: Lane, env: dict[str, str], playing: Partners) -> None:
        self.folder, self.lane, self.partners = folder, lane, playing
        self.env = env

    def scaffold_and_check(self) -> None:
        """A GRADeS engineer writes a region, checks it, creates its tables and a doctor."""
        site = scaffold(self.folder, self.env)
        self.env |= {"PYTHONPATH": str(site), "DCC_REGION": SLUG}
        dcc(self.env, "check", "--region", SLUG, "--strict")
        self.env |= self.partners.environment
        dcc(self.env, "migrate")
        names = ["--family-name", DOCTOR.family_name, "--given-name", DOCTOR.given_name]
        made = dcc(
            self.env, "user", "create", *names, "--national-id", DOCTOR.national_id, "--json"
        )
        self.doctor = json.loads(made)["id"]
        dcc(self.env, "user", "grant", self.doctor, "physician")

    def admit_the_patient(self) -> None:
        """The hospital admits somebody: an ADT creates the record, INSi qualifies it."""
        self.send(adt("A28", "ADT1", PATIENT))
        until(lambda: self.find(PATIENT.birth_name))
        self.patient = UUID(self.find(PATIENT.birth_name)[0])
        self.evening = Evening(self.env, self.patient, UUID(self.doctor))
        self.evening.qualify_identity()

    def receive_pathology(self) -> None:
        """Pathology answers twice: over MLLP, then as a file dropped over SFTP."""
        self.send(_pathology("ORU1", "Carcinome infiltrant, grade 2."))
        until(lambda: len(self.documents()) == 1)
        message = _pathology("ORU2", "Marges saines.")
        asyncio.run(self._drop("resultat.hl7", message))
        until(lambda: len(self.documents()) == 2)

    def look_at_the_record(self) -> None:
        """The doctor signs in with Pro Santé Connect and reads what pathology wrote."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
            page = browser.new_page(locale="fr-FR")
            self._sign_in(page)
            page.goto(f"{self.region.web}/patients/{self.patient}")
            expect(page.locator("body")).to_contain_text(PATIENT.birth_name)
            page.goto(f"{self.region.web}/patients/{self.patient}/documents")
            expect(page.locator("main")).to_contain_text("CR ACP")
            browser.close()

    def hold_the_session(self) -> None:
        """The fiche opens with what is known; the session is held, the opinion signed."""
        held = self.evening.hold()
        self.case = UUID(held["case"])
        known = json.loads(held["prefilled"])
        assert (known["sexe"], known["nature"]) == ("F", "appareil")
        assert held["quorum"] == "atteint"
        export = ["documents", "export", held["document"], "--to"]
        for kind, mark in (("pdf", b"%PDF"), ("cda", b"<?xml")):
            file = self.folder / f"fiche.{kind}"
            dcc(self.env, *export, kind, "--output", str(file))
            assert file.read_bytes().startswith(mark)
        dcc(self.env, "documents", "check", str(self.folder / "fiche.cda"))

    def deliver_to_the_dmp(self) -> None:
        """The document reaches the DMP by itself, once."""
        held = self.partners.dmp.holdings
        until(lambda: len(held.documents()) == 1)

    def correct_and_replace(self) -> None:
        """A correction is a new version; the DMP keeps one approved document."""
        self.evening.correct(self.case)
        held = self.partners.dmp.holdings
        until(lambda: [one.status for one in held.documents()] == [DEPRECATED, APPROVED])

    def tell_the_patient_who_looked(self) -> None:
        """The patient's list names the doctor; the audit is whole."""
        told = dcc(self.env, "audit", "report", "--patient", str(self.patient))
        assert DOCTOR.family_name in told
        dcc(self.env, "audit", "verify")

    def back_up_and_restore(self) -> None:
        """The night's backup comes back elsewhere, and is the same region."""
        file = self.folder / "nuit.dccbackup"
        dcc(self.env, "backup", str(file))
        with self.lane.empty() as elsewhere:
            url = elsewhere.engine.url.render_as_string(hide_password=False)
            there = {**self.env, "DCC_DATABASE_URL": url, "DCC_HOME": str(self.folder / "copy")}
            seen = json.loads(dcc(there, "restore", str(file), "--verify", "--json"))["verified"]
            assert seen["sound"], seen
            assert seen["documents_opened"] == 3
            dcc(there, "audit", "verify")

    def send(self, message: bytes) -> None:
        """Send a message over MLLP; it must be accepted."""
        with MllpClient("127.0.0.1", self.region.ports["MLLP"], timeout_s=30) as client:
            assert client.send(message).code == "AA"

    def find(self, name: str) -> list[str]:
        found = json.loads(dcc(self.env, "patients", "find", name, "--json"))
        return [hit["id"] for hit in found["hits"]]

    def documents(self) -> list[str]:
        listed = dcc(self.env, "documents", "list", "--patient", str(self.patient), "--json")
        return [str(each["id"]) for each in json.loads(listed)["documents"]]

    async def _drop(self, name: str, content: bytes) -> None:
        async with (
            asyncssh.connect(
                "127.0.0.1",
                self.region.ports["SFTP"],
                username="anapath",
                client_keys=[str(self.partners.laboratory_key)],
                known_hosts=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            async with client.open(f"in/.tmp/{name}", "wb") as file:
                await file.write(content)
            await client.rename(f"in/.tmp/{name}", f"in/{name}")

    def _sign_in(self, page: Page) -> None:
        page.goto(f"{self.region.web}/connexion")
        page.get_by_role("button", name="Pro Santé Connect").click()
        page.get_by_role("button", name=DOCTOR.family_name).click()
        expect(page).to_have_url(re.compile(rf"{re.escape(self.region.web)}/$"))


def _pathology(control_id: str, conclusion: str) -> bytes:
    """Return a pathology report of the patient: text, without a PDF."""
    segments = [
        header("ORU^R01^ORU_R01", control_id),
        identity(replace(PATIENT, ipp="900001")),
        "PV1|1|N",
        f"ORC|RE|P{control_id}|L{control_id}",
        f"OBR|1|P{control_id}|L{control_id}|60567-5^CR ACP^LN||20260302080000|||||||||||||||||F",
        f"OBX|1|TX|22637-3^Conclusion^LN||{conclusion}||||||F|||20260302080000",
    ]
    return "".join(f"{segment}\r" for segment in segments).encode()
