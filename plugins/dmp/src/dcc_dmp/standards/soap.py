"""W3C SOAP 1.2 (2007), WS-Addressing 1.0 (2006), MTOM and XOP 1.0 (2005); OASIS WS-Security 1.1 and
SAML 2.0 core; W3C XML Signature; ETSI TS 101 903 v1.4.1 (XAdES).
"""

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP = "http://www.w3.org/2004/08/xop/include"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
HL7 = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"

ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
SOAP_MEDIA_TYPE = "application/soap+xml"
XOP_MEDIA_TYPE = "application/xop+xml"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
MANIFEST = "http://www.w3.org/2000/09/xmldsig#Manifest"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
"""Type of the reference to the XAdES properties; without a version, as ETSI writes it."""
