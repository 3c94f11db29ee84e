"""What the sandbox laboratory reports: fictitious, plausible, the same for everybody."""

from dataclasses import dataclass

REPORT_LINES = (
    "DÉMONSTRATION - patient fictif",
    "Prélèvement : biopsie mammaire gauche, quadrant supéro-externe.",
    "Microscopie : carcinome infiltrant de type non spécifique, grade 2 (SBR modifié).",
    "Récepteurs des œstrogènes : 90 % des cellules. Récepteurs de la progestérone : 60 %.",
    "HER2 : score 1+. Ki-67 : 15 %.",
    "Conclusion : carcinome infiltrant de type non spécifique, grade 2, RE+ RP+ HER2 faible.",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One measured quantity: its LOINC code, and between what its values vary."""

    loinc: str
    label: str
    unit: str
    lowest: float
    highest: float
    usual: str


RESULTS = (
    Result("718-7", "Hémoglobine", "g/dL", 9.5, 15.5, "12-16"),
    Result("6690-2", "Leucocytes", "10*3/uL", 2.5, 11.0, "4-10"),
    Result("777-3", "Plaquettes", "10*3/uL", 90, 390, "150-400"),
    Result("2160-0", "Créatinine", "mg/L", 5, 14, "6-11"),
    Result("2039-6", "ACE", "ng/mL", 1, 40, "0-5"),
)
