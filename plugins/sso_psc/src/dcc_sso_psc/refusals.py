"""Every reason for which a sign-in is refused: a stable code and what to tell the person.

The code is what the user reads to the support desk and what the audit keeps. It says which check
failed; the message says the fact, the cause and the remedy, and never a value received.
"""

from dataclasses import dataclass
from enum import Enum

from dcc_core.api import AccessDenied


@dataclass(frozen=True)
class Notice:
    """A refusal as it is told: code, fact, cause, remedy."""

    code: str
    fact: str
    cause: str
    remedy: str

    @property
    def text(self) -> str:
        """Return the three sentences."""
        return f"{self.fact} {self.cause} {self.remedy}"


_NOT_OPENED = "La connexion n’a pas été ouverte."
_RESTART = "Revenez à la page de connexion et recommencez."
_SUPPORT = "Transmettez ce code au support de votre région."
_WAIT = "Réessayez dans quelques minutes ; si cela dure, utilisez la connexion de secours."


def _anomaly(code: str, cause: str) -> Notice:
    return Notice(code, _NOT_OPENED, cause, _SUPPORT)


def _restart(code: str, cause: str) -> Notice:
    return Notice(code, _NOT_OPENED, cause, _RESTART)


def _outage(code: str, cause: str) -> Notice:
    return Notice(code, "Le fournisseur d’identité ne répond pas correctement.", cause, _WAIT)


class Refusal(Enum):
    """Reasons: 0x return, 1x exchange, 2x outage, 3x token, 5x person, 6x logout, 9x fallback."""

    STATE_UNKNOWN = _restart(
        "PSC-E01", "La demande a expiré, a déjà servi ou vient d’un autre navigateur."
    )
    CALLBACK_MALFORMED = _restart("PSC-E02", "L’adresse de retour est incomplète ou altérée.")
    CALLBACK_ISSUER = _anomaly("PSC-E03", "La réponse vient d’un autre fournisseur d’identité.")
    DECLINED = Notice(
        "PSC-E04",
        _NOT_OPENED,
        "L’identification a été annulée ou refusée sur la page du fournisseur.",
        _RESTART,
    )
    PROVIDER_REFUSED = _anomaly("PSC-E05", "Le fournisseur d’identité a rejeté la demande.")

    CODE_REJECTED = _restart("PSC-E10", "Le code de connexion a expiré ou a déjà été utilisé.")
    CLIENT_REJECTED = _anomaly(
        "PSC-E11", "Le fournisseur d’identité ne reconnaît plus cette application."
    )
    TOKEN_RESPONSE = _anomaly("PSC-E12", "La réponse du fournisseur d’identité est incomplète.")
    ID_TOKEN_MISSING = _anomaly("PSC-E13", "Le jeton d’identité manque dans la réponse.")
    TOKEN_OVERSIZED = _anomaly("PSC-E14", "Un jeton dépasse la taille admise.")

    UNREACHABLE = _outage("PSC-E20", "Il est injoignable, trop lent ou en erreur.")
    UNREADABLE = _outage("PSC-E21", "Sa réponse n’a pas la forme attendue.")
    METADATA = _outage("PSC-E22", "Sa description ne correspond pas à la configuration.")
    KEYS = _outage("PSC-E23", "Ses clés de signature sont illisibles.")

    TOKEN_MALFORMED = _anomaly("PSC-E30", "Un jeton est illisible.")
    ALGORITHM = _anomaly("PSC-E31", "Un jeton n’est pas signé selon l’algorithme convenu.")
    HEADER = _anomaly("PSC-E32", "Un jeton tente d’imposer sa propre clé.")
    KEY_UNKNOWN = _anomaly("PSC-E33", "Un jeton est signé par une clé inconnue.")
    SIGNATURE = _anomaly("PSC-E34", "La signature d’un jeton est fausse.")
    ISSUER = _anomaly("PSC-E35", "Le jeton vient d’un autre fournisseur d’identité.")
    AUDIENCE = _anomaly("PSC-E36", "Le jeton est destiné à une autre application.")
    AUTHORIZED_PARTY = _anomaly("PSC-E37", "Le jeton a été demandé par une autre application.")
    EXPIRED = _anomaly("PSC-E38", "Le jeton est périmé, ou l’horloge du serveur est fausse.")
    FUTURE = _anomaly("PSC-E39", "Le jeton est daté du futur, ou l’horloge du serveur est fausse.")
    CLAIM = _anomaly("PSC-E40", "Une information obligatoire manque dans le jeton.")
    NONCE = _anomaly("PSC-E41", "Le jeton répond à une autre demande de connexion.")
    ASSURANCE = Notice(
        "PSC-E42",
        _NOT_OPENED,
        "Le niveau d’authentification obtenu est insuffisant.",
        "Identifiez-vous avec votre carte ou l’application e-CPS.",
    )
    ACCESS_TOKEN = _anomaly("PSC-E43", "Les deux jetons reçus ne vont pas ensemble.")
    STALE_SESSION = _restart(
        "PSC-E44", "Votre session chez le fournisseur d’identité dépasse quatre heures."
    )

    SUBJECT = _anomaly("PSC-E50", "Les informations reçues concernent une autre personne.")
    USERINFO = _anomaly("PSC-E51", "Les informations d’identité reçues sont illisibles.")
    NATIONAL_ID = _anomaly("PSC-E52", "L’identifiant national du professionnel est absent ou faux.")

    LOGOUT_EVENT = _anomaly("PSC-E60", "Ce n’est pas un jeton de déconnexion.")
    LOGOUT_NONCE = _anomaly("PSC-E61", "Un jeton de connexion est présenté comme déconnexion.")
    LOGOUT_TARGET = _anomaly("PSC-E62", "Le jeton de déconnexion ne désigne aucune session.")
    LOGOUT_REPLAY = _anomaly("PSC-E63", "Ce jeton de déconnexion a déjà servi.")
    LOGOUT_STALE = _anomaly("PSC-E64", "Ce jeton de déconnexion est trop ancien.")

    FALLBACK_CLOSED = Notice(
        "PSC-E90",
        "La connexion de secours est fermée.",
        "Pro Santé Connect répond de nouveau, ou personne ne l’a ouverte.",
        "Reconnectez-vous avec Pro Santé Connect ; ce que vous avez enregistré est conservé.",
    )

    @property
    def code(self) -> str:
        """Return the stable code, for instance ``PSC-E36``."""
        return self.value.code


class SignInRefused(AccessDenied):
    """A sign-in, or a logout token, was refused; ``refusal`` says why and carries no value."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code, refusal.value.text)
        self.refusal = refusal
