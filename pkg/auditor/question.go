package auditor

import (
	"crypto/sha256"
	"encoding/binary"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// question stands for everything of a denial that its diagnosis can hang on. Denials with
// the same question differ in what names them and in when they happened: a retry loop
// asks the same again and again.
type question [sha256.Size]byte

// hasher makes questions. It keeps its memory between them; the zero hasher is ready.
type hasher struct{ buf []byte }

// question returns the question of a denial. What is left out: the ids of record and
// request, the time, the condition keys that are the time (a policy that looks at them is
// told apart by authz.Evidence.Timed), and the record's own text.
func (h *hasher) question(d *trail.Denial) question {
	p, m := &d.Principal, &d.Message
	b := h.buf[:0]
	b = texts(b, d.Region, d.Partition, d.Recipient, string(d.Category), d.Service, d.Operation, d.Delegate, d.Unauthorized,
		d.Bucket, d.Key, d.VersionID, d.BucketAccount, d.AccessPoint, d.AccessPointAlias, d.ErrorCode, d.ErrorMessage,
		d.VPCEndpointID, d.VPCEndpointAccount, d.SourceIP, d.UserAgent, d.KMSKey, string(d.Document))
	b = flags(b, d.Website, d.RequesterPays, d.Complete, p.PathUnknown)
	b = texts(b, string(p.Type), p.ARN, p.Account, p.ID, p.Session, p.AccessKeyID, p.Service, p.Via, p.Issuer)
	b = number(b, len(d.Authorizations))
	for i := range d.Authorizations {
		a := &d.Authorizations[i]
		b = texts(b, a.Action, a.Resource, a.Account)
	}
	b = texts(b, string(m.Form), m.Principal, m.Action, m.Resource, string(m.Policy), m.PolicyARN, string(m.Through))
	b = flags(b, m.Ciphertext, m.Explicit, m.Truncated)
	for i := range d.Context {
		b = key(b, &d.Context[i])
	}
	h.buf = b
	return sha256.Sum256(b)
}

// The functions below write parts one after another so that no other parts give the same.

func number(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

func texts(b []byte, all ...string) []byte {
	for _, s := range all {
		b = append(number(b, len(s)), s...)
	}
	return b
}

func flags(b []byte, all ...bool) []byte {
	for _, f := range all {
		if f {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

func key(b []byte, k *evidence.ContextKey) []byte {
	if k.Name == "aws:CurrentTime" || k.Name == "aws:EpochTime" {
		return number(texts(b, k.Name), int(k.State))
	}
	b = number(number(texts(b, k.Name, k.Because), int(k.State)), len(k.Values))
	return texts(b, k.Values...)
}
