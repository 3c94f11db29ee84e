"""Document classes by what their header declares.

Sources: CI-SIS volets FRCP, PPS and CR-GM 2022.01 (template of the document); ANS, Terminologies de
santé v1.12.0, type codes of JDV_J66 (CR-ACP has no published volet: known by its type).
"""

from dcc_cda.standards import frcp

BY_TEMPLATE = {
    frcp.TEMPLATE: "FRCP",
    "1.2.250.1.213.1.1.1.26": "PPS",
    "1.2.250.1.213.1.1.1.32": "CR-GM",
    "1.2.250.1.213.1.1.1.57": "CR-ACP",
}
BY_TYPE = {
    "18776-5": "PPS",
    "34794-8": "FRCP",
    "51969-4": "CR-GM",
    "60568-3": "CR-ACP",
}
OTHER = "DOCUMENT"
