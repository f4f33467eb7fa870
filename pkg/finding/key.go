package finding

import (
	"crypto/sha256"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Key tells one finding from another.
type Key struct {
	// Requester is the account and the unique id, or else the name, of who asked.
	// It is the same in every account's copy of a request.
	Requester string `json:"requester"`
	// Place is the bucket; where the record has none, the VPC endpoint, the access
	// point or the account called.
	Place string `json:"place"`
	// Class is the class of action tried.
	Class trail.Class `json:"class"`
}

// KeyOf returns the key of the finding that a denial belongs to.
func KeyOf(d trail.Denial) Key {
	return Key{Requester: requester(d.Principal), Place: place(d), Class: d.Class()}
}

func requester(p evidence.Principal) string {
	switch p.Type {
	case evidence.PrincipalAnonymous:
		return "anonymous"
	case evidence.PrincipalService:
		return "service/" + p.Service
	case evidence.PrincipalRoot:
		return p.Account + "/root"
	case evidence.PrincipalFederated:
		// The id of a federated session is its account and chosen name.
		return p.Account + "/federated-user/" + p.Session
	default:
		if p.ID == "" {
			return p.Account + "/" + p.ARN
		}
		return p.Account + "/" + p.ID
	}
}

func place(d trail.Denial) string {
	switch {
	case d.Bucket != "":
		return d.Bucket
	case d.AccessPoint != "":
		return d.AccessPoint
	case d.AccessPointAlias != "":
		return d.AccessPointAlias
	case d.VPCEndpointID != "":
		return d.VPCEndpointID
	case len(d.Authorizations) > 0 && strings.HasPrefix(d.Authorizations[0].Resource, "arn:"):
		return d.Authorizations[0].Resource
	}
	return "account " + d.Recipient
}

// ID returns the name of the finding: eight characters that can be said aloud.
// Among 10,000 findings the chance that two share one is 1 in 20,000.
func (k Key) ID() string {
	const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	sum := sha256.Sum256([]byte(k.Requester + "\x00" + k.Place + "\x00" + string(k.Class)))
	var id [8]byte
	var bits uint64
	for _, b := range sum[:5] {
		bits = bits<<8 | uint64(b)
	}
	for i := range id {
		id[i] = crockford[bits>>(35-5*i)&31]
	}
	return string(id[:])
}
