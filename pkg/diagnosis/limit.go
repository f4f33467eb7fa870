package diagnosis

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// limit is how large AWS lets a policy be, in characters; spaces do not count in those
// of IAM.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
type limit struct {
	characters int
	what       string
}

func userPolicies() limit   { return limit{2048, "the inline policies of a user together"} }
func rolePolicies() limit   { return limit{10240, "the inline policies of a role together"} }
func managedPolicy() limit  { return limit{6144, "a managed policy"} }
func bucketPolicy() limit   { return limit{20 * 1024, "a bucket policy"} }
func pointPolicy() limit    { return limit{20 * 1024, "an access point policy"} }
func keyPolicy() limit      { return limit{32 * 1024, "a key policy"} }
func controlPolicy() limit  { return limit{5120, "a policy of an organization"} }
func endpointPolicy() limit { return limit{20480, "an endpoint policy"} }

// exceeds says by how much documents are larger than the limit; it is nil if they are
// not. Whether spaces count is left to the caller's advantage.
func (l limit) exceeds(docs ...json.RawMessage) error {
	n := 0
	for _, doc := range docs {
		var b bytes.Buffer
		if json.Compact(&b, doc) != nil {
			b.Write(doc)
		}
		n += b.Len()
	}
	if l.characters == 0 || n <= l.characters {
		return nil
	}
	return fmt.Errorf("it would have %d characters, and AWS takes %d for %s: shorten it first", n, l.characters, l.what)
}
