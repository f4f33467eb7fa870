package trail

import (
	"net/netip"
	"strings"

	"why403/pkg/evidence"
)

// network has the keys about where the request came from. Through a VPC endpoint
// aws:SourceIp is absent and aws:VpcSourceIp stands for it; AWS hides the network
// of its own services; and where a service calls for the requester, the record
// shows the service, while AWS keeps the requester's public address and forgets
// the endpoint.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
func (k *keys) network() {
	r, d := k.r, k.d
	throughEndpoint := []string{"aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"}
	ip, err := netip.ParseAddr(r.SourceIPAddress)
	known := err == nil
	switch {
	case d.Principal.Type == evidence.PrincipalService:
		k.absent("AWS does not show the network of its own services", "aws:SourceIp")
		k.absent("AWS does not show the network of its own services", throughEndpoint...)
	case d.VPCEndpointID != "":
		const why = "the request came through a VPC endpoint"
		k.absent(why, "aws:SourceIp")
		if known {
			k.present("aws:VpcSourceIp", why, r.SourceIPAddress)
		} else {
			k.unknown("the record has no address", "aws:VpcSourceIp")
		}
		k.present("aws:SourceVpce", "", d.VPCEndpointID)
		k.presentOr("aws:VpceAccount", d.VPCEndpointAccount, "the record does not name the owner of the endpoint")
		k.unknown("only the endpoint itself says", "aws:SourceVpc", "aws:VpceOrgID", "aws:VpceOrgPaths")
	case r.SourceIPAddress == "":
		k.unknown("the record does not say where the request came from", "aws:SourceIp")
		k.unknown("the record does not say where the request came from", throughEndpoint...)
	case byService(r):
		k.unknown("a service called for the requester, whose address the record does not show", "aws:SourceIp")
		if r.VPCEndpointID == "" {
			k.absent("the request came through no VPC endpoint of the requester", throughEndpoint...)
		} else {
			k.unknown("the service called through an endpoint of its own", throughEndpoint...)
		}
	case r.VPCEndpointID != "":
		const why = "the console called through an endpoint of AWS's own"
		k.unknown(why, "aws:SourceIp")
		k.unknown(why, throughEndpoint...)
	case known && (ip.IsPrivate() || ip.IsLinkLocalUnicast()):
		// aws:SourceIp is for public addresses only: a private one reaches S3 only
		// through a VPC endpoint, which foreign copies of a record leave out.
		const why = "a private address without the VPC endpoint that it must have come through"
		k.unknown(why, "aws:SourceIp")
		k.unknown(why, throughEndpoint...)
	case parseHost(calledHost(r)).vpce != "":
		const why = "a VPC endpoint was called by its name, but the record has none"
		k.unknown(why, "aws:SourceIp")
		k.unknown(why, throughEndpoint...)
	case !known:
		k.unknown("the record has no address that can be read", "aws:SourceIp")
		k.unknown("the record has no address that can be read", throughEndpoint...)
	default:
		k.present("aws:SourceIp", "", r.SourceIPAddress)
		k.absent("the request came through no VPC endpoint", throughEndpoint...)
	}
}

// transport tells whether the request used TLS. A record without TLS details, as
// CloudTrail leaves them out of many calls by services, proves nothing.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
func (k *keys) transport() {
	cipher, _ := k.r.additional("CipherSuite")
	switch {
	case k.d.Principal.Type == evidence.PrincipalService:
		k.absent("AWS does not show the network of its own services", "aws:SecureTransport")
	case tlsVersion(k.r) != "":
		k.present("aws:SecureTransport", "", "true")
	case cipher != "":
		k.present("aws:SecureTransport", "the record names a cipher suite", "true")
	default:
		k.unknown("the record has no TLS details, which proves neither", "aws:SecureTransport")
	}
}

// tlsVersion takes 1.3 out of TLSv1.3.
func tlsVersion(r *record) string {
	version, ok := strings.CutPrefix(r.TLSDetails.TLSVersion, "TLSv")
	if !ok || version == "" || version[0] < '0' || version[0] > '9' {
		return ""
	}
	return version
}

// client has the keys of headers that the client sends about itself. For its own
// services CloudTrail writes their name in the place of the user agent.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (k *keys) client() {
	agent := k.d.UserAgent
	switch {
	case agent == "" || mayBeCut(k.r.UserAgent):
		k.unknown("the record does not have it whole", "aws:UserAgent")
	case isServicePrincipal(agent) || strings.HasPrefix(agent, "AWS Internal"):
		k.unknown("the record has the name of the service in its place", "aws:UserAgent")
	default:
		k.present("aws:UserAgent", "", agent)
	}
	k.unknown("CloudTrail does not record it", "aws:Referer")
}

// signature has S3's keys of the connection and of the signing process.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
func (k *keys) signature() {
	authType, version, age := k.signing+"authType", k.signing+"signatureversion", k.signing+"signatureAge"
	if k.d.Principal.Type == evidence.PrincipalService {
		k.absent("AWS does not show the network of its own services", k.signing+"TlsVersion")
	} else {
		k.presentOr(k.signing+"TlsVersion", tlsVersion(k.r), "the record does not say")
	}
	k.unknown("CloudTrail does not record it", k.signing+"x-amz-content-sha256")
	if k.d.Principal.Type == evidence.PrincipalAnonymous {
		k.absent("the request is not signed", authType, version, age)
		return
	}
	switch method, _ := k.r.additional("AuthenticationMethod"); method {
	case "AuthHeader":
		k.present(authType, "", "REST-HEADER")
	case "QueryString":
		k.present(authType, "a presigned URL", "REST-QUERY-STRING")
	default:
		k.unknown("the record does not say", authType)
	}
	switch signed, _ := k.r.additional("SignatureVersion"); strings.ToUpper(signed) {
	case "SIGV4":
		k.present(version, "", "AWS4-HMAC-SHA256")
		k.unknown("CloudTrail does not record it", age)
	case "SIGV2":
		k.present(version, "", "AWS")
		k.present(age, "always 0 for signature version 2", "0")
	default:
		k.unknown("the record does not say", version, age)
	}
}
