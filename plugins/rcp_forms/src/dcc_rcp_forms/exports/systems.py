"""Identifiers of the code systems that forms name (ANS publications; HL7 registries)."""

NATIONAL_OIDS = {
    "cim10": "2.16.840.1.113883.6.3",
    "cim-o-3": "2.16.840.1.113883.6.43.1",
    "adicap": "1.2.250.1.213.2.11",
    "snomed": "2.16.840.1.113883.6.96",
    "loinc": "2.16.840.1.113883.6.1",
    "ncit": "2.16.840.1.113883.3.26.1.1",
    "ans": "1.2.250.1.213.1.1.4.322",
}
FHIR_SYSTEMS = {
    "cim10": "http://hl7.org/fhir/sid/icd-10",
    "cim-o-3": "http://terminology.hl7.org/CodeSystem/icd-o-3",
    "adicap": "urn:oid:1.2.250.1.213.2.11",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ncit": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "ans": "urn:oid:1.2.250.1.213.1.1.4.322",
}
PREFERRED = ("ans", "snomed", "ncit", "cim-o-3", "cim10", "loinc", "adicap")
"""When a value has several codes, the one the national document takes."""

TNM_OID = "2.16.840.1.113883.15.6"
