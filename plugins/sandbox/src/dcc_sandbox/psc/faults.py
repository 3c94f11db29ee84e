"""The catalogue of faults: each is a way in which a provider, an attacker or a network misbehaves.

The application must refuse the sign-in under every fault of ``FAULTS``; ``HARMLESS`` holds what it
must accept although it looks unusual.
"""

from dataclasses import dataclass

from dcc_sandbox.psc.tampering import HONEST, Tampering

OTHER_SUBJECT = "f:00000000-0000-4000-8000-00000000d3e0:899900000102"
OTHER_ISSUER = "https://autre.invalid/auth/realms/esante-wallet"


@dataclass(frozen=True)
class Fault:
    """A fault, what to call it on the page, and the refusal code that it must lead to."""

    label: str
    tampering: Tampering
    refusal: str = ""


def _claims(label: str, refusal: str, **claims: object) -> Fault:
    return Fault(label, Tampering(claims=claims), refusal)


def _http(label: str, refusal: str, endpoint: str, way: str) -> Fault:
    return Fault(label, Tampering(http={endpoint: way}), refusal)


_JWK = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}

FAULTS: dict[str, Fault] = {
    "aud_other": _claims("Jeton destiné à une autre application", "PSC-E36", aud="autre"),
    "aud_absent": _claims("Jeton sans destinataire", "PSC-E36", aud=None),
    "aud_extra": _claims("Jeton aussi destiné à un tiers", "PSC-E36", aud=["dcc", "tiers"]),
    "aud_object": _claims("Destinataire illisible", "PSC-E36", aud={"dcc": 1}),
    "azp_other": _claims("Jeton demandé par une autre application", "PSC-E37", azp="autre"),
    "acr_absent": _claims("Niveau d’authentification absent", "PSC-E42", acr=None),
    "acr_zero": _claims("Niveau d’authentification nul", "PSC-E42", acr="0"),
    "acr_unknown": _claims("Niveau d’authentification inconnu", "PSC-E42", acr="eidas4"),
    "acr_list": _claims("Niveau d’authentification en liste", "PSC-E42", acr=["eidas1"]),
    "nonce_other": _claims("Jeton d’une autre demande", "PSC-E41", nonce="autre"),
    "nonce_absent": _claims("Jeton sans nonce", "PSC-E41", nonce=None),
    "iss_other": _claims("Jeton d’un autre émetteur", "PSC-E35", iss=OTHER_ISSUER),
    "iss_absent": _claims("Jeton sans émetteur", "PSC-E35", iss=None),
    "sub_absent": _claims("Jeton sans sujet", "PSC-E40", sub=None),
    "sub_number": _claims("Sujet numérique", "PSC-E40", sub=12),
    "exp_absent": _claims("Jeton sans date de fin", "PSC-E40", exp=None),
    "exp_text": _claims("Date de fin illisible", "PSC-E40", exp="demain"),
    "exp_huge": _claims("Date de fin hors du calendrier", "PSC-E40", exp=1e300),
    "iat_absent": _claims("Jeton sans date", "PSC-E40", iat=None),
    "iat_true": _claims("Date booléenne", "PSC-E40", iat=True),
    "nbf_future": _claims("Jeton pas encore valable", "PSC-E39", nbf=4_102_444_800),
    "at_hash_other": _claims("Jetons dépareillés", "PSC-E43", at_hash="autre"),
    "auth_time_old": _claims("Session du fournisseur trop vieille", "PSC-E44", auth_time=1),
    "other_person": _claims("Jeton d’une autre personne", "PSC-E50", sub=OTHER_SUBJECT),
    "expired": Fault("Jeton périmé de 90 s", Tampering(shift_s=-210), "PSC-E38"),
    "clock_late": Fault("Horloge en retard de 5 min", Tampering(shift_s=-300), "PSC-E38"),
    "clock_early": Fault("Horloge en avance de 5 min", Tampering(shift_s=300), "PSC-E39"),
    "alg_none": Fault("Jeton non signé", Tampering(algorithm="none"), "PSC-E31"),
    "alg_hs256": Fault("Signé par le secret", Tampering(algorithm="HS256-secret"), "PSC-E31"),
    "alg_hs256_key": Fault(
        "Signé par la clé publique", Tampering(algorithm="HS256-public-key"), "PSC-E31"
    ),
    "alg_ps256": Fault("Autre algorithme RSA", Tampering(algorithm="PS256"), "PSC-E31"),
    "kid_unknown": Fault("Clé inconnue", Tampering(key="unknown"), "PSC-E33"),
    "kid_number": Fault("Clé mal nommée", Tampering(header={"kid": 1}), "PSC-E30"),
    "signature": Fault("Signature fausse", Tampering(key="forged"), "PSC-E34"),
    "header_jwk": Fault("Clé dans le jeton", Tampering(header={"jwk": _JWK}), "PSC-E32"),
    "header_jku": Fault(
        "Adresse de clé dans le jeton", Tampering(header={"jku": OTHER_ISSUER}), "PSC-E32"
    ),
    "header_crit": Fault(
        "Extension obligatoire inconnue", Tampering(header={"crit": ["x"], "x": 1}), "PSC-E32"
    ),
    "typ_logout": Fault("Jeton de déconnexion", Tampering(header={"typ": "logout+jwt"}), "PSC-E30"),
    "oversized": _claims("Jeton de 100 ko", "PSC-E14", padding="x" * 100_000),
    "oversized_answer": _claims("Jeton de 1 Mo", "PSC-E20", padding="x" * 1_000_000),
    "id_token_absent": Fault(
        "Réponse sans jeton d’identité", Tampering(token_response={"id_token": None}), "PSC-E13"
    ),
    "id_token_number": Fault(
        "Jeton d’identité numérique", Tampering(token_response={"id_token": 1}), "PSC-E13"
    ),
    "id_token_garbage": Fault(
        "Jeton illisible", Tampering(token_response={"id_token": "a.b.c"}), "PSC-E30"
    ),
    "id_token_encrypted": Fault(
        "Jeton chiffré", Tampering(token_response={"id_token": "a.b.c.d.e"}), "PSC-E30"
    ),
    "access_token_absent": Fault(
        "Réponse sans jeton d’accès", Tampering(token_response={"access_token": None}), "PSC-E12"
    ),
    "token_type_other": Fault(
        "Type de jeton inconnu", Tampering(token_response={"token_type": "mac"}), "PSC-E12"
    ),
    "callback_iss_other": Fault(
        "Retour d’un autre émetteur", Tampering(callback={"iss": OTHER_ISSUER}), "PSC-E03"
    ),
    "callback_iss_absent": Fault(
        "Retour sans émetteur", Tampering(callback={"iss": None}), "PSC-E03"
    ),
    "callback_code_absent": Fault(
        "Retour sans code", Tampering(callback={"code": None}), "PSC-E02"
    ),
    "callback_code_other": Fault(
        "Code inventé", Tampering(callback={"code": "invente"}), "PSC-E10"
    ),
    "callback_state_other": Fault(
        "Retour d’une autre demande", Tampering(callback={"state": "autre"}), "PSC-E01"
    ),
    "callback_state_absent": Fault(
        "Retour sans état", Tampering(callback={"state": None}), "PSC-E01"
    ),
    "callback_error": Fault(
        "Panne annoncée", Tampering(callback={"error": "server_error"}), "PSC-E20"
    ),
    "userinfo_other": Fault(
        "Identité d’une autre personne", Tampering(userinfo={"sub": OTHER_SUBJECT}), "PSC-E50"
    ),
    "userinfo_sub_absent": Fault(
        "Identité sans sujet", Tampering(userinfo={"sub": None}), "PSC-E50"
    ),
    "userinfo_forged": Fault(
        "Identité mal signée", Tampering(userinfo_format="jwt-forged"), "PSC-E34"
    ),
    "userinfo_other_audience": Fault(
        "Identité destinée à un tiers",
        Tampering(userinfo_format="jwt", userinfo={"aud": "autre"}),
        "PSC-E36",
    ),
    "discovery_issuer": Fault(
        "Description d’un autre", Tampering(discovery={"issuer": OTHER_ISSUER}), "PSC-E22"
    ),
    "discovery_token": Fault(
        "Jetons demandés ailleurs",
        Tampering(discovery={"token_endpoint": "https://autre.invalid/token"}),
        "PSC-E22",
    ),
    "discovery_keys": Fault(
        "Clés prises ailleurs",
        Tampering(discovery={"jwks_uri": "http://169.254.169.254/certs"}),
        "PSC-E22",
    ),
    "discovery_endpoint_absent": Fault(
        "Description incomplète", Tampering(discovery={"token_endpoint": None}), "PSC-E22"
    ),
    "discovery_slow": _http("Description trop lente", "PSC-E20", "discovery", "slow"),
    "discovery_500": _http("Description en erreur", "PSC-E20", "discovery", "500"),
    "discovery_html": _http("Portail captif", "PSC-E21", "discovery", "html"),
    "discovery_redirect": _http("Description redirigée", "PSC-E21", "discovery", "redirect"),
    "discovery_huge": _http("Description démesurée", "PSC-E20", "discovery", "huge"),
    "discovery_list": _http("Description en liste", "PSC-E21", "discovery", "list"),
    "discovery_nested": _http("Description sans fond", "PSC-E21", "discovery", "nested"),
    "discovery_gzip": _http("Description piégée", "PSC-E20", "discovery", "gzip"),
    "jwks_500": _http("Clés en erreur", "PSC-E20", "jwks", "500"),
    "jwks_html": _http("Clés remplacées par une page", "PSC-E21", "jwks", "html"),
    "jwks_list": _http("Clés illisibles", "PSC-E21", "jwks", "list"),
    "token_500": _http("Échange en erreur", "PSC-E20", "token", "500"),
    "token_maintenance": _http("Échange en maintenance", "PSC-E20", "token", "503-html"),
    "token_html": _http("Échange remplacé par une page", "PSC-E21", "token", "html"),
    "token_redirect": _http("Échange redirigé", "PSC-E21", "token", "redirect"),
    "token_slow": _http("Échange trop lent", "PSC-E20", "token", "slow"),
    "token_cut": _http("Échange coupé", "PSC-E20", "token", "cut"),
    "token_huge": _http("Échange démesuré", "PSC-E20", "token", "huge"),
    "token_list": _http("Échange en liste", "PSC-E21", "token", "list"),
    "userinfo_500": _http("Identité en erreur", "PSC-E20", "userinfo", "500"),
    "userinfo_html": _http("Identité remplacée par une page", "PSC-E51", "userinfo", "html"),
    "userinfo_list": _http("Identité en liste", "PSC-E51", "userinfo", "list"),
    "userinfo_cut": _http("Identité coupée", "PSC-E20", "userinfo", "cut"),
    "userinfo_slow": _http("Identité trop lente", "PSC-E20", "userinfo", "slow"),
}

HARMLESS: dict[str, Fault] = {
    "none": Fault("Aucune panne", HONEST),
    "acr_eidas2": _claims("Niveau eidas2", "", acr="eidas2"),
    "acr_eidas3": _claims("Niveau eidas3", "", acr="eidas3"),
    "aud_list": _claims("Destinataire en liste", "", aud=["dcc"]),
    "azp_absent": _claims("Sans azp", "", azp=None),
    "at_hash_absent": _claims("Sans at_hash", "", at_hash=None),
    "clock_30_late": Fault("Horloge en retard de 30 s", Tampering(shift_s=-30)),
    "clock_30_early": Fault("Horloge en avance de 25 s", Tampering(shift_s=25)),
    "typ_absent": Fault("Jeton sans type", Tampering(header={"typ": None})),
    "x5t_long": Fault("En-tête long", Tampering(header={"x5t": "x" * 900})),
    "userinfo_jwt": Fault("Identité signée", Tampering(userinfo_format="jwt")),
    "userinfo_unknown_claims": Fault(
        "Champs nouveaux", Tampering(userinfo={"champNouveau": {"a": [1]}})
    ),
    "callback_extra": Fault("Paramètre de retour nouveau", Tampering(callback={"x": "1"})),
}
