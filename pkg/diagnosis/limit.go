package diagnosis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"why403/pkg/evidence"
)

// limit is how large AWS lets a policy be. A policy is counted as it is proposed,
// without white space between its elements. So do IAM always and Organizations in the
// console; the others count what they are sent.
type limit struct {
	size  int
	bytes bool // counted in bytes, not in characters
	what  string
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
func userPolicies() limit  { return limit{size: 2048, what: "the inline policies of a user together"} }
func groupPolicies() limit { return limit{size: 5120, what: "the inline policies of a group together"} }
func rolePolicies() limit  { return limit{size: 10240, what: "the inline policies of a role together"} }
func managedPolicy() limit { return limit{size: 6144, what: "a managed policy"} }

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func sessionPolicy() limit { return limit{size: 2048, what: "the policies of a session"} }

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
func bucketPolicy() limit { return limit{size: 20 * 1024, bytes: true, what: "a bucket policy"} }

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations.html
func pointPolicy() limit {
	return limit{size: 20 * 1024, bytes: true, what: "an access point policy"}
}

// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
func keyPolicy() limit { return limit{size: 32 * 1024, bytes: true, what: "a key policy"} }

// Until May 2026 an SCP could have as many characters as an RCP, and a target five.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html#min-max-values
func serviceControlPolicy() limit { return limit{size: 10240, what: "a service control policy"} }

// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html#min-max-values
func resourceControlPolicy() limit { return limit{size: 5120, what: "a resource control policy"} }

// mostControlPolicies is how many service control policies may be attached to a root,
// organizational unit or account.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html#min-max-values
const mostControlPolicies = 10

// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
func endpointPolicy() limit { return limit{size: 20480, what: "an endpoint policy"} }

// exceeds says by how much documents are larger than the limit; it is nil if they are
// not.
func (l limit) exceeds(docs ...json.RawMessage) error {
	n := 0
	for _, doc := range docs {
		var b bytes.Buffer
		if json.Compact(&b, doc) != nil {
			b.Write(doc)
		}
		if l.bytes {
			n += b.Len()
		} else {
			n += utf8.RuneCount(b.Bytes())
		}
	}
	if l.size == 0 || n <= l.size {
		return nil
	}
	unit := "characters"
	if l.bytes {
		unit = "bytes"
	}
	return fmt.Errorf("it would have %d %s, and AWS takes %d for %s: shorten it first", n, unit, l.size, l.what)
}

// limitOf is the limit for a policy of a layer that stands alone.
func limitOf(l evidence.Layer) limit {
	switch l {
	case evidence.LayerSCP:
		return serviceControlPolicy()
	case evidence.LayerRCP:
		return resourceControlPolicy()
	case evidence.LayerVPCE:
		return endpointPolicy()
	case evidence.LayerBucketPolicy:
		return bucketPolicy()
	case evidence.LayerAccessPoint, evidence.LayerMRAP:
		return pointPolicy()
	case evidence.LayerKeyPolicy:
		return keyPolicy()
	case evidence.LayerBoundary:
		return managedPolicy()
	case evidence.LayerSession:
		return sessionPolicy()
	default:
		return limit{}
	}
}

// exceedsLimit says by how much a policy would be too large where it stands: one of the
// requester's own may be inline, and then counts together with the others.
func (j *join) exceedsLimit(l evidence.Layer, name string, after json.RawMessage) error {
	if l != evidence.LayerIdentity {
		return limitOf(l).exceeds(after)
	}
	have, err := j.copyOf().ofPrincipal(j.principalName(), l)
	if err != nil {
		return err
	}
	i := have.find(name)
	if i < 0 || !inline(have.list[i]) {
		if i >= 0 && have.list[i].Kind == "group" && have.list[i].ARN == "" {
			return groupPolicies().exceeds(after)
		}
		return managedPolicy().exceeds(after)
	}
	docs := []json.RawMessage{after}
	for k, p := range have.list {
		if k != i && inline(p) {
			docs = append(docs, p.Document)
		}
	}
	return j.inlineLimit().exceeds(docs...)
}

// inlineLimit is the limit for the requester's inline policies.
func (j *join) inlineLimit() limit {
	if j.Principal.Type == evidence.PrincipalRole {
		return rolePolicies()
	}
	return userPolicies()
}

func inline(p evidence.Policy) bool { return p.Kind == "inline" || p.Kind == "" && p.ARN == "" }
