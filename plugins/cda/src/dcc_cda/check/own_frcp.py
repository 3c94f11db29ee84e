"""Our own checks of the tumour-board form (volet FRCP 2022.01): what the volet demands and its
published rules do not enforce.
"""

from collections.abc import Iterator

from lxml import etree

from dcc_cda.check.findings import Finding
from dcc_cda.check.tree import broken, select, values
from dcc_cda.check.value_sets import value_sets
from dcc_cda.standards import frcp

_CODED = (
    ("nature", ".//c:observation[c:code/@code='GEN-098']/c:value"),
    ("statut_cas", ".//c:observation[c:code/@code='ORG-127']/c:value"),
    ("quorum", ".//c:observation[c:code/@code='ORG-125']/c:value"),
    ("phase", ".//c:observation[c:code/@code='MED-243']/c:value"),
    ("oms", ".//c:observation[c:code/@code='MED-239']/c:value"),
    ("oms_interpretation", ".//c:observation[c:code/@code='MED-239']/c:interpretationCode"),
    ("appareil", ".//c:observation[c:code/@code='ORG-118']/c:value"),
    ("organe", ".//c:observation[c:code/@code='ORG-119']/c:value"),
    ("soins", ".//c:observation[c:code/@code='ORG-138']/c:value"),
    ("traitement", ".//c:procedure/c:code"),
    ("statut_document", ".//c:observation[c:code/@code='GEN-065']/c:value"),
    ("tumeur", ".//c:observation[c:code/@code='282291009']/c:targetSiteCode"),
    ("morphologie", ".//c:observation[c:code/@code='282291009']/c:value"),
)


def _encounter(document: etree._Element) -> Iterator[Finding]:
    first = f"c:documentationOf[1]/c:serviceEvent/c:code[@code='{frcp.RCP_ACT.code}']/@code"
    if not values(document, first):
        yield broken("DCC-FRCP-1", "Le premier acte documenté doit être la RCP (39).", document)
    roots = values(document, "c:componentOf/c:encompassingEncounter/c:id[@extension]/@root")
    for root in (frcp.NETWORK_ROOT, frcp.MANAGER_ROOT, frcp.RCP_ROOT):
        if roots.count(root) != 1:
            yield broken(
                "DCC-FRCP-3",
                "Il faut un identifiant du réseau régional, du gestionnaire et de la RCP. "
                "Complétez la description de la RCP.",
                document,
            )
            return


def _physician(document: etree._Element) -> Iterator[Finding]:
    if not select(document, "c:participant[@typeCode='INF' and c:functionCode/@code='PCP']"):
        yield broken("DCC-FRCP-4", "Le médecin traitant doit figurer, même inconnu.", document)


def _reason(document: etree._Element) -> Iterator[Finding]:
    nature = select(document, ".//c:observation[c:code/@code='GEN-098']")
    if len(nature) != 1:
        yield broken("DCC-FRCP-5", "Il faut une nature de discussion et une seule.", document)
        return
    kind = next(iter(values(nature[0], "c:value/@code")), "")
    organ = select(
        nature[0],
        ".//c:observation[c:code/@code='ORG-118']//c:observation[c:code/@code='ORG-119']",
    )
    if kind == frcp.ORGAN_RCP.code and not organ:
        yield broken("DCC-FRCP-6", "Une RCP d'organe demande l'appareil et l'organe.", document)
    if kind == frcp.TRANSVERSAL_RCP.code and not select(
        nature[0], ".//c:observation[c:code/@code='ORG-138']"
    ):
        yield broken("DCC-FRCP-7", "Une RCP transversale demande le type de soins.", document)


def _case(document: etree._Element) -> Iterator[Finding]:
    status = values(document, ".//c:observation[c:code/@code='ORG-127']/c:value/@code")
    if len(status) != 1:
        yield broken(
            "DCC-FRCP-8", "Il faut dire si le cas a été discuté ou seulement enregistré.", document
        )
    elif status[0] == frcp.CASE_RECORDED.code and not select(
        document, ".//c:observation[c:code/@code='MED-249']"
    ):
        yield broken(
            "DCC-FRCP-10", "Un cas seulement enregistré demande le référentiel appliqué.", document
        )
    quorum = ".//c:observation[c:code/@code='ORG-125']/c:value[@code or @nullFlavor]"
    if not select(document, quorum):
        yield broken("DCC-FRCP-9", "L'état du quorum doit être indiqué.", document)
    progression = ".//c:observation[c:code/@code='MED-245' and c:value/@value='true']"
    for one in select(document, progression):
        if not select(one, ".//c:observation[starts-with(c:code/@code, 'MED-24')]"):
            yield broken(
                "DCC-FRCP-11",
                "Une progression demande son étendue : locale, régionale ou à distance.",
                one,
            )


def _codes(document: etree._Element) -> Iterator[Finding]:
    for name, path in _CODED:
        for one in select(document, path):
            if one.get("nullFlavor"):
                continue
            if (one.get("code", ""), one.get("codeSystem", "")) not in value_sets()[name]:
                yield broken(
                    "DCC-COD-2",
                    f"Un code n'est pas ou plus dans le jeu de valeurs « {name} » de la FRCP. "
                    "Choisissez un code en vigueur dans la fiche.",
                    one,
                )


RULES = (_encounter, _physician, _reason, _case, _codes)
