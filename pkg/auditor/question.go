package auditor

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// question stands for everything of a denial that its diagnosis can hang on. Denials with
// the same question differ in what names them and in when they happened: a retry loop
// asks the same again and again.
type question [sha256.Size]byte

// questionOf returns the question of a denial. What is left out: the ids of record and
// request, the time, the condition keys that are the time (a policy that looks at them is
// told apart by authz.Evidence.Timed), and the record's own text.
func questionOf(d *trail.Denial) (q question) {
	w := writer{sha256.New(), make([]byte, 0, 4096)}
	p := &d.Principal
	w.texts(d.Region, d.Partition, d.Recipient, string(d.Category), d.Service, d.Operation, d.Delegate, d.Unauthorized,
		d.Bucket, d.Key, d.VersionID, d.BucketAccount, d.AccessPoint, d.AccessPointAlias, d.ErrorCode, d.ErrorMessage,
		d.VPCEndpointID, d.VPCEndpointAccount, d.SourceIP, d.UserAgent, d.KMSKey, string(d.Document))
	w.flags(d.Website, d.RequesterPays, d.Complete, p.PathUnknown)
	w.texts(string(p.Type), p.ARN, p.Account, p.ID, p.Session, p.AccessKeyID, p.Service, p.Via, p.Issuer)
	w.number(len(d.Authorizations))
	for _, a := range d.Authorizations {
		w.texts(a.Action, a.Resource, a.Account)
	}
	m := &d.Message
	w.texts(string(m.Form), m.Principal, m.Action, m.Resource, string(m.Policy), m.PolicyARN, string(m.Through))
	w.flags(m.Ciphertext, m.Explicit, m.Truncated)
	for i := range d.Context {
		w.key(&d.Context[i])
	}
	w.flush()
	w.to.Sum(q[:0])
	return q
}

// writer writes parts one after another so that no other parts give the same.
type writer struct {
	to  hash.Hash
	buf []byte
}

func (w *writer) flush() {
	_, _ = w.to.Write(w.buf) // a hash takes everything
	w.buf = w.buf[:0]
}

func (w *writer) number(n int) { w.buf = binary.AppendUvarint(w.buf, uint64(n)) }

func (w *writer) texts(all ...string) {
	for _, s := range all {
		w.number(len(s))
		w.buf = append(w.buf, s...)
	}
	if len(w.buf) > cap(w.buf)/2 {
		w.flush()
	}
}

func (w *writer) flags(all ...bool) {
	for _, b := range all {
		if b {
			w.buf = append(w.buf, 1)
		} else {
			w.buf = append(w.buf, 0)
		}
	}
}

func (w *writer) key(k *evidence.ContextKey) {
	if strings.EqualFold(k.Name, "aws:CurrentTime") || strings.EqualFold(k.Name, "aws:EpochTime") {
		w.texts(k.Name)
		w.number(int(k.State))
		return
	}
	w.texts(k.Name, k.Because)
	w.number(int(k.State))
	w.number(len(k.Values))
	w.texts(k.Values...)
}
